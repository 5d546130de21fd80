/**
 * The plan of a sync. Steps are driven by a function that says what the source answers to a slice: the slices must
 * cover the range, and the watermark must pass nothing that was not asked for.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  MAX_SLICE_MS,
  newestKnown,
  planCompaction,
  planSync,
  SLICE_MS,
  startSync,
  stepSync,
  type SyncState,
  type SyncStep
} from "../../../src/domain/jobs/sync-plan.ts"
import { FUTURE_TOLERANCE_MS } from "../../../src/domain/samples/page.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { contains, type Window } from "../../../src/domain/time/window.ts"
import { forSeeds, type Random } from "../../random.ts"

const NOON = 20_000 * DAY_MS + 12 * HOUR_MS

interface Asked {
  readonly slice: Window
  readonly newest: number | null
  readonly step: SyncStep
}

/** Every step from the watermark to the end; `newestOf` is what the source answers to a slice. */
const runSync = (watermark: number, overlapMs: number, newestOf: (slice: Window) => number | null) => {
  const asked: Array<Asked> = []
  let state: SyncState = startSync(planSync(watermark, NOON, overlapMs), watermark)
  for (let { slice } = state; slice !== null; slice = state.slice) {
    const newest = newestOf(slice)
    const step = stepSync(state, slice, newest, NOON)
    asked.push({ slice, newest, step })
    assert.isBelow(asked.length, 10_000, "slices must come to an end")
    state = step.state
  }
  return { asked, state }
}

const lastOf = ({ end }: Window): number => Math.min(end, NOON) - 1

/** A source that has samples in about so many of its slices. */
const answering = (random: Random, share: number) => (slice: Window) =>
  random.happens(share) ? random.integer(slice.start, lastOf(slice)) : null

describe("planSync", () => {
  it("asks again for the overlap, and never starts ahead of the clock", () => {
    const range = planSync(NOON - 5 * MINUTE_MS, NOON, 15 * MINUTE_MS)
    assert.deepStrictEqual(range, { start: NOON - 20 * MINUTE_MS, end: NOON + FUTURE_TOLERANCE_MS })
    assert.strictEqual(planSync(NOON + HOUR_MS, NOON, 15 * MINUTE_MS).start, NOON - 15 * MINUTE_MS)
  })
})

