/**
 * Slices of a backfill: their length follows the density of the site and stays within the limits of a step. Shown by a
 * sparse and by a full-scale site.
 */
import { assert, describe, it } from "@effect/vitest"
import type { BackfillCursor } from "../../../../src/domain/jobs/backfill/job.ts"
import {
  hasRoom,
  isSliceTooLarge,
  MAX_ROWS_PER_SLICE,
  MAX_SAMPLES_PER_STEP,
  MIN_SLICE_MS,
  narrowerMs,
  nextSliceMs,
  sliceAt,
  STEP_LIMIT_MS
} from "../../../../src/domain/jobs/backfill/slice.ts"
import { DAY_MS, dayStart, HOUR_MS, MINUTE_MS } from "../../../../src/domain/time/calendar.ts"

const day = 20_000
const cursor = (hour: number, sliceMs: number): BackfillCursor =>
  ({ site: "plant", day, from: dayStart(day) + hour * HOUR_MS, sliceMs })
const target = 6 * MINUTE_MS
const hour = sliceAt(cursor(0, HOUR_MS))
const load = (rows: number, elapsedMs = 0) => ({ rows, elapsedMs })

describe("slices", () => {
  it("never reach past the end of their day", () => {
    const last = { start: dayStart(day) + 20 * HOUR_MS, end: dayStart(day + 1) }
    assert.deepStrictEqual(sliceAt(cursor(20, 6 * HOUR_MS)), last)
  })

  it("a sparse site's next slice is the rest of the day", () => {
    assert.strictEqual(nextSliceMs(hour, load(600, 300), load(600, 300), target), DAY_MS)
  })

  it("a full-scale site's next slice fills what the step has left, by rows or by time", () => {
    const rows = 4_583 * 60
    const next = nextSliceMs(hour, load(rows), load(rows), target)
    assert.isAtMost(rows + rows * next / HOUR_MS, MAX_SAMPLES_PER_STEP)
    assert.isAbove(next, 6 * HOUR_MS)
    assert.strictEqual(nextSliceMs(hour, load(rows, 60_000), load(rows, 60_000), target), 5 * HOUR_MS)
    assert.strictEqual(nextSliceMs(hour, load(1), load(MAX_SAMPLES_PER_STEP * 2, target * 2), target), MIN_SLICE_MS)
  })

  it("a slice that is too large is cut to a quarter, down to the shortest", () => {
    assert.strictEqual(narrowerMs({ start: 0, end: DAY_MS }), 6 * HOUR_MS)
    assert.strictEqual(narrowerMs({ start: 0, end: 6 * MINUTE_MS }), MIN_SLICE_MS)
    assert.isNull(narrowerMs({ start: 0, end: MIN_SLICE_MS }))
  })

  it("law 9: room and limits are by rows and by time", () => {
    assert.isTrue(hasRoom(load(0, target - 1), target))
    assert.isFalse(hasRoom(load(0, target), target))
    assert.isFalse(hasRoom(load(MAX_SAMPLES_PER_STEP), target))
    assert.isFalse(isSliceTooLarge(load(0, STEP_LIMIT_MS), MAX_ROWS_PER_SLICE))
    assert.isTrue(isSliceTooLarge(load(0, STEP_LIMIT_MS + 1), 0))
    assert.isTrue(isSliceTooLarge(load(0, 0), MAX_ROWS_PER_SLICE + 1))
  })
})
