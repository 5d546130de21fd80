/**
 * How much one step reads.
 *
 * A day is read in slices, and a slice counts only once it was read to its end: so no row is missed, in whatever order
 * the source delivers. The length follows the density that was seen. A full-scale day (4,583 points a minute, 66 pages
 * of 100,000 rows at 10 to 25 s each) is far more than the 15 minutes of a queue consumer; a small day is one request.
 */
import type { BackfillCursor } from "./job.ts"
import { DAY_MS, dayStart, MINUTE_MS } from "../../time/calendar.ts"
import type { Window } from "../../time/window.ts"

/** Samples a step aims at: what fits, compressed, beside the object that is built from it. */
export const MAX_SAMPLES_PER_STEP = 2_000_000
/** Rows at which a slice is given up for a shorter one. */
export const MAX_ROWS_PER_SLICE = 3_000_000
/** A slice that is not read to its end this long after its step began is given up: publishing needs the rest. */
export const STEP_LIMIT_MS = 11 * MINUTE_MS
/** The shortest slice. */
export const MIN_SLICE_MS = 5 * MINUTE_MS

/** The window of the cursor's next slice: never past the end of its day. */
export const sliceAt = (cursor: BackfillCursor): Window => ({
  start: cursor.from,
  end: Math.min(cursor.from + cursor.sliceMs, dayStart(cursor.day) + DAY_MS)
})

/** What was read: rows, and the time it took. */
export interface Load {
  readonly rows: number
  readonly elapsedMs: number
}

/** Whether the slice being read is to be given up, after `step` in all and `sliceRows` of it. */
export const isSliceTooLarge = (step: Load, sliceRows: number): boolean =>
  sliceRows > MAX_ROWS_PER_SLICE || step.elapsedMs > STEP_LIMIT_MS

/** Whether the step may read another slice; `targetMs` is how long it may begin new work. */
export const hasRoom = (step: Load, targetMs: number): boolean =>
  step.rows < MAX_SAMPLES_PER_STEP && step.elapsedMs < targetMs

/** The length of the next slice: as dense and as slow as the last one, it just fills the room the step has left. */
export const nextSliceMs = (slice: Window, last: Load, step: Load, targetMs: number): number => {
  const length = slice.end - slice.start
  const byRows = length * (MAX_SAMPLES_PER_STEP - step.rows) / Math.max(1, last.rows)
  const byTime = length * (targetMs - step.elapsedMs) / Math.max(1, last.elapsedMs)
  return wholeMinutes(Math.min(byRows, byTime))
}

/** A quarter of a slice that held too much; null where it is the shortest already. */
export const narrowerMs = (slice: Window): number | null => {
  const length = slice.end - slice.start
  return length <= MIN_SLICE_MS ? null : wholeMinutes(length / 4)
}

const wholeMinutes = (ms: number): number =>
  Math.min(DAY_MS, Math.max(MIN_SLICE_MS, Math.floor(ms / MINUTE_MS) * MINUTE_MS))
