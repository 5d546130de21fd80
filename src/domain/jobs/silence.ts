/**
 * When a site counts as silent: by the intervals at which its own points report, and by how late their samples come.
 */
import type { Series } from "../samples/series.ts"
import { HOUR_MS, MINUTE_MS } from "../time/calendar.ts"

/** No site is silent before its newest sample is this old. */
export const SILENT_AFTER_MS = 30 * MINUTE_MS

/** A point is overdue when so many of its intervals have passed without a sample. */
const INTERVALS_MISSED = 3

/** The interval of a point that has shown none, and of which the source says none. */
const ASSUMED_INTERVAL_MS = HOUR_MS

/** The share of gaps that may be longer than the usual one: samples are missing now and then. */
const LONG_GAPS = 0.1

/** Lags grow while nothing comes, so that the usual one is only nearly the longest. */
const LAG_MARGIN = 1.25

/** Gaps fewer than this tell little of the usual one. */
export const GAPS_WANTED = 3

/** The interval that nine of ten gaps do not exceed, ms; null where there is no gap. */
export const usualInterval = (timestamps: Float64Array): number | null => {
  const gaps = timestamps.subarray(1).map((at, i) => at - (timestamps[i] as number)).sort()
  return gaps[Math.ceil(gaps.length * (1 - LONG_GAPS)) - 1] ?? null
}

/** Of the series those with the most samples. */
export const reportingMost = (series: ReadonlyArray<Series>, count: number): ReadonlyArray<Series> =>
  series.toSorted((a, b) => b.timestamps.length - a.timestamps.length).slice(0, count)

/** A point, as far as its silence goes. */
export interface Reporting {
  /** Its newest sample, ms. */
  readonly last: number
  /** How often it reports, ms; null where nobody knows. */
  readonly interval: number | null
}

/**
 * Whether most of the points are overdue.
 *
 * @param usualLag how late their samples usually come, ms
 */
export const areSilent = (points: ReadonlyArray<Reporting>, usualLag: number, now: number): boolean => {
  const overdue = points.filter(({ interval, last }) => {
    const allowed = Math.max(SILENT_AFTER_MS, INTERVALS_MISSED * (interval ?? ASSUMED_INTERVAL_MS))
    return now - last > allowed + LAG_MARGIN * usualLag
  })
  return overdue.length > points.length / 2
}