describe("stepSync", () => {
  it("a five-minute sync is one request", () => {
    assert.strictEqual(runSync(NOON - 5 * MINUTE_MS, 15 * MINUTE_MS, lastOf).asked.length, 1)
  })

  it("asks for a long silence in few requests, for a full range hour by hour", () => {
    assert.isAtMost(runSync(NOON - 20 * DAY_MS, 0, () => null).asked.length, 25)
    assert.strictEqual(runSync(NOON - 20 * DAY_MS, 0, lastOf).asked.length, 20 * 24)
    const lengths = runSync(NOON - 20 * DAY_MS, 0, () => null).asked.map(({ slice }) => slice.end - slice.start)
    assert.deepStrictEqual(lengths.slice(0, 6), [1, 2, 4, 8, 16, 24].map((hours) => hours * HOUR_MS))
  })

  it("after a slice with samples goes on just behind the newest of them, hour by hour again", () => {
    const start = NOON - 9 * DAY_MS
    const { asked } = runSync(start, 0, ({ end }) => end === start + 7 * HOUR_MS ? start + 4 * HOUR_MS : null)
    assert.deepStrictEqual(asked[3]?.slice, { start: start + 4 * HOUR_MS + 1, end: start + 5 * HOUR_MS + 1 })
  })

  it("the slices cover the range without a gap, whatever the source answers", () => {
    forSeeds(200, (random) => {
      const from = NOON - random.integer(1, 12 * DAY_MS)
      const { asked } = runSync(from, 0, answering(random, 0.4))
      assert.strictEqual(asked.at(-1)?.slice.end, NOON + FUTURE_TOLERANCE_MS)
      asked.forEach(({ slice }, i) => {
        const before = asked[i - 1]
        const next = before === undefined ? from : before.newest === null ? before.slice.end : before.newest + 1
        assert.strictEqual(slice.start, next)
        assert.isAtMost(slice.end - slice.start, MAX_SLICE_MS + FUTURE_TOLERANCE_MS)
      })
    })
  })

  it("law 8: only samples move the watermark, to just past the newest and never ahead of the clock", () => {
    const state = startSync({ start: NOON - HOUR_MS, end: NOON + FUTURE_TOLERANCE_MS }, null)
    const slice = { start: NOON - HOUR_MS, end: NOON }
    const after = (newest: number | null) => stepSync(state, slice, newest, NOON).watermark
    assert.isNull(after(null))
    assert.strictEqual(after(NOON - 60_000), NOON - 59_999)
    assert.strictEqual(after(NOON), NOON)
  })

  it("law 8: what the watermark passes was asked for, and what was silent is asked for again before that", () => {
    forSeeds(200, (random) => {
      const from = NOON - random.integer(1, 12 * DAY_MS)
      const { asked } = runSync(from, 0, answering(random, 0.3))
      let passed = from
      for (const { newest, slice, step } of asked) {
        if (newest === null) {
          assert.deepStrictEqual([step.recheck, step.watermark], [null, null])
          continue
        }
        assert.deepStrictEqual(step.recheck, slice.start > passed ? { start: passed, end: slice.start } : null)
        assert.isAtMost(step.watermark ?? NaN, slice.end)
        passed = newest + 1
      }
    })
  })

  it("has moved only once the watermark is past the one it began with", () => {
    const watermark = NOON - HOUR_MS
    const range = planSync(watermark, NOON, SLICE_MS)
    const slice = { start: range.start, end: watermark }
    const moved = (before: number | null, newest: number | null) =>
      stepSync(startSync(range, before), slice, newest, NOON).state.hasMoved
    assert.isFalse(moved(watermark, watermark - 1))
    assert.isTrue(moved(watermark, watermark))
    assert.isTrue(moved(null, watermark - 1))
    assert.isFalse(moved(null, null))
    const samples = [watermark - SLICE_MS / 2, watermark - 1]
    const newestOf = (slice: Window) => samples.find((at) => contains(slice, at)) ?? null
    const twice = runSync(watermark, SLICE_MS, newestOf)
    assert.strictEqual(twice.asked.filter(({ newest }) => newest !== null).length, 2)
    assert.isFalse(twice.state.hasMoved)
  })
})

describe("newestKnown", () => {
  const from = NOON - DAY_MS

  it("is the newest sample that a sync found, else the one before its watermark, else none", () => {
    const old = from + HOUR_MS / 2
    assert.strictEqual(newestKnown(runSync(from, 0, ({ start }) => start === from ? old : null).state), old)
    const { state } = runSync(from, HOUR_MS, () => null)
    assert.strictEqual(newestKnown(state), from - 1)
    assert.isNull(newestKnown({ ...state, before: null }))
  })

  it("is not known before a sync has come to its end", () => {
    const begun = startSync(planSync(from, NOON, 0), from)
    const { state } = stepSync(begun, { start: from, end: from + SLICE_MS }, from + 1, NOON)
    assert.isNull(newestKnown(state))
    assert.strictEqual(newestKnown({ ...state, slice: null }), from + 1)
  })
})

describe("planCompaction", () => {
  it("takes closed days at once and open days after three hours, oldest append first", () => {
    const today = 20_000
    const at = today * DAY_MS + 7 * HOUR_MS
    const plan = planCompaction([
      { day: today - 30, pendingSince: null },
      { day: today - 9, pendingSince: at - 1 },
      { day: today - 1, pendingSince: at - 10 * HOUR_MS },
      { day: today, pendingSince: at - 3 * HOUR_MS }
    ], at)
    assert.deepStrictEqual(plan, [today - 1, today, today - 9])
    assert.deepStrictEqual(planCompaction([{ day: today, pendingSince: at - 3 * HOUR_MS + 1 }], at), [])
    const beforeClosed = today * DAY_MS + HOUR_MS - 1
    assert.deepStrictEqual(planCompaction([{ day: today - 1, pendingSince: 0 }], beforeClosed), [today - 1])
    const fresh = [{ day: today - 1, pendingSince: today * DAY_MS - 1 }]
    assert.deepStrictEqual(planCompaction(fresh, beforeClosed), [])
    assert.deepStrictEqual(planCompaction(fresh, beforeClosed + 1), [today - 1])
  })
})
