import { assert, describe, it } from "@effect/vitest"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { FUTURE_TOLERANCE_MS } from "../../../src/domain/samples/page.ts"
import {
  MAX_SLICE_MS,
  nextSlice,
  planCompaction,
  planReread,
  planSync,
  SLICE_MS,
  watermarkAfter
} from "../../../src/domain/jobs/sync-plan.ts"
import type { Window } from "../../../src/domain/time/window.ts"

const NOON = 20_000 * DAY_MS + 12 * HOUR_MS

const slicesOf = (range: Window, isSilent: (slice: Window) => boolean): ReadonlyArray<Window> => {
  const out: Array<Window> = []
  let slice = nextSlice(range, null, false)
  for (; slice.start < range.end; slice = nextSlice(range, slice, isSilent(slice))) {
    out.push(slice)
    assert.isBelow(out.length, 10_000, "slices must come to an end")
  }
  return out
}

describe("planSync", () => {
  it("asks again for the overlap, and never starts ahead of the clock", () => {
    assert.deepStrictEqual(planSync(NOON - 5 * MINUTE_MS, NOON, 15 * MINUTE_MS), { start: NOON - 20 * MINUTE_MS, end: NOON + FUTURE_TOLERANCE_MS })
    assert.strictEqual(planSync(NOON + HOUR_MS, NOON, 15 * MINUTE_MS).start, NOON - 15 * MINUTE_MS)
  })
})

describe("nextSlice", () => {
  it("a five-minute sync is one request", () => {
    assert.strictEqual(slicesOf(planSync(NOON - 5 * MINUTE_MS, NOON, 15 * MINUTE_MS), () => false).length, 1)
  })

  it("the slices cover the range without gap or overlap, silent or not", () => {
    for (const isSilent of [() => false, () => true, (slice: Window) => slice.start % (3 * HOUR_MS) === 0]) {
      const range = planSync(NOON - 9 * DAY_MS - 1_234, NOON, 0)
      const slices = slicesOf(range, isSilent)
      assert.strictEqual(slices[0]?.start, range.start)
      assert.strictEqual(slices.at(-1)?.end, range.end)
      for (const [i, slice] of slices.entries()) {
        if (i > 0) assert.strictEqual(slice.start, slices[i - 1]?.end)
        assert.isAtMost(slice.end - slice.start, MAX_SLICE_MS + FUTURE_TOLERANCE_MS)
      }
    }
  })

  it("a long silence is passed in few requests, a full range hour by hour", () => {
    const range = planSync(NOON - 20 * DAY_MS, NOON, 0)
    assert.isAtMost(slicesOf(range, () => true).length, 25)
    assert.strictEqual(slicesOf(range, () => false).length, 20 * 24)
    assert.strictEqual(nextSlice(range, { start: range.start, end: range.start + MAX_SLICE_MS }, false).end,
      range.start + MAX_SLICE_MS + SLICE_MS)
  })
})

describe("watermarkAfter", () => {
  it("law 8: an empty slice moves nothing, samples move it just past the newest, never ahead of the clock", () => {
    assert.isNull(watermarkAfter(-1, NOON))
    assert.strictEqual(watermarkAfter(NOON - 60_000, NOON), NOON - 59_999)
    assert.strictEqual(watermarkAfter(NOON, NOON), NOON)
  })
})

describe("planReread", () => {
  it("takes the last closed day in pieces, once, an hour after midnight at the earliest", () => {
    const midnight = 20_000 * DAY_MS
    assert.strictEqual(planReread(null, midnight + 59 * MINUTE_MS)[0]?.start, midnight - 2 * DAY_MS)
    let mark: number | null = null
    const seen: Array<Window> = []
    for (let run = 0; run < 100; run++) {
      const windows = planReread(mark, midnight + HOUR_MS + run * 5 * MINUTE_MS)
      seen.push(...windows)
      mark = windows.at(-1)?.end ?? mark
    }
    assert.strictEqual(seen.length, 24)
    assert.strictEqual(seen[0]?.start, midnight - DAY_MS)
    assert.strictEqual(seen.at(-1)?.end, midnight)
  })
})

describe("planCompaction", () => {
  it("takes closed days after they settled and open days after three hours, oldest append first", () => {
    const today = 20_000
    const at = today * DAY_MS + 7 * HOUR_MS
    const plan = planCompaction([
      { day: today - 30, tailSince: null },
      { day: today - 9, tailSince: at - 1 },
      { day: today - 1, tailSince: at - 10 * HOUR_MS },
      { day: today, tailSince: at - 3 * HOUR_MS }
    ], at)
    assert.deepStrictEqual(plan, [today - 1, today, today - 9])
    assert.deepStrictEqual(planCompaction([{ day: today, tailSince: at - 3 * HOUR_MS + 1 }], at), [])
    assert.deepStrictEqual(planCompaction([{ day: today - 1, tailSince: 0 }], today * DAY_MS + HOUR_MS - 1 ), [today - 1])
    assert.deepStrictEqual(
      planCompaction([{ day: today - 1, tailSince: today * DAY_MS - 1 }], today * DAY_MS + HOUR_MS - 1),
      []
    )
  })
})
