/**
 * The calendar: days, months and dates agree with `Date` from year 1 to 9999, and texts that are no day are refused.
 */
import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import {
  addMonths,
  compareMonths,
  dateOfDay,
  DAY_MS,
  dayFromDate,
  dayOf,
  daysInMonth,
  dayStart,
  firstDayOf,
  formatDay,
  formatMonth,
  monthOf,
  parseDay
} from "../../../src/domain/time/calendar.ts"
import { integer, property } from "../../properties.ts"

const FIRST = dayOf(Date.parse("0001-01-01T00:00:00Z"))
const LAST = dayOf(Date.parse("9999-12-31T00:00:00Z"))

property("counts days, months and leap years as Date does", integer(FIRST, LAST), (day) => {
  const date = new Date(day * DAY_MS)
  assert.deepStrictEqual(dateOfDay(day), {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate()
  })
  assert.strictEqual(dayFromDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()), day)
  assert.strictEqual(formatDay(day), date.toISOString().slice(0, 10))
  assert.strictEqual(Result.getOrThrow(parseDay(formatDay(day), "date")), day)
}, 2_500)

property("months begin on their first day, follow each other and are ordered", integer(-10_000, 100_000), (day) => {
  const date = new Date(dayStart(day))
  const [year, number] = [date.getUTCFullYear(), date.getUTCMonth()]
  const month = monthOf(day)
  assert.strictEqual(dayStart(firstDayOf(month)), Date.UTC(year, number, 1))
  assert.strictEqual(formatMonth(month), date.toISOString().slice(0, 7))
  for (const count of [-13, -1, 1, 30]) {
    const other = addMonths(month, count)
    assert.strictEqual(dayStart(firstDayOf(other)), Date.UTC(year, number + count, 1))
    assert.strictEqual(Math.sign(compareMonths(other, month)), Math.sign(count))
    assert.deepStrictEqual(monthOf(firstDayOf(other)), other)
  }
})

it("knows the length of every month of 400 years", () => {
  for (let year = 1800; year < 2200; year++) {
    for (let month = 1; month <= 12; month++) {
      assert.strictEqual(daysInMonth(year, month), new Date(Date.UTC(year, month, 0)).getUTCDate(), `${year}-${month}`)
    }
  }
  assert.deepStrictEqual([daysInMonth(2026, 0), daysInMonth(2026, 13)], [0, 0])
})

property("puts an instant into the day that holds it", integer(-1e14, 1e14), (ms) => {
  const day = dayOf(ms)
  assert.isTrue(dayStart(day) <= ms && ms < dayStart(day + 1))
}, 1_000)

it("begins a day at midnight, before 1970 too", () => {
  assert.deepStrictEqual([-DAY_MS, -1, 0, DAY_MS - 1, DAY_MS].map(dayOf), [-1, -1, 0, 0, 1])
})

it("refuses what is no day, naming the field and the text", () => {
  const texts = [
    "",
    "2026-02-29",
    "2026-04-31",
    "2026-00-10",
    "2026-13-10",
    "2026-11-00",
    "0000-01-01",
    "2026-1-1",
    "20261123",
    "2026-11-23T00:00:00Z",
    " 2026-11-23",
    "-2026-11-23"
  ]
  for (const text of texts) {
    const read = parseDay(text, "end_date")
    if (Result.isSuccess(read)) assert.fail(`${text} was read as ${read.success}`)
    assert.deepStrictEqual([read.failure.field, read.failure.text], ["end_date", text])
    assert.include(read.failure.message, `end_date: ${JSON.stringify(text)}`)
  }
})
