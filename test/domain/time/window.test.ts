/**
 * Windows: what they hold, where two overlap, and how they are joined. Random small windows are compared with a
 * list of every instant.
 */
import { assert, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import { DAY_MS, dayOf } from "../../../src/domain/time/calendar.ts"
import {
  contains,
  daysOf,
  intersect,
  isEmpty,
  windowOfDay,
  windowsOfDays
} from "../../../src/domain/time/window.ts"
import { integer, oneOf, property } from "../../properties.ts"

const INSTANTS = Array.from({ length: 61 }, (_, i) => i - 30)

const window = Arbitrary.all({ start: integer(-25, 25), end: integer(-25, 25) })

it("holds its start and not its end", () => {
  assert.deepStrictEqual([9, 10, 19, 20].map((ms) => contains({ start: 10, end: 20 }, ms)), [false, true, true, false])
  assert.deepStrictEqual([9, 10, 11].map((end) => isEmpty({ start: 10, end })), [true, true, false])
})

property("meets another window in exactly the instants that both hold", Arbitrary.all([window, window]), ([a, b]) => {
  const both = intersect(a, b)
  for (const ms of INSTANTS) assert.strictEqual(contains(both, ms), contains(a, ms) && contains(b, ms))
  assert.strictEqual(isEmpty(both), !INSTANTS.some((ms) => contains(a, ms) && contains(b, ms)))
})

property(
  "touches the days of its instants",
  Arbitrary.all({
    start: integer(-3 * DAY_MS, 3 * DAY_MS),
    length: oneOf([0, 1, -1, DAY_MS - 1, DAY_MS, DAY_MS + 1, 3 * DAY_MS])
  }),
  ({ length, start }) => {
    const window = { start, end: start + length }
    // An instant of each day that the window can touch: the start, every 24 hours after it, and the last one.
    const instants = [...[0, 1, 2, 3].map((days) => start + days * DAY_MS), window.end - 1]
    const expected = new Set(instants.filter((ms) => contains(window, ms)).map(dayOf))
    assert.deepStrictEqual(daysOf(window), [...expected].sort((a, b) => a - b))
  }
)

it("of a day touches that day alone", () => {
  assert.deepStrictEqual(daysOf(windowOfDay(20_000)), [20_000])
})

it("joins neighbouring days", () => {
  assert.deepStrictEqual(windowsOfDays([20_001, 20_002, 20_005]), [
    { start: 20_001 * DAY_MS, end: 20_003 * DAY_MS },
    { start: 20_005 * DAY_MS, end: 20_006 * DAY_MS }
  ])
  assert.deepStrictEqual(windowsOfDays([]), [])
})
