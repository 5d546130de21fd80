/**
 * The plan of a sync. Steps are driven by a function that says what the source answers to a slice: the newest hour
 * comes first, the slices cover every gap, and nothing counts as read that was not asked for.
 */
import { assert, describe, it } from "@effect/vitest"
import { gapsOf, newestSample, readBefore, type ReadSoFar } from "../../../src/domain/jobs/read-so-far.ts"
import { planCompaction, startSync, stepSync, type SyncState } from "../../../src/domain/jobs/sync-plan.ts"
import { FUTURE_TOLERANCE_MS } from "../../../src/domain/samples/page.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { contains, type Window } from "../../../src/domain/time/window.ts"
import { forSeeds, type Random } from "../../random.ts"

const NOON = 20_000 * DAY_MS + 12 * HOUR_MS
const OVERLAP_MS = 15 * MINUTE_MS

interface Asked {
  readonly slice: Window
  readonly newest: number | null
}

type Source = (slice: Window) => number | null

/** Every step of a run, or the first ones. */
const runSync = (read: ReadSoFar, now: number, overlapMs: number, newestOf: Source, steps = 10_000) => {
  const asked: Array<Asked> = []
  let state: SyncState = startSync(read, now, overlapMs)
  for (let { slice } = state; slice !== null && asked.length < steps; slice = state.slice) {
    const newest = newestOf(slice)
    asked.push({ slice, newest })
    state = stepSync(state, slice, newest)
    assert.isBelow(asked.length, 10_000, "slices must come to an end")
  }
  return { asked, read: state.read, state }
}

/** A run at noon of a site that is synced up to `watermark`. */
const runFrom = (watermark: number, overlapMs: number, newestOf: Source, steps?: number) =>
  runSync(readBefore(watermark, 0, [], NOON, overlapMs), NOON, overlapMs, newestOf, steps)

/** A source with a sample at every millisecond. */
const full: Source = ({ end }) => Math.min(end, NOON) - 1

/** A source with these samples. */
const having = (...samples: ReadonlyArray<number>): Source => (slice) =>
  samples.findLast((at) => contains(slice, at)) ?? null

/** What was asked for, in hours from noon. */
const hoursOf = (asked: ReadonlyArray<Asked>) =>
  asked.map(({ slice }) => [(slice.start - NOON) / HOUR_MS, (slice.end - NOON) / HOUR_MS])

describe("a sync", () => {
  it("is one request after five minutes, and one after an hour", () => {
    for (const minutes of [5, 60]) {
      const { asked, read } = runFrom(NOON - minutes * MINUTE_MS, OVERLAP_MS, full)
      const start = NOON - minutes * MINUTE_MS - OVERLAP_MS
      assert.deepStrictEqual(asked.map(({ slice }) => slice), [{ start, end: NOON + FUTURE_TOLERANCE_MS }])
      assert.strictEqual(read.base.end, NOON)
    }
  })

  it("asks for the newest hour first, then down to the overlap; only then the watermark moves", () => {
    const watermark = NOON - 4 * HOUR_MS
    const { asked, read } = runFrom(watermark, OVERLAP_MS, full)
    assert.deepStrictEqual(hoursOf(asked), [[-1, 1], [-2, -1], [-3, -2], [-4.25, -3]])
    assert.deepStrictEqual([read.base.end, read.ahead], [NOON, []])
    const early = runFrom(watermark, OVERLAP_MS, full, 3)
    assert.strictEqual(early.read.base.end, watermark)
    assert.deepStrictEqual(early.read.ahead, [{ start: NOON - 3 * HOUR_MS, end: NOON }])
  })

  it("where the newest hours have no samples, goes back until it finds some, and looks once more after them", () => {
    const newest = NOON - 5 * HOUR_MS
    const { asked, read } = runFrom(NOON - 9 * HOUR_MS, OVERLAP_MS, having(NOON - 9 * HOUR_MS - 1, newest))
    assert.deepStrictEqual(hoursOf(asked.slice(0, 3)), [[-1, 1], [-3, -1], [-7, -3]])
    assert.deepStrictEqual(asked[3]?.slice, { start: newest + 1 - OVERLAP_MS, end: NOON + FUTURE_TOLERANCE_MS })
    assert.deepStrictEqual([read.base.end, newestSample(read)], [newest + 1, newest])
  })

  it("law 8: a source that is silent since the watermark moves nothing, and takes few requests", () => {
    const watermark = NOON - 20 * DAY_MS
    for (const source of [having(watermark - 1), () => null]) {
      const { asked, read, state } = runFrom(watermark, OVERLAP_MS, source)
      assert.deepStrictEqual([read.base.end, read.ahead, state.slice], [watermark, [], null])
      assert.isAtMost(asked.length, 25)
      const lengths = asked.map(({ slice }) => Math.min(slice.end, NOON) - slice.start)
      assert.deepStrictEqual(lengths.slice(0, 6), [1, 2, 4, 8, 16, 24].map((hours) => hours * HOUR_MS))
    }
    assert.strictEqual(runFrom(watermark, 0, full).asked.length, 20 * 24)
  })

  it("law 8: empty slices of a gap are asked for once more when one before them has samples", () => {
    const { asked, read } = runFrom(NOON - 9 * HOUR_MS, 0, having(NOON - 8.5 * HOUR_MS, NOON - 5.5 * HOUR_MS, NOON - 1))
    assert.deepStrictEqual(hoursOf(asked),
      [[-1, 1], [-2, -1], [-4, -2], [-8, -4], [-4, -1], [-9, -8]])
    assert.deepStrictEqual([read.base.end, read.ahead], [NOON, []])
  })

  it("law 8: the empty rest of a gap counts as read once the source has repeated a sample that it had before", () => {
    const watermark = NOON - 4 * HOUR_MS
    const probe = { start: NOON - 1, end: NOON + 1 }
    const { asked, read } = runFrom(watermark, 0, having(NOON - 1))
    const rest = { start: watermark, end: NOON - HOUR_MS }
    assert.deepStrictEqual(asked.slice(-2).map(({ slice }) => slice), [probe, rest])
    assert.strictEqual(read.base.end, NOON)
    let requests = 0
    const mute = runFrom(watermark, 0, () => requests++ === 0 ? NOON - 1 : null)
    assert.deepStrictEqual(mute.asked.at(-1)?.slice, probe)
    assert.deepStrictEqual([mute.read.base.end, gapsOf(mute.read)], [watermark, [rest]])
  })

  it("law 8: what is read ends past the newest sample, and never ahead of the clock", () => {
    const endOf = (newest: number) => runFrom(NOON - MINUTE_MS, OVERLAP_MS, () => newest).read.base.end
    assert.strictEqual(endOf(NOON - 1_000), NOON - 999)
    assert.strictEqual(endOf(NOON), NOON)
    assert.strictEqual(runFrom(NOON + HOUR_MS, OVERLAP_MS, () => null).asked[0]?.slice.start, NOON - OVERLAP_MS)
  })

  it("a site without a watermark begins at its begin; without samples nothing is known of it", () => {
    const begin = NOON - 3 * HOUR_MS
    const none = readBefore(null, begin, [], NOON, OVERLAP_MS)
    const { asked, read } = runSync(none, NOON, OVERLAP_MS, () => null)
    assert.strictEqual(Math.min(...asked.map(({ slice }) => slice.start)), begin)
    assert.deepStrictEqual([newestSample(read), read], [null, none])
    assert.strictEqual(runSync(none, NOON, OVERLAP_MS, having(NOON - 1)).read.base.end, NOON)
  })
})

