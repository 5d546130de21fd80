/**
 * Which cold objects a query reads: daily objects, months and hourly rollups.
 */
import { type Columns, daysOfSamples } from "../samples/series.ts"
import type { Day } from "../time/calendar.ts"
import { contains, intersect, isEmpty, type Window, windowOfDay } from "../time/window.ts"
import type { ColdObject } from "./catalog.ts"
import type { BuiltMonth } from "./months.ts"

/** Days of a month that a query reads from the objects of the month. */
export interface MonthRead {
  readonly month: BuiltMonth
  /** Days that still have the version the month was made from. All others are read from their own objects. */
  readonly days: ReadonlyArray<Day>
}

/** The objects that hold the samples of a window. */
export interface ColdPlan<Entry = ColdObject> {
  readonly months: ReadonlyArray<MonthRead>
  /** Days that are read from their own objects. */
  readonly entries: ReadonlyArray<Entry>
}

export interface ReadPlan<Entry = ColdObject> extends ColdPlan<Entry> {
  /** Days whose hourly rollups are read in place of their samples. */
  readonly rollups: ReadonlyArray<MonthRead>
}

/** Fewer days of a month than this are read from their own objects, because that is fewer bytes. */
export const MONTH_READ_DAYS = 2

/** Plans reads of samples: from months where they are current and save requests, else from daily objects. */
export const planCold = (
  window: Window,
  partitions: ReadonlyArray<ColdObject>,
  months: ReadonlyArray<BuiltMonth>
): ColdPlan => {
  const wanted = partitions.filter((entry) =>
    entry.rows > 0 && !isEmpty(intersect(window, { start: entry.firstTimestamp, end: entry.lastTimestamp + 1 }))
  )
  const reads = months.flatMap((month): ReadonlyArray<MonthRead> => {
    const made = new Map(month.days.map(({ day, generation }) => [day, generation]))
    const days = wanted.filter((entry) => made.get(entry.day) === entry.generation).map(({ day }) => day)
    return days.length >= MONTH_READ_DAYS ? [{ month, days }] : []
  })
  const covered = new Set(reads.flatMap(({ days }) => days))
  return { months: reads, entries: wanted.filter(({ day }) => !covered.has(day)) }
}

/**
 * Plans all cold reads of a window. Where hourly rollups are allowed, they replace the samples of whole days of current
 * months. Other days are read as samples: those that the window cuts, those with hot samples, those that have changed
 * since their month was made, and those without a month.
 *
 * @param hourly whether hourly rollups may replace samples
 * @param hot the hot samples of the window
 */
export const planReads = (
  window: Window,
  hourly: boolean,
  partitions: ReadonlyArray<ColdObject>,
  months: ReadonlyArray<BuiltMonth>,
  hot: ReadonlyArray<Columns>
): ReadPlan => {
  const cold = planCold(window, partitions, months)
  if (!hourly) return { ...cold, rollups: [] }
  const hotDays = new Set(daysOfSamples(hot))
  const byDay = new Map(partitions.map((entry) => [entry.day, entry]))
  const rollups: Array<MonthRead> = []
  const rest: Array<MonthRead> = []
  const entries = [...cold.entries]
  for (const { days, month } of cold.months) {
    const whole = days.filter((day) => !hotDays.has(day) && isWithin(windowOfDay(day), window))
    const served = new Set(whole.length >= MONTH_READ_DAYS ? whole : [])
    const others = days.filter((day) => !served.has(day))
    if (served.size > 0) rollups.push({ month, days: [...served] })
    if (others.length >= MONTH_READ_DAYS) rest.push({ month, days: others })
    else entries.push(...others.flatMap((day) => byDay.get(day) ?? []))
  }
  return { months: rest, entries, rollups }
}

const isWithin = (inner: Window, outer: Window): boolean =>
  contains(outer, inner.start) && inner.end <= outer.end
