/**
 * How much a read plan reads, and how it is cut into batches, so that memory is bounded by one batch.
 */
import { DAY_MS, dayOf, monthOf } from "../time/calendar.ts"
import { intersect, isEmpty, type Window, windowOfDay } from "../time/window.ts"
import type { ColdObject } from "./catalog.ts"
import { partsOf, windowOfMonth } from "./months.ts"
import type { ReadPlan } from "./read-plan.ts"

/**
 * About how many samples of one point the plan reads: each object is taken to hold equally many samples of each of its
 * points. An hour of a rollup counts as one sample.
 */
export const estimateSamples = (plan: ReadPlan, partitions: ReadonlyArray<ColdObject>): number => {
  const days = new Set([...plan.entries.map(({ day }) => day), ...plan.months.flatMap((read) => read.days)])
  let rows = plan.rollups.reduce((sum, read) => sum + read.days.length * 24, 0)
  for (const entry of partitions) if (days.has(entry.day)) rows += entry.rows / Math.max(1, entry.points)
  return Math.ceil(rows)
}

/** How many objects the plan reads for the given points. Each takes at least one GET. */
export const countObjects = (plan: ReadPlan, points: ReadonlyArray<string>): number =>
  [...plan.months, ...plan.rollups].reduce((sum, { month }) => sum + partsOf(month, points).length, plan.entries.length)

/**
 * Cuts a window into slices of about `most` samples of a point. Every cut is at the beginning of a month, so that no
 * month is read for two slices; a slice is one month at least.
 *
 * @param samplesPerPoint samples of one point in the whole window
 */
export const sliceWindow = (window: Window, samplesPerPoint: number, most: number): ReadonlyArray<Window> => {
  if (samplesPerPoint <= most) return [window]
  const wanted = Math.max(DAY_MS, (window.end - window.start) * most / samplesPerPoint)
  const out: Array<Window> = []
  for (let start = window.start; start < window.end;) {
    const month = windowOfMonth(monthOf(dayOf(start + wanted)))
    const end = Math.min(window.end, month.start > start ? month.start : month.end)
    out.push({ start, end })
    start = end
  }
  return out
}

/** The reads of the plan that can hold samples of the slice. */
export const planOfSlice = <Entry extends ColdObject>(plan: ReadPlan<Entry>, slice: Window): ReadPlan<Entry> => {
  const touches = (window: Window) => !isEmpty(intersect(window, slice))
  return {
    entries: plan.entries.filter(({ day }) => touches(windowOfDay(day))),
    months: plan.months.filter(({ month }) => touches(windowOfMonth(month.month))),
    rollups: plan.rollups.filter(({ month }) => touches(windowOfMonth(month.month)))
  }
}

/** Cuts a list of points into batches of at most `most` samples; a batch has at least one point. */
export const batchPoints = (
  points: ReadonlyArray<string>,
  samplesPerPoint: number,
  most: number
): ReadonlyArray<ReadonlyArray<string>> => {
  const size = Math.max(1, Math.floor(most / Math.max(1, samplesPerPoint)))
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => points.slice(i * size, (i + 1) * size))
}
