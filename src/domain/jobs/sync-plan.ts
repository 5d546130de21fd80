/**
 * The plan of a sync: which windows to ask the source for, how far the watermark moves, and which tails to compact.
 */
import { FUTURE_TOLERANCE_MS } from "../samples/page.ts"
import { CLOSED_AFTER_MS, lastClosedDay } from "../tiers/boundary.ts"
import { type Day, DAY_MS, HOUR_MS, MINUTE_MS } from "../time/calendar.ts"
import type { Window } from "../time/window.ts"
import { MAX_LATE_DAYS } from "./reread-plan.ts"

/** How far behind the watermark a sync asks again by default, for samples that arrive late. */
export const DEFAULT_OVERLAP_MS = 15 * MINUTE_MS
export const MAX_OVERLAP_MS = HOUR_MS

/** The length of one slice. The watermark is saved after each. */
export const SLICE_MS = HOUR_MS

/** While the source answers nothing, slices double up to this length, so that a long outage takes few requests. */
export const MAX_SLICE_MS = DAY_MS

/** The tail of an open day is compacted when its oldest append is this old. */
export const COMPACT_OPEN_AFTER_MS = 3 * HOUR_MS

/**
 * All there is to ask for: from the watermark less the overlap to now, and an hour beyond, because the clocks of some
 * devices run ahead.
 */
export const planSync = (watermark: number, now: number, overlapMs: number): Window => ({
  start: Math.min(watermark, now) - overlapMs,
  end: now + FUTURE_TOLERANCE_MS
})

/** How far back a sync may read again for late samples. */
const REREAD_REACH_MS = (MAX_LATE_DAYS + 3) * DAY_MS

/** The earliest instant that a sync may ask for which runs at `now`. */
export const earliestAsked = (watermark: number | null, now: number): number =>
  Math.min((watermark ?? now) - MAX_OVERLAP_MS, now - REREAD_REACH_MS)

/** Where a sync stands. */
export interface SyncState {
  /** All there is to ask for. */
  readonly range: Window
  /** The watermark when the run began, ms; null where the site had none. */
  readonly before: number | null
  /** The slice to ask for next; null once the range has been asked for to its end. */
  readonly slice: Window | null
  /** Just after the newest sample found so far; the start of the range until one is found, ms. */
  readonly passed: number
  /** Whether this run has moved the watermark, so that the next run will begin later than this one did. */
  readonly hasMoved: boolean
}

/** What to do after a slice was read. */
export interface SyncStep {
  /** Empty slices to ask for once more, before the watermark passes them: the source may have recovered meanwhile. */
  readonly recheck: Window | null
  /** The watermark to save, ms; null where it does not move. */
  readonly watermark: number | null
  readonly state: SyncState
}

/** The state of a sync before its first slice; `before` is the watermark, ms, or null where the site has none. */
export const startSync = (range: Window, before: number | null): SyncState => ({
  range,
  before,
  slice: sliceFrom(range, range.start, SLICE_MS),
  passed: range.start,
  hasMoved: false
})

/**
 * The step after `slice`, which is the one of the state, was read.
 *
 * The watermark moves to just after the newest sample, but never ahead of the clock; so a source that falls silent is
 * asked again from there. An empty slice does not move the watermark. A later slice with samples moves it past the
 * empty ones, once these were asked for again.
 *
 * @param newest the newest instant of the slice that is not ahead of `now`, ms; null where there is none
 */
export const stepSync = (state: SyncState, slice: Window, newest: number | null, now: number): SyncStep => {
  const sliceAt = (start: number, length: number) =>
    slice.end >= state.range.end ? null : sliceFrom(state.range, start, length)
  if (newest === null) {
    const length = Math.min(MAX_SLICE_MS, 2 * (slice.end - slice.start))
    return { recheck: null, watermark: null, state: { ...state, slice: sliceAt(slice.end, length) } }
  }
  const passed = newest + 1
  const watermark = Math.min(passed, now)
  const hasMoved = state.hasMoved || state.before === null || watermark > state.before
  return {
    recheck: slice.start > state.passed ? { start: state.passed, end: slice.start } : null,
    watermark,
    state: { ...state, slice: sliceAt(passed, SLICE_MS), passed, hasMoved }
  }
}

/** A slice of the range. The last one includes the hour ahead of the clock, which so needs no request of its own. */
const sliceFrom = (range: Window, start: number, length: number): Window => {
  const end = start + length
  return { start, end: end >= range.end - FUTURE_TOLERANCE_MS ? range.end : end }
}

/** The newest sample that a sync knows of, ms; null where there is none, or the sync has not come to its end. */
export const newestKnown = ({ before, passed, range, slice }: SyncState): number | null => {
  if (slice !== null) return null
  return passed > range.start ? passed - 1 : before === null ? null : before - 1
}

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
