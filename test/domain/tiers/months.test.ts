/**
 * Months: where their objects lie, when one is due to be made, and which part can hold a point. Each rule is shown by
 * small catalogs around October 2026.
 */
import { assert, describe, it } from "@effect/vitest"
import { monthKey, partsOf, planMonths, rollupKey } from "../../../src/domain/tiers/months.ts"
import { dayFromDate, dayStart, type Month, monthOf } from "../../../src/domain/time/calendar.ts"
import { monthMadeFrom } from "./objects.ts"

const october = dayFromDate(2026, 10, 1)
const november = dayFromDate(2026, 11, 1)
const december = dayFromDate(2026, 12, 1)

const version = (day: number, generation = 1) => ({ day, generation })

describe("keys", () => {
  it("are others where one of their parts is another, whichever it is", () => {
    const [month, next] = [monthOf(october), monthOf(november)]
    const places: ReadonlyArray<readonly [string, Month, number, number]> = [
      ["plant", month, 3, 12],
      ["plant-3", month, 3, 12],
      ["plant", next, 3, 12],
      ["plant", monthOf(dayFromDate(2025, 10, 1)), 3, 12],
      ["plant", month, 31, 2],
      ["plant", month, 4, 12],
      ["plant", month, 3, 13]
    ]
    const keys = places.flatMap((place) => [monthKey(...place), rollupKey(...place)])
    assert.lengthOf(new Set(keys), keys.length)
  })

  it("lie outside timeseries/", () => {
    assert.strictEqual(monthKey("plant", monthOf(october), 3, 12), "monthly/2026/10/plant/3-12.parquet")
    assert.strictEqual(rollupKey("plant", monthOf(october), 3, 12), "rollups/1h/2026/10/plant/3-12.parquet")
  })
})

describe("planMonths", () => {
  it("takes closed months that were never made or whose days have changed, oldest first", () => {
    const catalog = [version(november), version(october), version(october + 1, 2), version(december)]
    const due = (...made: ReadonlyArray<ReturnType<typeof version>>) =>
      planMonths(catalog, [], made.length === 0 ? [] : [monthMadeFrom(made)], dayStart(december))
    const both = [monthOf(october), monthOf(november)]
    assert.deepStrictEqual(due(), both)
    assert.deepStrictEqual(due(version(october), version(october + 1, 2)), [monthOf(november)])
    assert.deepStrictEqual(due(version(october), version(october + 1, 1)), both)
    assert.deepStrictEqual(due(version(october)), both)
  })

  it("waits while a day of the month is hot, or is not older than the boundary", () => {
    assert.deepStrictEqual(planMonths([version(october)], [october + 30], [], dayStart(december)), [])
    assert.deepStrictEqual(planMonths([version(october)], [november], [], dayStart(december)), [monthOf(october)])
    assert.deepStrictEqual(planMonths([version(october)], [], [], dayStart(november) - 1), [])
    assert.deepStrictEqual(planMonths([version(october)], [], [], dayStart(november)), [monthOf(october)])
  })
})

describe("partsOf", () => {
  it("finds the part that can hold each point", () => {
    const object = { key: "", size: 0, rows: 0, index: new Uint8Array(0) }
    const part = (number: number, firstPoint: string, lastPoint: string) =>
      ({ part: number, firstPoint, lastPoint, samples: object, hours: object })
    const month = { ...monthMadeFrom([]), parts: [part(0, "a", "c"), part(1, "e", "g")] }
    assert.deepStrictEqual(
      partsOf(month, ["a", "d", "f", "g", "z"]).map(({ part, points }) => [part.part, points]),
      [[0, ["a"]], [1, ["f", "g"]]]
    )
  })
})
