/**
 * What a sync has to ask for, and which days' tails are due for compaction.
 */
import { type Day, DAY_MS, dayOf, dayStart, HOUR_MS, MINUTE_MS } from "../time/calendar.ts"
import { FUTURE_TOLERANCE_MS } from "../samples/page.ts"
import { slices, type Window } from "../time/window.ts"

/** How far behind the watermark a sync asks again by default, for samples that arrive late. */
export const DEFAULT_OVERLAP_MS = 15 * MINUTE_MS
export const MAX_OVERLAP_MS = HOUR_MS

/** One request window: the watermark is saved after each. */
export const SLICE_MS = HOUR_MS

/** While a source is silent the windows double up to this, so that a long outage is passed in few requests. */
export const MAX_SLICE_MS = DAY_MS

/** The tail of an open day is compacted when its oldest append is this old, of a closed day after `SETTLE_MS`. */
export const COMPACT_OPEN_AFTER_MS = 3 * HOUR_MS

/** After midnight UTC a day counts as settled: what is later than this is late. */
export const SETTLE_MS = HOUR_MS

/**
 * All there is to ask for: from the watermark less the overlap to now, plus what clocks that run ahead may have
 * stamped.
 */
export const planSync = (watermark: number, now: number, overlapMs: number): Window => ({
  start: Math.min(watermark, now) - overlapMs,
  end: now + FUTURE_TOLERANCE_MS
})

/** The next window of `range` to ask for, after one that ended at its start; `empty` tells whether that one was. */
export const nextSlice = (range: Window, previous: Window | null, empty: boolean): Window => {
  const length = previous === null || !empty
    ? SLICE_MS
    : Math.min(MAX_SLICE_MS, 2 * (previous.end - previous.start))
  const start = previous?.end ?? range.start
  // The hour ahead of the clock is asked for together with the last slice, not in a request of its own.
  const end = start + length
  return { start, end: end >= range.end - FUTURE_TOLERANCE_MS ? range.end : end }
}

/**
 * The watermark after a slice whose newest sample not ahead of the clock is at `newest`: just past that sample, so that
 * a source that falls silent is asked again from there. `null` where the slice held none: an empty slice moves nothing,
 * a later slice with samples passes it.
 */
export const watermarkAfter = (newest: number, now: number): number | null =>
  newest < 0 ? null : Math.min(newest + 1, now)

/** A site whose newest sample is older than this is silent, and a run says so: twice the slowest scrape in use. */
export const SILENT_AFTER_MS = 30 * MINUTE_MS

/** How long after its end the last closed day is read again for late rows. */
export const REREAD_AFTER_MS = HOUR_MS

/** How much of it one run reads again: the whole day is read in an hour of five-minute runs. */
export const REREAD_SLICES = 2

/** The next windows of the last closed day to read again; `mark` is the instant up to which that is done. */
export const planReread = (mark: number | null, now: number): ReadonlyArray<Window> => {
  const day = dayOf(now - REREAD_AFTER_MS) - 1
  const start = Math.max(mark ?? 0, dayStart(day))
  return slices({ start, end: dayStart(day) + DAY_MS }, SLICE_MS).slice(0, REREAD_SLICES)
}

/** Days whose tail is to be compacted now, oldest append first. */
export const planCompaction = (
  days: ReadonlyArray<{ readonly day: Day; readonly tailSince: number | null }>,
  now: number
): ReadonlyArray<Day> => {
  const due: Array<{ readonly day: Day; readonly since: number }> = []
  for (const { day, tailSince } of days) {
    if (tailSince === null) continue
    const closed = dayStart(day + 1) + SETTLE_MS <= now
    if (closed || now - tailSince >= COMPACT_OPEN_AFTER_MS) due.push({ day, since: tailSince })
  }
  return due.sort((a, b) => a.since - b.since || a.day - b.day).map(({ day }) => day)
}
