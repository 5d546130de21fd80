/**
 * A partition is one site on one UTC day. Its cold object has exactly one key.
 */
import { Option, Result } from "effect"
import { type Day, dayOf, formatDay, parseDay } from "../time/calendar.ts"
import { comparePoints, parseSiteName } from "../samples/names.ts"
import type { Series } from "../samples/series.ts"
import { contains, type Window, windowOfDay } from "../time/window.ts"

export interface Partition {
  readonly site: string
  readonly day: Day
}

/** Where all daily objects live. Derived objects live outside, so that a glob over it counts every sample once. */
export const DAILY_PREFIX = "timeseries/"

/** `timeseries/2026/11/23/{site}.parquet` */
export const partitionKey = ({ day, site }: Partition): string =>
  `${DAILY_PREFIX}${formatDay(day).replaceAll("-", "/")}/${site}.parquet`

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

/** The inverse of the older layout, `timeseries/{site}/2026/11/23.parquet`: none for any other key. */
export const parseLegacyKey = (key: string): Option.Option<Partition> => {
  const match = /^timeseries\/([^/]+)\/(\d{4})\/(\d{2})\/(\d{2})\.parquet$/.exec(key)
  if (match === null) return Option.none()
  const day = parseDay(`${match[2]}-${match[3]}-${match[4]}`, "key")
  const site = parseSiteName(match[1] as string)
  return Result.isSuccess(day) && Result.isSuccess(site)
    ? Option.some({ site: site.success, day: day.success })
    : Option.none()
}

/**
 * Why `series` may not follow the point `previous` (null: it is the first) in an object of `window`; undefined where it
 * may. An object holds points in the order of `comparePoints`, each once, with ascending timestamps inside the window.
 */
export const seriesComplaint = (window: Window, previous: string | null, series: Series): string | undefined => {
  const { point, timestamps, values } = series
  const name = JSON.stringify(point)
  if (previous !== null && comparePoints(previous, point) >= 0) {
    return `point ${name} comes after ${JSON.stringify(previous)}`
  }
  if (timestamps.length !== values.length) return `point ${name} has ${timestamps.length} timestamps and ${values.length} values`
  let last = -Infinity
  // By index: an iterator would leave a number on the heap for each.
  for (let i = 0; i < timestamps.length; i++) {
    const at = timestamps[i] as number
    if (!(at > last)) return `point ${name} has timestamps that do not ascend`
    last = at
  }
  return timestamps.length > 0 && !(contains(window, timestamps[0] as number) && contains(window, last))
    ? `point ${name} has samples outside ${formatDay(dayOf(window.start))} to ${formatDay(dayOf(window.end - 1))}`
    : undefined
}

/** {@link seriesComplaint} for the object of a day. */
export const partitionComplaint = (day: Day, previous: string | null, series: Series): string | undefined =>
  seriesComplaint(windowOfDay(day), previous, series)
