/**
 * How late samples come: counts, shares and the points that lag, against plain lists of all lags.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result } from "effect"
import { rereadingCodec } from "../../../src/domain/jobs/codec.ts"
import {
  countedSamples,
  countLags,
  LAG_CLASSES_MS,
  LAGGING_AFTER_MS,
  lagOfShare,
  MAX_LAGGING_POINTS,
  startLateness
} from "../../../src/domain/jobs/lateness.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { integer, property } from "../../properties.ts"
import { seriesAt } from "../../samples.ts"

const NOW = 20_000 * DAY_MS + 12 * HOUR_MS

/** One point for each list of lags, in minutes. */
const pointsWith = (lags: ReadonlyArray<ReadonlyArray<number>>) =>
  lags.map((minutes, i) =>
    seriesAt(`p${i}`, minutes.toSorted((a, b) => b - a).map((ago) => NOW - ago * MINUTE_MS), () => 1))

const lists = Arbitrary.array(Arbitrary.array(integer(-30, 40_000), { maxLength: 8 }), { maxLength: 30 })

describe("countLags", () => {
  property("a share of the samples comes within its lag, as exactly as classes tell", lists, (lags) => {
    const lateness = countLags(startLateness, pointsWith(lags), NOW, NOW)
    const all = lags.flat().map((minutes) => minutes * MINUTE_MS).sort((a, b) => a - b)
    assert.strictEqual(countedSamples(lateness), all.length)
    assert.strictEqual(lateness.longest, Math.max(0, ...all))
    for (const share of [0.5, 0.9, 0.95, 1]) {
      const exact = all[Math.max(0, Math.ceil(share * all.length) - 1)] ?? 0
      const classEnd = LAG_CLASSES_MS.find((most) => exact <= most) ?? Infinity
      assert.strictEqual(lagOfShare(lateness, share), all.length === 0 ? 0 : Math.min(classEnd, lateness.longest))
    }
  })

  property("names the points that lag most, and no other", lists, (lags) => {
    const { points } = countLags(startLateness, pointsWith(lags), NOW, NOW)
    const expected = lags.map((minutes) => Math.max(0, ...minutes) * MINUTE_MS)
      .filter((lag) => lag > LAGGING_AFTER_MS).sort((a, b) => b - a)
    assert.deepStrictEqual(points.map(({ lag }) => lag), expected.slice(0, MAX_LAGGING_POINTS))
    for (const { lag, point } of points) {
      assert.strictEqual(lag, Math.max(...lags[Number(point.slice(1))] ?? []) * MINUTE_MS)
    }
  })

  it("a lag ends when the source was asked before: a sync that did not run makes no sample late", () => {
    const one = [seriesAt("p", [NOW - 5 * HOUR_MS, NOW - HOUR_MS], () => 1)]
    const { longest, points } = countLags(startLateness, one, NOW - 4 * HOUR_MS, NOW)
    assert.deepStrictEqual([longest, points], [HOUR_MS, []])
  })

  it("counts halve each day, and what is seven days old is forgotten", () => {
    const day = (lateness: typeof startLateness, now: number, lagHours: number) =>
      countLags(lateness, [seriesAt(`lag ${lagHours}`, [now - lagHours * HOUR_MS], () => 1)], now, now)
    let lateness = startLateness
    for (let i = 0; i < 8; i++) lateness = day(lateness, NOW, 48)
    assert.deepStrictEqual([countedSamples(lateness), lagOfShare(lateness, 1)], [8, 48 * HOUR_MS])
    lateness = day(lateness, NOW + DAY_MS, 2)
    assert.deepStrictEqual([countedSamples(lateness), lateness.longest], [5, 48 * HOUR_MS])
    assert.deepStrictEqual(lateness.points.map(({ point }) => point), ["lag 48", "lag 2"])
    lateness = day(lateness, NOW + 7 * DAY_MS, 3)
    assert.strictEqual(lateness.longest, 3 * HOUR_MS)
    assert.deepStrictEqual(lateness.points.map(({ point }) => point), ["lag 3", "lag 2"])
  })
})

it("a state that was saved before lags were kept like this is read without them", () => {
  const body = '{"v":1,"body":{"credit":2.5,"first":1,"second":2,"last":3,"back":null,"lookedAt":0,"deepest":null,' +
    '"age":0,"agedAt":5,"width":1,"cost":1,"lateAt":-1,"lags":[0,0,0,0,0,0,0,4],"longestLag":9}}'
  const state = Result.getOrThrow(rereadingCodec.read(body))
  assert.deepStrictEqual([state.credit, state.last, state.lateness], [2.5, 3, undefined])
})