/** A source that has samples in about so many of its slices. */
const answering = (random: Random, share: number): Source => (slice) =>
  random.happens(share) ? random.integer(slice.start, Math.min(slice.end, NOON) - 1) : null

/** Whether the instant was asked for: with an answer, or twice in vain with an answer between. */
const isAskedFor = (asked: ReadonlyArray<Asked>, at: number): boolean => {
  const here = asked.flatMap(({ newest, slice }, i) => contains(slice, at) ? [{ newest, i }] : [])
  const [first, last] = [here[0]?.i ?? 0, here.at(-1)?.i ?? 0]
  return here.some(({ newest }) => newest !== null) ||
    asked.slice(first + 1, last).some(({ newest }) => newest !== null)
}

describe("runs that stop anywhere", () => {
  it("law 8: what counts as read was asked for, and empty slices again after an answer", () => {
    forSeeds(80, (random) => {
      const watermark = NOON - random.integer(1, 12 * DAY_MS)
      const { asked, read } = runFrom(watermark, OVERLAP_MS, answering(random, 0.3), random.integer(1, 40))
      const bounds = [...asked.flatMap(({ slice }) => [slice.start, slice.end]), watermark]
      for (const { end, start } of [{ ...read.base, start: watermark }, ...read.ahead]) {
        for (const at of [start, end - 1, ...bounds].filter((bound) => contains({ start, end }, bound))) {
          assert.isTrue(isAskedFor(asked, at), `${(at - NOON) / HOUR_MS} h`)
        }
      }
    })
  })

  it("come to know everything after outages on top of outages, and the newest after the first request", () => {
    forSeeds(20, (random) => {
      let now = NOON - 12 * DAY_MS
      let watermark = now
      let ahead: ReadonlyArray<Window> = []
      const minutely: Source = ({ end, start }) => {
        const at = Math.floor((Math.min(end, now) - 1) / MINUTE_MS) * MINUTE_MS
        return at >= start ? at : null
      }
      const run = (steps?: number) => {
        const { read } = runSync(readBefore(watermark, 0, ahead, now, OVERLAP_MS), now, OVERLAP_MS, minutely, steps)
        assert.isAtMost(now - (newestSample(read) ?? 0), MINUTE_MS)
        watermark = read.base.end
        ahead = read.ahead
        return read
      }
      while (now < NOON) {
        now += random.happens(0.3) ? random.integer(HOUR_MS, 2 * DAY_MS) : 5 * MINUTE_MS
        const read = run(random.integer(1, 3))
        for (const { end, start } of gapsOf(read)) assert.isBelow(start, end)
      }
      run()
      assert.deepStrictEqual([ahead, watermark > now - MINUTE_MS], [[], true])
    })
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
