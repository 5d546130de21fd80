/**
 * The plan of a sync: which windows to ask the source for, what is read then, and which tails to compact.
 *
 * The newest hour is asked for first, and where it has no samples what is before it, until some are found. Then gaps
 * are filled, the newest first, each downwards in slices.
 */
import { FUTURE_TOLERANCE_MS } from "../samples/page.ts"
import { CLOSED_AFTER_MS, lastClosedDay } from "../tiers/boundary.ts"
import { type Day, DAY_MS, HOUR_MS, MINUTE_MS } from "../time/calendar.ts"
import type { Window } from "../time/window.ts"
import { belowNewest, lowOf, newestOf, type ReadSoFar, withNewest, withStart } from "./read-so-far.ts"
import { MAX_LATE_DAYS } from "./reread-plan.ts"

/** How far behind the watermark a sync asks again by default, for samples that arrive late. */
export const DEFAULT_OVERLAP_MS = 15 * MINUTE_MS
export const MAX_OVERLAP_MS = HOUR_MS

/** The length of one slice. What was read is saved after each. */
export const SLICE_MS = HOUR_MS

/** While the source answers nothing, slices double up to this length, so that a long outage takes few requests. */
export const MAX_SLICE_MS = DAY_MS

/** The tail of an open day is compacted when its oldest append is this old. */
export const COMPACT_OPEN_AFTER_MS = 3 * HOUR_MS

/** How far back a sync may read again for late samples. */
const REREAD_REACH_MS = (MAX_LATE_DAYS + 3) * DAY_MS

/** The earliest instant that a sync may ask for which runs at `now`. */
export const earliestAsked = (watermark: number | null, now: number): number =>
  Math.min((watermark ?? now) - MAX_OVERLAP_MS, now - REREAD_REACH_MS)

/**
 * What a slice is asked for.
 * - `newest`: to find the newest sample.
 * - `newer`: the time after the newest sample once more, which was asked for in vain before that was found.
 * - `fill`: to lower the start of the newest window.
 * - `probe`: to see whether the source still answers, after it has said that the rest of a gap is empty.
 * - `again`: empty slices once more, before they count as read: the source may have recovered meanwhile.
 */
type Task = "newest" | "newer" | "fill" | "probe" | "again"

/** Where a sync stands. */
export interface SyncState {
  readonly now: number
  readonly overlapMs: number
  readonly read: ReadSoFar
  readonly task: Task
  /** The slice to ask for next; null where there is none. */
  readonly slice: Window | null
  /** How far down slices of the gap were asked for, ms. */
  readonly asked: number
  /** Whether this run has read a part of a gap, so that the next run need not begin where this one did. */
  readonly hasFilled: boolean
}

/** The state of a sync before its first slice. */
export const startSync = (read: ReadSoFar, now: number, overlapMs: number): SyncState => {
  const low = lowOf(newestOf(read), overlapMs)
  const end = now + FUTURE_TOLERANCE_MS
  // The hour ahead of the clock needs no request of its own: the clocks of some devices run ahead.
  const slice = { start: sliceBelow(low, now, SLICE_MS, overlapMs).start, end }
  return { now, overlapMs, read, task: "newest", slice, asked: slice.start, hasFilled: false }
}

/** A slice of a gap that reaches down to `low`. What it leaves is longer than the overlap. */
const sliceBelow = (low: number, end: number, length: number, overlapMs: number): Window => ({
  start: end - length <= low + overlapMs ? low : end - length,
  end
})

/**
 * The state after its slice was read.
 *
 * A window that was read ends just after its newest sample, but never ahead of the clock; so a source that falls
 * silent is asked again from there. An empty slice does not count as read. A later one with samples says that the
 * source answers; then the empty ones are asked for again, and count as read.
 *
 * @param newest the newest instant of the slice that is not ahead of the clock, ms; null where there is none
 */
