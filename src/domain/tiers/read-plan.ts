/**
 * What a query will read: which objects for which days, how much that is, and in how many pieces.
 */
import { type Day, DAY_MS, dayOf, dayStart, monthOf } from "../time/calendar.ts"
import type { ColdObject } from "./catalog.ts"
import { type ColdPlan, type BuiltMonth, MONTH_READ_DAYS, type MonthRead, partsOf, planCold, windowOfMonth } from "./months.ts"
import { type Columns, lowerBound } from "../samples/series.ts"
import { contains, intersect, isEmpty, type Window, windowOfDay } from "../time/window.ts"

export interface ReadPlan extends ColdPlan {
  /** Days whose hourly rollups stand for their samples. */
  readonly rollups: ReadonlyArray<MonthRead>
}

/**
 * Plans the cold reads of a window. Where rollups will do they serve whole days of current months; the days at the
 * edges of the window, those with hot samples, stale ones and those of open months are read as samples.
 *
 * @param hourly whether hourly rollups may stand for samples
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
  const hotDays = daysOfSamples(hot)
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

const daysOfSamples = (series: ReadonlyArray<Columns>): ReadonlySet<Day> => {
  const days = new Set<Day>()
  for (const { timestamps } of series) {
    for (let i = 0; i < timestamps.length;) {
      const day = dayOf(timestamps[i] as number)
      days.add(day)
      i = lowerBound(timestamps, dayStart(day + 1))
    }
  }
  return days
}

/** Samples of one point in the cold objects of a plan, by the mean of their points; an hour of a rollup is as one. */
export const estimateSamples = (plan: ReadPlan, partitions: ReadonlyArray<ColdObject>): number => {
  const days = new Set([...plan.entries.map(({ day }) => day), ...plan.months.flatMap((read) => read.days)])
  let rows = plan.rollups.reduce((sum, read) => sum + read.days.length * 24, 0)
  for (const entry of partitions) if (days.has(entry.day)) rows += entry.rows / Math.max(1, entry.points)
  return Math.ceil(rows)
}

/** Objects that a plan reads for some points: the least number of GETs. */
export const countObjects = (plan: ReadPlan, points: ReadonlyArray<string>): number =>
  [...plan.months, ...plan.rollups].reduce((sum, { month }) => sum + partsOf(month, points).length, plan.entries.length)

/**
 * Cuts a window at the beginning of months, each slice of some `most` samples of a point, or of one month; so that no
 * month is read for two slices.
 */
export const sliceWindow = (window: Window, samplesPerPoint: number, most: number): ReadonlyArray<Window> => {
  if (samplesPerPoint <= most) return [window]
  const wanted = Math.max(DAY_MS, (window.end - window.start) * most / samplesPerPoint)
  const out: Array<Window> = []
  for (let start = window.start; start < window.end;) {
    const month = monthOf(dayOf(start + wanted))
    const end = Math.min(window.end, dayStart(dayStart(month) > start ? month : monthOf(month, 1)))
    out.push({ start, end })
    start = end
  }
  return out
}

/** The part of a plan that a slice of its window reads. */
export const planOfSlice = (plan: ReadPlan, slice: Window): ReadPlan => {
  const touches = (window: Window) => !isEmpty(intersect(window, slice))
  return {
    entries: plan.entries.filter(({ day }) => touches(windowOfDay(day))),
    months: plan.months.filter(({ month }) => touches(windowOfMonth(month.month))),
    rollups: plan.rollups.filter(({ month }) => touches(windowOfMonth(month.month)))
  }
}

/** Cuts points into batches of at most so many samples together, of one point at least. */
export const batchPoints = (
  points: ReadonlyArray<string>,
  samplesPerPoint: number,
  most: number
): ReadonlyArray<ReadonlyArray<string>> => {
  const size = Math.max(1, Math.floor(most / Math.max(1, samplesPerPoint)))
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => points.slice(i * size, (i + 1) * size))
}
