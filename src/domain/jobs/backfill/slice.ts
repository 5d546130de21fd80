/**
 * How much one step of a backfill reads.
 *
 * A day is read in slices. A slice counts only when it was read to its end, so no row is missed, in whatever order the
 * source delivers rows. The length of a slice follows the density of the one before. A full-scale day (4,583 points a
 * minute, 66 pages of 100,000 rows at 10 to 25 s each) takes much longer than the 15 minutes that a queue consumer has;
 * a small day is one request.
 */
import type { BackfillCursor } from "./job.ts"
import { DAY_MS, dayStart, MINUTE_MS } from "../../time/calendar.ts"
import type { Window } from "../../time/window.ts"

/** How many samples a step aims at: compressed, they fit into memory beside the object that is built from them. */
export const MAX_SAMPLES_PER_STEP = 2_000_000
/** A slice with more rows than this is given up for a shorter one. */
export const MAX_ROWS_PER_SLICE = 3_000_000
/** A slice that is still being read this long after its step began is given up, to leave time for publishing. */
export const STEP_LIMIT_MS = 11 * MINUTE_MS
/** The shortest slice. */
export const MIN_SLICE_MS = 5 * MINUTE_MS

/** The next slice of a cursor; it never goes past the end of the day. */
export const sliceAt = (cursor: BackfillCursor): Window => ({
  start: cursor.from,
  end: Math.min(cursor.from + cursor.sliceMs, dayStart(cursor.day) + DAY_MS)
})

/** How much was read, and how long that took. */
export interface Load {
  readonly rows: number
  readonly elapsedMs: number
}

/**
 * Whether to give up the slice that is being read.
 *
 * @param step what the step has read so far
 * @param sliceRows how many rows of that are of this slice
 */
export const isSliceTooLarge = (step: Load, sliceRows: number): boolean =>
  sliceRows > MAX_ROWS_PER_SLICE || step.elapsedMs > STEP_LIMIT_MS

/** Whether the step may read one more slice. After `targetMs` it may begin nothing new. */
export const hasRoom = (step: Load, targetMs: number): boolean =>
  step.rows < MAX_SAMPLES_PER_STEP && step.elapsedMs < targetMs

/**
 * The length of the next slice, ms: if it is as dense and as slow as `slice` was, it just fills what the step may still
 * read.
 *
 * @param last how much `slice` had
 * @param step what the step has read so far
 */
export const nextSliceMs = (slice: Window, last: Load, step: Load, targetMs: number): number => {
  const length = slice.end - slice.start
  const byRows = length * (MAX_SAMPLES_PER_STEP - step.rows) / Math.max(1, last.rows)
  const byTime = length * (targetMs - step.elapsedMs) / Math.max(1, last.elapsedMs)
  return wholeMinutes(Math.min(byRows, byTime))
}

/** A quarter of the length of a slice that had too much, ms; null where the slice is the shortest already. */
export const narrowerMs = (slice: Window): number | null => {
  const length = slice.end - slice.start
  return length <= MIN_SLICE_MS ? null : wholeMinutes(length / 4)
}

const wholeMinutes = (ms: number): number =>
  Math.min(DAY_MS, Math.max(MIN_SLICE_MS, Math.floor(ms / MINUTE_MS) * MINUTE_MS))
