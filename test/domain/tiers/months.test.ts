import { assert, describe, it } from "@effect/vitest"
import type { CatalogEntry } from "../../../src/domain/tiers/catalog.ts"
import { DAY_MS, dayFromDate, dayStart } from "../../../src/domain/time/calendar.ts"
import { type BuiltMonth, monthKey, partsOf, planCold, planMonths, rollupKey, runsOfDays } from "../../../src/domain/tiers/months.ts"

const october = dayFromDate(2026, 10, 1)
const november = dayFromDate(2026, 11, 1)
const december = dayFromDate(2026, 12, 1)

const version = (day: number, generation = 1) => ({ day, generation })

const entry = (day: number, generation = 1): CatalogEntry => ({
  site: "plant",
  day,
  generation,
  key: String(day),
  etag: "",
  size: 1,
  rows: 1,
  points: 1,
  firstTimestamp: dayStart(day) + 5,
  lastTimestamp: dayStart(day) + DAY_MS - 5,
  checksum: "",
  source: "archival",
  writtenBy: "",
  index: null
})

const month = (days: ReadonlyArray<{ day: number; generation: number }>): BuiltMonth => ({
  site: "plant",
  month: october,
  build: 1,
  days,
  parts: []
})

describe("keys", () => {
  it("lie outside timeseries/", () => {
    assert.strictEqual(monthKey("plant", october, 3, 12), "monthly/2026/10/plant/3-12.parquet")
    assert.strictEqual(rollupKey("plant", october, 3, 12), "rollups/1h/2026/10/plant/3-12.parquet")
  })
})

describe("planMonths", () => {
  it("takes closed months that were never made or whose days have changed, oldest first", () => {
    const catalog = [version(november), version(october), version(october + 1, 2), version(december)]
    assert.deepStrictEqual(planMonths(catalog, [], [], dayStart(december)), [october, november])
    assert.deepStrictEqual(planMonths(catalog, [], [month([version(october), version(october + 1, 2)])], dayStart(december)),
      [november])
    assert.deepStrictEqual(planMonths(catalog, [], [month([version(october), version(october + 1, 1)])], dayStart(december)),
      [october, november])
    assert.deepStrictEqual(planMonths(catalog, [], [month([version(october)])], dayStart(december)), [october, november])
  })

  it("waits while a day of the month is hot, or is not older than the boundary", () => {
    assert.deepStrictEqual(planMonths([version(october)], [october + 30], [], dayStart(december)), [])
    assert.deepStrictEqual(planMonths([version(october)], [november], [], dayStart(december)), [october])
    assert.deepStrictEqual(planMonths([version(october)], [], [], dayStart(november) - 1), [])
    assert.deepStrictEqual(planMonths([version(october)], [], [], dayStart(november)), [october])
  })
})

describe("planCold", () => {
  const window = { start: dayStart(october), end: dayStart(november) }
  const days = [october, october + 1, october + 2, october + 3]

  it("law 2: a changed day is read from its own object until the month is made again", () => {
    const made = month(days.map((day) => version(day)))
    const plan = planCold(window, [entry(october), entry(october + 1, 2), entry(october + 2), entry(october + 9)], [made])
    assert.deepStrictEqual(plan.months, [{ month: made, days: [october, october + 2] }])
    assert.deepStrictEqual(plan.entries.map(({ day }) => day), [october + 1, october + 9])
  })

  it("a single day, or a month that is out of date, is read from its own object", () => {
    const made = month(days.map((day) => version(day)))
    assert.deepStrictEqual(planCold({ ...window, end: dayStart(october + 1) }, days.map((day) => entry(day)), [made]).months, [])
    const stale = planCold(window, days.map((day) => entry(day, 2)), [made])
    assert.deepStrictEqual([stale.months, stale.entries.length], [[], 4])
  })

  it("reads nothing that cannot hold a sample of the window", () => {
    const plan = planCold({ start: dayStart(october), end: dayStart(october) + 5 }, [entry(october), { ...entry(october), rows: 0 }], [])
    assert.deepStrictEqual(plan, { months: [], entries: [] })
  })
})

describe("partsOf", () => {
  it("finds the part that can hold each point", () => {
    const object = { key: "", size: 0, rows: 0, index: new Uint8Array(0) }
    const part = (number: number, firstPoint: string, lastPoint: string) =>
      ({ part: number, firstPoint, lastPoint, samples: object, hours: object })
    const parts = [part(0, "a", "c"), part(1, "e", "g")]
    assert.deepStrictEqual(partsOf({ ...month([]), parts }, ["a", "d", "f", "g", "z"]).map(({ part, points }) => [part.part, points]),
      [[0, ["a"]], [1, ["f", "g"]]])
  })
})

describe("runsOfDays", () => {
  it("joins neighbours", () => {
    const at = (day: number) => dayStart(october + day)
    assert.deepStrictEqual(runsOfDays([october + 1, october + 2, october + 5]), [
      { start: at(1), end: at(3) },
      { start: at(5), end: at(6) }
    ])
    assert.deepStrictEqual(runsOfDays([]), [])
  })
})
