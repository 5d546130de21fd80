/**
 * Partitions: a partition is one site on one UTC day. Its cold object has exactly one key.
 */
import { Option, Result } from "effect"
import { comparePoints, parseSiteName } from "../samples/names.ts"
import type { Series } from "../samples/series.ts"
import { type Day, dayOf, formatDay, parseDay } from "../time/calendar.ts"
import { contains, type Window, windowOfDay } from "../time/window.ts"

/** One site on one UTC day. */
export interface Partition {
  readonly site: string
  readonly day: Day
}

/** All daily objects are under this prefix. Months are outside it, so that a glob over it counts every sample once. */
export const DAILY_PREFIX = "timeseries/"

/** The key of the cold object of a partition: `timeseries/2026/11/23/{site}.parquet`. */
export const partitionKey = ({ day, site }: Partition): string =>
  `${DAILY_PREFIX}${formatDay(day).replaceAll("-", "/")}/${site}.parquet`

/** The partition of a key: the inverse of {@link partitionKey}, none for a key that it does not make. */
export const parsePartitionKey = (key: string): Option.Option<Partition> =>
  parseKey(/^timeseries\/(?<date>\d{4}\/\d{2}\/\d{2})\/(?<site>[^/]+)\.parquet$/, key)

/** The partition of a key of the older layout, `timeseries/{site}/2026/11/23.parquet`; none for any other key. */
export const parseLegacyKey = (key: string): Option.Option<Partition> =>
  parseKey(/^timeseries\/(?<site>[^/]+)\/(?<date>\d{4}\/\d{2}\/\d{2})\.parquet$/, key)

const parseKey = (layout: RegExp, key: string): Option.Option<Partition> => {
  const { date, site } = layout.exec(key)?.groups ?? {}
  if (date === undefined || site === undefined) return Option.none()
  return Option.all({
    site: Result.getSuccess(parseSiteName(site)),
    day: Result.getSuccess(parseDay(date.replaceAll("/", "-"), "key"))
  })
}

/**
 * Why a series may not be the next one in an object; undefined where it may. An object holds points in the order of
 * `comparePoints`, each once, with ascending timestamps inside its window.
 *
 * @param window what the object is for
 * @param previous the point before it; null where it is the first
 */
export const seriesComplaint = (window: Window, previous: string | null, series: Series): string | undefined => {
  const { point, timestamps, values } = series
  const name = JSON.stringify(point)
  if (previous !== null && comparePoints(previous, point) >= 0) {
    return `point ${name} comes after ${JSON.stringify(previous)}`
  }
  if (timestamps.length !== values.length) {
    return `point ${name} has ${timestamps.length} timestamps and ${values.length} values`
  }
  let last = -Infinity
  // By index, because an iterator would allocate a number for each timestamp.
  for (let i = 0; i < timestamps.length; i++) {
    const at = timestamps[i] as number
    if (!(at > last)) return `point ${name} has timestamps that do not ascend`
    last = at
  }
  return timestamps.length > 0 && !(contains(window, timestamps[0] as number) && contains(window, last))
    ? `point ${name} has samples outside ${formatDay(dayOf(window.start))} to ${formatDay(dayOf(window.end - 1))}`
    : undefined
}

/** {@link seriesComplaint} for the cold object of a day. */
export const partitionComplaint = (day: Day, previous: string | null, series: Series): string | undefined =>
  seriesComplaint(windowOfDay(day), previous, series)
