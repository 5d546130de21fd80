/**
 * UTC calendar days as whole numbers: day 0 is 1970-01-01. All of it is arithmetic; nothing uses `Date`.
 */
import { type Brand, Result, Schema } from "effect"
import { DAY_MS } from "./lengths.ts"

export * from "./lengths.ts"

/** A UTC day, counted from 1970-01-01 (day 0). */
export type Day = number

/**
 * A calendar month, counted from January 1970 (month 0). TypeScript does not take it for a number, so that no month is
 * used as a day and no day as a month.
 */
export type Month = Brand.Brand<"Month">

const makeMonth = (index: number): Month => index as unknown as Month

const indexOf = (month: Month): number => month as unknown as number

/** A text that is not a calendar day. `field` is the name of the field that held `text`. */
export class InvalidDay extends Schema.TaggedError<InvalidDay>()("InvalidDay", {
  field: Schema.String,
  text: Schema.String
}) {
  override get message() {
    return `${this.field}: ${JSON.stringify(this.text)} is not a day: expected YYYY-MM-DD`
  }
}

/** The day that holds the instant `ms`. */
export const dayOf = (ms: number): Day => Math.floor(ms / DAY_MS)

/** The first instant of a day, ms. */
export const dayStart = (day: Day): number => day * DAY_MS

/** How many days a month has; January is 1. 0 for a month that does not exist. */
export const daysInMonth = (year: number, month: number): number => {
  if (month < 1 || month > 12) return 0
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The day of a date in the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`). January is 1. */
export const dayFromDate = (year: number, month: number, dayOfMonth: number): Day => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + dayOfMonth - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** The date of a day: the inverse of {@link dayFromDate}. */
export const dateOfDay = (day: Day): { readonly year: number; readonly month: number; readonly day: number } => {
  const z = day + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const mp = Math.floor((5 * dayOfYear + 2) / 153)
  const month = mp < 10 ? mp + 3 : mp - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * mp + 2) / 5) + 1
  }
}

/** The month that holds a day. */
export const monthOf = (day: Day): Month => {
  const { month, year } = dateOfDay(day)
  return makeMonth((year - 1970) * 12 + month - 1)
}

/** The month so many months after (or before) a month. */
export const addMonths = (month: Month, count: number): Month => makeMonth(indexOf(month) + count)

/** Orders months by time. */
export const compareMonths = (a: Month, b: Month): number => indexOf(a) - indexOf(b)

/** The first day of a month. */
export const firstDayOf = (month: Month): Day => {
  const index = indexOf(month)
  const years = Math.floor(index / 12)
  return dayFromDate(1970 + years, index - years * 12 + 1, 1)
}

const two = (n: number): string => String(n).padStart(2, "0")

/** A day as text: `2026-11-23`. */
export const formatDay = (day: Day): string => {
  const date = dateOfDay(day)
  return `${String(date.year).padStart(4, "0")}-${two(date.month)}-${two(date.day)}`
}

/** A month as text: `2026-11`. */
export const formatMonth = (month: Month): string => formatDay(firstDayOf(month)).slice(0, 7)

/** Reads `YYYY-MM-DD`. A date that does not exist is an error, such as 30 February or the year 0. */
export const parseDay = (text: string, field: string): Result.Result<Day, InvalidDay> => {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  const year = Number(match?.[1])
  const month = Number(match?.[2])
  const dayOfMonth = Number(match?.[3])
  return match !== null && year >= 1 && dayOfMonth >= 1 && dayOfMonth <= daysInMonth(year, month)
    ? Result.succeed(dayFromDate(year, month, dayOfMonth))
    : Result.fail(new InvalidDay({ field, text }))
}
