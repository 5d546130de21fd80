/**
 * The edges of the buckets of a window, which all aggregations of a query share.
 */
import { monthOf } from "../time/calendar.ts"
import type { Interval } from "../time/interval.ts"
import type { Window } from "../time/window.ts"
import { localDayOf, localDayStart, type Zone } from "../time/zone.ts"

/**
 * The edges of every bucket that the window touches, ascending: bucket `i` is `[edges[i], edges[i + 1])`. The first
 * edge may lie before the window, and the last after it.
 *
 * Days and months begin at local midnights. Buckets of a fixed width start anew at each local midnight, so the last one
 * of a day is shorter where the width does not divide the day.
 */
export const bucketEdges = (window: Window, interval: Interval, zone: Zone): Float64Array => {
  if (typeof interval !== "number") return calendarEdges(window, interval, zone)
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

const calendarEdges = (window: Window, unit: "day" | "month", zone: Zone): Float64Array => {
  const first = localDayOf(zone, window.start)
  let day = unit === "month" ? monthOf(first) : first
  const edges = [localDayStart(zone, day)]
  while ((edges.at(-1) as number) < window.end) {
    day = unit === "month" ? monthOf(day, 1) : day + 1
    edges.push(localDayStart(zone, day))
  }
  return Float64Array.from(edges)
}