export const stepSync = (state: SyncState, slice: Window, newest: number | null): SyncState => {
  switch (state.task) {
    case "newest":
      return newest === null ? afterNothingNew(state, slice) : afterNewest(state, slice, newest)
    case "newer": {
      const found = { start: slice.start, end: Math.min((newest ?? -Infinity) + 1, state.now) }
      return toFill(newest === null ? state : { ...state, read: withNewest(state.read, found, state.overlapMs) })
    }
    case "fill":
      return newest === null ? afterNothing(state, slice) : afterSome(state, slice)
    case "probe":
      return newest === null ? { ...state, slice: null } : askAgain(state)
    case "again":
      return filledTo(state, state.asked)
  }
}

const afterNothingNew = (state: SyncState, slice: Window): SyncState => {
  const low = lowOf(newestOf(state.read), state.overlapMs)
  return slice.start <= low ? toFill(state) : below(state, slice, low)
}

const afterNewest = (state: SyncState, slice: Window, newest: number): SyncState => {
  const { now, overlapMs, read } = state
  const end = Math.min(newest + 1, now)
  const found = { ...state, read: withNewest(read, { start: slice.start, end }, overlapMs) }
  // Where nothing is new, the source had nothing in the slices after this one either.
  if (slice.end > now || end <= newestOf(read).end) return toFill(found)
  const start = lowOf(newestOf(found.read), overlapMs)
  return { ...found, task: "newer", slice: { start, end: now + FUTURE_TOLERANCE_MS } }
}

/** The next slice below an empty one: twice as long. */
const below = (state: SyncState, { end, start }: Window, low: number): SyncState => {
  const length = Math.min(MAX_SLICE_MS, 2 * (Math.min(end, state.now) - start))
  const slice = sliceBelow(low, start, length, state.overlapMs)
  return { ...state, slice, asked: slice.start }
}

/** Goes on with the newest gap, if there is one. */
const toFill = (state: SyncState): SyncState => {
  const { overlapMs, read } = state
  if (read.ahead.length === 0) return { ...state, task: "fill", slice: null }
  const slice = sliceBelow(lowOf(belowNewest(read), overlapMs), newestOf(read).start, SLICE_MS, overlapMs)
  return { ...state, task: "fill", slice, asked: slice.start }
}

const afterNothing = (state: SyncState, slice: Window): SyncState => {
  const { overlapMs, read } = state
  const low = lowOf(belowNewest(read), overlapMs)
  if (slice.start > low) return below(state, slice, low)
  // The newest sample is known: a source that does not answer it has nothing to say of the gap either.
  const { end } = newestOf(read)
  return { ...state, task: "probe", slice: { start: end - 1, end: end + 1 } }
}

const afterSome = (state: SyncState, slice: Window): SyncState =>
  slice.end < newestOf(state.read).start
    ? askAgain(state, slice.end)
    : filledTo(state, slice.start)

/** Asks again for what was empty, from `start` up to what was read. */
const askAgain = (state: SyncState, start: number = state.asked): SyncState => ({
  ...state,
  task: "again",
  slice: { start, end: newestOf(state.read).start }
})

const filledTo = (state: SyncState, start: number): SyncState =>
  toFill({ ...state, read: withStart(state.read, start, state.overlapMs), hasFilled: true })

/**
 * The days to compact now, those with the oldest pending sample first: closed days, and open ones whose oldest pending
 * sample is old enough.
 *
 * @param days days that have hot samples; `pendingSince` is the first instant that was appended to since the last
 * compaction, or null where nothing was
 */
export const planCompaction = (
  days: ReadonlyArray<{ readonly day: Day; readonly pendingSince: number | null }>,
  now: number
): ReadonlyArray<Day> => {
  const closed = lastClosedDay(now, CLOSED_AFTER_MS)
  const due: Array<{ readonly day: Day; readonly since: number }> = []
  for (const { day, pendingSince } of days) {
    if (pendingSince === null) continue
    if (day <= closed || now - pendingSince >= COMPACT_OPEN_AFTER_MS) due.push({ day, since: pendingSince })
  }
  return due.sort((a, b) => a.since - b.since || a.day - b.day).map(({ day }) => day)
}
