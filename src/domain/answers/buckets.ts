/**
 * The buckets of a window: edges that every aggregation of a query shares.
 */
import { DAY_MS, dayOf, monthOf } from "../time/calendar.ts"
import type { Interval } from "../time/interval.ts"
import type { Window } from "../time/window.ts"
import { localDayOf, localDayStart, type Zone } from "../time/zone.ts"

/**
 * The edges of every bucket that the window touches, ascending: bucket `i` is `[edges[i], edges[i + 1])`. The first edge
 * may lie before the window.
 *
 * Fixed widths are multiples of themselves since the epoch, or, with a zone, since each local midnight, so that a local
 * day always begins a bucket. Days and months follow local midnights.
 */
export const bucketEdges = (window: Window, interval: Interval, zone: Zone | null): Float64Array => {
  if (interval === "day" || interval === "month") return calendarEdges(window, interval, zone)
  if (zone === null) {
    const first = Math.floor(window.start / interval)
    const last = Math.ceil(window.end / interval)
    return Float64Array.from({ length: last - first + 1 }, (_, i) => (first + i) * interval)
  }
  const days = calendarEdges(window, "day", zone)
  const edges: Array<number> = []
  for (let day = 0; day + 1 < days.length; day++) {
    const start = days[day] as number
    const end = days[day + 1] as number
    const skip = Math.max(0, Math.floor((window.start - start) / interval))
    for (let edge = start + skip * interval; edge < end && edge < window.end; edge += interval) edges.push(edge)
    if (end >= window.end) edges.push(Math.min(end, (edges.at(-1) ?? start) + interval))
  }
  return Float64Array.from(edges)
}

const calendarEdges = (window: Window, unit: "day" | "month", zone: Zone | null): Float64Array => {
  const startOf = (day: number) => zone === null ? day * DAY_MS : localDayStart(zone, day)
  const first = zone === null ? dayOf(window.start) : localDayOf(zone, window.start)
  let day = unit === "month" ? monthOf(first) : first
  const edges = [startOf(day)]
  while ((edges.at(-1) as number) < window.end) {
    day = unit === "month" ? monthOf(day, 1) : day + 1
    edges.push(startOf(day))
  }
  return Float64Array.from(edges)
}
