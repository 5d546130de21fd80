/**
 * Windows: what they hold, where two overlap, and how they are cut and joined. Random small windows are compared with a
 * list of every instant.
 */
import { assert, it } from "@effect/vitest"
import { DAY_MS, dayOf } from "../../../src/domain/time/calendar.ts"
import {
  contains,
  daysOf,
  intersect,
  isEmpty,
  slices,
  type Window,
  windowOfDay,
  windowsOfDays
} from "../../../src/domain/time/window.ts"
import { forSeeds, type Random } from "../../random.ts"

const INSTANTS = Array.from({ length: 61 }, (_, i) => i - 30)

const windowOf = (random: Random): Window => ({ start: random.integer(-25, 25), end: random.integer(-25, 25) })

it("holds its start and not its end", () => {
  assert.deepStrictEqual([9, 10, 19, 20].map((ms) => contains({ start: 10, end: 20 }, ms)), [false, true, true, false])
  assert.deepStrictEqual([9, 10, 11].map((end) => isEmpty({ start: 10, end })), [true, true, false])
})

it("meets another window in exactly the instants that both hold", () => {
  forSeeds(500, (random) => {
    const a = windowOf(random)
    const b = windowOf(random)
    const both = intersect(a, b)
    for (const ms of INSTANTS) assert.strictEqual(contains(both, ms), contains(a, ms) && contains(b, ms))
    assert.strictEqual(isEmpty(both), !INSTANTS.some((ms) => contains(a, ms) && contains(b, ms)))
  })
})

it("is cut into slices that hold every instant once, in order, none across a multiple of the step", () => {
  forSeeds(500, (random) => {
    const window = windowOf(random)
    const step = random.integer(1, 12)
    const pieces = slices(window, step)
    for (const ms of INSTANTS) {
      assert.strictEqual(pieces.filter((piece) => contains(piece, ms)).length, contains(window, ms) ? 1 : 0)
    }
    pieces.forEach((piece, i) => {
      assert.isFalse(isEmpty(piece))
      assert.strictEqual(Math.floor(piece.start / step), Math.floor((piece.end - 1) / step))
      if (i > 0) assert.strictEqual(piece.start, pieces[i - 1]?.end)
    })
  })
})

it("touches the days of its instants", () => {
  forSeeds(500, (random) => {
    const start = random.integer(-3 * DAY_MS, 3 * DAY_MS)
    const window = { start, end: start + random.pick([-1, 0, 1, DAY_MS - 1, DAY_MS, DAY_MS + 1, 3 * DAY_MS]) }
    const expected = isEmpty(window) ? [] : [...new Set(
      [window.start, window.start + DAY_MS, window.start + 2 * DAY_MS, window.start + 3 * DAY_MS, window.end - 1]
        .filter((ms) => contains(window, ms)).map(dayOf)
    )].sort((a, b) => a - b)
    assert.deepStrictEqual(daysOf(window), expected)
  })
  assert.deepStrictEqual(daysOf(windowOfDay(20_000)), [20_000])
})

it("joins neighbouring days", () => {
  assert.deepStrictEqual(windowsOfDays([20_001, 20_002, 20_005]), [
    { start: 20_001 * DAY_MS, end: 20_003 * DAY_MS },
    { start: 20_005 * DAY_MS, end: 20_006 * DAY_MS }
  ])
  assert.deepStrictEqual(windowsOfDays([]), [])
})
