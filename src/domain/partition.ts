/**
 * A partition is one site on one UTC day. Its cold object has exactly one key.
 */
import { Option, Result } from "effect"
import { dateOfDay, type Day, dayFromDate, formatDay, parseDay } from "./calendar.ts"
import { parseSiteName } from "./names.ts"

export interface Partition {
  readonly site: string
  readonly day: Day
}

/** Where all daily objects live. Derived objects live outside, so that a glob over it counts every sample once. */
export const DAILY_PREFIX = "timeseries/"

/** `timeseries/2026/11/23/{site}.parquet` */
export const partitionKey = ({ day, site }: Partition): string =>
  `${DAILY_PREFIX}${formatDay(day).replaceAll("-", "/")}/${site}.parquet`

/** The prefix that holds the objects of every site on a day. */
export const dayPrefix = (day: Day): string => `${DAILY_PREFIX}${formatDay(day).replaceAll("-", "/")}/`

/** The inverse of {@link partitionKey}: none for a key that it would not have made. */
export const parsePartitionKey = (key: string): Option.Option<Partition> => {
  const match = /^timeseries\/(\d{4})\/(\d{2})\/(\d{2})\/([^/]+)\.parquet$/.exec(key)
  if (match === null) return Option.none()
  const day = parseDay(`${match[1]}-${match[2]}-${match[3]}`, "key")
  const site = parseSiteName(match[4] as string)
  return Result.isSuccess(day) && Result.isSuccess(site)
    ? Option.some({ site: site.success, day: day.success })
    : Option.none()
}

/** First day of the month that holds `day`. */
export const monthStart = (day: Day): Day => {
  const date = dateOfDay(day)
  return dayFromDate(date.year, date.month, 1)
}
