/**
 * Read plans: a day is read from its month or its rollups only where these are current, and from its own object
 * otherwise. Shown by a year of full days whose months were made, with single days that have changed or are hot, and by
 * random catalogs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import { planCold, planReads } from "../../../src/domain/tiers/read-plan.ts"
import type { BuiltMonth } from "../../../src/domain/tiers/months.ts"
import { type Day, dayFromDate, dayOf, dayStart, HOUR_MS, monthOf } from "../../../src/domain/time/calendar.ts"
import { intersect, isEmpty, windowOfDay } from "../../../src/domain/time/window.ts"
import { boolean, integer, oneOf, property } from "../../properties.ts"
import { columnsOf } from "../../samples.ts"
import { entryOf, monthMadeFrom } from "./objects.ts"

const FIRST = dayFromDate(2025, 11, 1)

const partitions = Array.from({ length: 365 }, (_, i) => entryOf(FIRST + i))

/** Every month of the year, made from the days that it has; `stale` days have another version since. */
const months = (stale: ReadonlyArray<Day> = []): ReadonlyArray<BuiltMonth> =>
  [...Map.groupBy(partitions, ({ day }) => monthOf(day)).values()].map((days) =>
    monthMadeFrom(days.map(({ day }) => ({ day, generation: stale.includes(day) ? 0 : 1 })))
  )

describe("planCold", () => {
  const october = dayFromDate(2026, 10, 1)
  const window = { start: dayStart(october), end: dayStart(october + 31) }
  const days = [october, october + 1, october + 2, october + 3]
  const made = monthMadeFrom(days.map((day) => ({ day, generation: 1 })))

  it("law 2: a changed day is read from its own object until the month is made again", () => {
    const changed = entryOf(october + 1, { generation: 2 })
    const plan = planCold(window, [entryOf(october), changed, entryOf(october + 2), entryOf(october + 9)], [made])
    assert.deepStrictEqual(plan.months, [{ month: made, days: [october, october + 2] }])
    assert.deepStrictEqual(plan.entries.map(({ day }) => day), [october + 1, october + 9])
  })

  it("a single day, or a month that is out of date, is read from its own object", () => {
    const single = planCold({ ...window, end: dayStart(october + 1) }, days.map((day) => entryOf(day)), [made])
    assert.deepStrictEqual([single.months, single.entries.length], [[], 1])
    const stale = planCold(window, days.map((day) => entryOf(day, { generation: 2 })), [made])
    assert.deepStrictEqual([stale.months, stale.entries.length], [[], 4])
  })

  it("reads nothing that cannot hold a sample of the window", () => {
    const entries = [entryOf(october, { firstTimestamp: dayStart(october) + 5 }), entryOf(october, { rows: 0 })]
    const plan = planCold({ start: dayStart(october), end: dayStart(october) + 5 }, entries, [])
    assert.deepStrictEqual(plan, { months: [], entries: [] })
  })
})

describe("planReads", () => {
  it("rollups stand for whole days of current months only", () => {
    const window = { start: dayStart(FIRST) + 3_600_000, end: dayStart(FIRST + 40) + 3_600_000 }
    const hot = columnsOf([[dayStart(FIRST + 9) + 5, 1]])
    const plan = planReads(window, true, partitions, months([FIRST + 20]), [hot])
    assert.deepStrictEqual(plan.rollups.map(({ days }) => days.length), [27, 10])
    assert.deepStrictEqual(plan.months.map(({ days }) => days), [[FIRST, FIRST + 9]])
    assert.deepStrictEqual(plan.entries.map(({ day }) => day - FIRST).sort((a, b) => a - b), [20, 40])
  })

  it("reads no rollups where only samples will do", () => {
    const year = { start: dayStart(FIRST), end: dayStart(FIRST + 365) }
    const plan = planReads(year, false, partitions, months(), [])
    assert.deepStrictEqual([plan.rollups.length, plan.months.length, plan.entries.length], [0, 12, 0])
  })
})

/** What the catalog and the months say of a day: how often it was written, and whether its month was made since. */
const someDay = Arbitrary.all({
  state: oneOf(["in its month", "changed since", "not in a month", "without samples", "not archived"]),
  hot: oneOf([false, false, false, true])
})

describe("planReads, of any catalog", () => {
  const COUNT = 40
  const arbitrary = Arbitrary.all({
    days: Arbitrary.array(someDay, { minLength: COUNT, maxLength: COUNT }),
    start: integer(0, COUNT * 24),
    hours: integer(1, COUNT * 24),
    hourly: boolean
  })

  property("law 2: reads every day of the window once, and from a month only the days it still holds", arbitrary,
    ({ days, hourly, hours, start }) => {
      const first = dayStart(FIRST) + start * HOUR_MS
      const window = { start: first, end: first + hours * HOUR_MS }
      const dated = days.map((one, i) => ({ ...one, day: FIRST + i }))
      const archived = dated.filter(({ state }) => state !== "not archived")
        .map(({ day, state }) => entryOf(day, { generation: 2, rows: state === "without samples" ? 0 : 1 }))
      const versions = dated.flatMap(({ day, state }) =>
        state === "in its month" ? [{ day, generation: 2 }] : state === "changed since" ? [{ day, generation: 1 }] : [])
      const months = [...Map.groupBy(versions, ({ day }) => monthOf(day)).values()].map(monthMadeFrom)
      const hot = columnsOf(dated.filter((one) => one.hot).map(({ day }) => [dayStart(day) + 5, 1]))
      const plan = planReads(window, hourly, archived, months, [hot])

      const ofMonths = [...plan.months, ...plan.rollups].flatMap(({ days, month }) =>
        days.map((day) => ({ day, month })))
      const read = [...ofMonths.map(({ day }) => day), ...plan.entries.map(({ day }) => day)]
      const wanted = archived.filter(({ day, rows }) => rows > 0 && !isEmpty(intersect(window, windowOfDay(day))))
      assert.deepStrictEqual(read.sort((a, b) => a - b), wanted.map(({ day }) => day))
      for (const { day, month } of ofMonths) assert.deepInclude(month.days, { day, generation: 2 })
      const rolledUp = plan.rollups.flatMap((one) => one.days)
      const hotDays = new Set(Array.from(hot.timestamps, dayOf))
      for (const day of rolledUp) {
        assert.isTrue(hourly && !hotDays.has(day))
        assert.deepStrictEqual(intersect(window, windowOfDay(day)), windowOfDay(day))
      }
    }, 500)
})
