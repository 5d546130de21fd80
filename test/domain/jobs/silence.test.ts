/**
 * What makes a site silent, against naive readings of the same rule, and the edges of each limit.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import {
  areSilent,
  type Reporting,
  reportingMost,
  SILENT_AFTER_MS,
  usualInterval
} from "../../../src/domain/jobs/silence.ts"
import { HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { integer, property } from "../../properties.ts"
import { seriesAt } from "../../samples.ts"

const instants = Arbitrary.array(integer(0, 500), { maxLength: 30 }).pipe(
  Arbitrary.map((list) => [...new Set(list)].sort((a, b) => a - b))
)

describe("usualInterval", () => {
  property("is the shortest gap that nine of ten do not exceed", instants, (list) => {
    const gaps = list.slice(1).map((at, i) => at - (list[i] as number))
    const isUsual = (length: number) => gaps.filter((gap) => gap <= length).length >= 0.9 * gaps.length - 1e-9
    const naive = gaps.filter(isUsual).sort((a, b) => a - b)[0] ?? null
    assert.strictEqual(usualInterval(Float64Array.from(list)), naive)
  })

  it("an outage among regular samples changes nothing", () => {
    const hours = Array.from({ length: 24 }, (_, i) => (i < 12 ? i : i + 30) * HOUR_MS)
    assert.strictEqual(usualInterval(Float64Array.from(hours)), HOUR_MS)
    assert.isNull(usualInterval(Float64Array.from([1])))
  })
})

it("reportingMost takes those with the most samples", () => {
  const of = (count: number) => seriesAt(`${count}`, Array.from({ length: count }, (_, i) => i), () => 1)
  assert.deepStrictEqual(reportingMost([of(1), of(4), of(2), of(3)], 2).map(({ point }) => point), ["4", "3"])
})

describe("areSilent", () => {
  const now = 1_000 * HOUR_MS
  const ago = (minutes: number, interval: number | null): Reporting => ({ last: now - minutes * MINUTE_MS, interval })

  it("allows three intervals, half an hour at least, and the usual lag and a quarter", () => {
    const edges: ReadonlyArray<readonly [interval: number | null, lag: number, minutes: number]> = [
      [MINUTE_MS, 0, SILENT_AFTER_MS / MINUTE_MS],
      [15 * MINUTE_MS, 0, 45],
      [HOUR_MS, 0, 180],
      [null, 0, 180],
      [HOUR_MS, 4 * HOUR_MS, 480]
    ]
    for (const [interval, lag, minutes] of edges) {
      assert.isFalse(areSilent([ago(minutes, interval)], lag, now))
      assert.isTrue(areSilent([ago(minutes + 1, interval)], lag, now))
    }
  })

  it("most of the points decide: neither one heartbeat that stops, nor one that reports on change", () => {
    const fast = ago(40, 5 * MINUTE_MS)
    const slow = ago(40, HOUR_MS)
    assert.isTrue(areSilent([fast, fast, slow], 0, now))
    assert.isFalse(areSilent([fast, slow], 0, now))
    assert.isFalse(areSilent([fast, slow, slow], 0, now))
  })
})
