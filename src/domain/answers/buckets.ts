/**
 * The edges of the buckets of a window, which all aggregations of a query share.
 */
import { DAY_MS, dateOfDay, dayFromDate, dayOf, daysInMonth } from "../time/calendar.ts"
import type { CalendarUnit, Interval } from "../time/interval.ts"
import type { Window } from "../time/window.ts"
import { clockChanges, instantOfWall, wallAt, type Zone } from "../time/zone.ts"

/**
 * The edges of every bucket that the window touches, ascending: bucket `i` is `[edges[i], edges[i + 1])`. The first
 * edge may lie before the window, and the last after it.
 *
 * All of them follow the clock on the wall. Days, weeks (from Monday), months, quarters and years begin at local
 * midnights; a day that the zone skipped has no bucket. Buckets of a fixed width begin where the clock shows a multiple
 * of the width since midnight, so the last one of a day is shorter where the width does not divide the day. When clocks
 * go back over such a time, the repeated one begins a bucket only if the width is no longer than the step back: such a
 * day has 25 buckets of an hour, and four of six hours, one of which has seven.
 *
 * @param origin an instant at which a bucket begins. Buckets are counted from there on the clock of the wall, in both
 * directions: a day may begin at 06:00, a week on Sunday, a year in April. Midnights mean nothing then.
 */
export const bucketEdges = (window: Window, interval: Interval, zone: Zone, origin?: number): Float64Array => {
  const wall = origin === undefined ? undefined : wallAt(zone, origin)
  if (typeof interval !== "number") return trim(calendarEdges(window, interval, zone, wall), window)
  if (wall !== undefined) {
    const margin = 2 * DAY_MS + interval
    return trim(widthEdges(zone, { start: window.start - margin, end: window.end + margin }, wall, interval), window)
  }
  const days = trim(calendarEdges(window, "day", zone), window)
  const edges: Array<number> = []
  for (let day = 0; day + 1 < days.length; day++) {
    const start = days[day] as number
    const end = days[day + 1] as number
    // A day begins where its clock shows midnight, or a little later where midnight is skipped.
    const midnight = Math.floor(wallAt(zone, start) / DAY_MS) * DAY_MS
    edges.push(start)
    edges.push(...widthEdges(zone, { start, end }, midnight, interval))
  }
  edges.push(days.at(-1) as number)
  return trim(edges, window)
}

/** Leaves out edges that no bucket of the window needs, and all but one of equal edges. */
const trim = (edges: ReadonlyArray<number> | Float64Array, window: Window): Float64Array => {
  const out: Array<number> = []
  for (const edge of edges) {
    if (edge <= window.start) out.length = 0
    if (edge !== out.at(-1)) out.push(edge)
    if (edge >= window.end) break
  }
  return Float64Array.from(out)
}

/** Where a unit's buckets begin on the clock of the wall: bucket 0 at the origin, and so on in both directions. */
interface Steps {
  readonly wallOf: (index: number) => number
  /** The bucket that holds what the clock shows. */
  readonly indexOf: (wall: number) => number
}

/** Monday, 1970-01-05. */
const MONDAY = 4 * DAY_MS

const stepsOf = (unit: CalendarUnit, origin: number | undefined): Steps => {
  switch (unit) {
    case "day":
      return fixedSteps(origin ?? 0, DAY_MS)
    case "week":
      return fixedSteps(origin ?? MONDAY, 7 * DAY_MS)
    case "month":
      return monthSteps(origin ?? 0, 1)
    case "quarter":
      return monthSteps(origin ?? 0, 3)
    case "year":
      return monthSteps(origin ?? 0, 12)
  }
}

const fixedSteps = (origin: number, width: number): Steps => ({
  wallOf: (index) => origin + index * width,
  indexOf: (wall) => Math.floor((wall - origin) / width)
})

/** A month that is too short for the origin's day begins on its last day. */
const monthSteps = (origin: number, length: number): Steps => {
  const time = origin - dayOf(origin) * DAY_MS
  const date = dateOfDay(dayOf(origin))
  const first = date.year * 12 + date.month - 1
  const wallOf = (index: number) => {
    const months = first + index * length
    const year = Math.floor(months / 12)
    const month = months - year * 12 + 1
    return dayFromDate(year, month, Math.min(date.day, daysInMonth(year, month))) * DAY_MS + time
  }
  return {
    wallOf,
    indexOf: (wall) => {
      const { month, year } = dateOfDay(dayOf(wall))
      const index = Math.floor((year * 12 + month - 1 - first) / length)
      return wallOf(index) <= wall ? index : index - 1
    }
  }
}

const calendarEdges = (window: Window, unit: CalendarUnit, zone: Zone, origin?: number): ReadonlyArray<number> => {
  const { indexOf, wallOf } = stepsOf(unit, origin)
  // One earlier, because the clock may have been set back since.
  let index = indexOf(wallAt(zone, window.start)) - 1
  const edges = [instantOfWall(zone, wallOf(index))]
  while ((edges.at(-1) as number) < window.end) edges.push(instantOfWall(zone, wallOf(++index)))
  return edges
}

/** The instants inside `window` at which the clock shows `origin` and a multiple of `width`. */
const widthEdges = (zone: Zone, window: Window, origin: number, width: number): ReadonlyArray<number> => {
  const edges: Array<number> = []
  const atOrAfter = (wall: number) => origin + Math.ceil((wall - origin) / width) * width
  let { start } = window
  let offset = zone.offsetAt(start)
  for (const change of [...clockChanges(zone, window.start, window.end), { at: window.end, offset: NaN }]) {
    for (let wall = atOrAfter(start + offset); wall - offset < change.at; wall += width) edges.push(wall - offset)
    const back = offset - change.offset
    // A multiple that is skipped begins a bucket when the clock is set forward.
    if (atOrAfter(change.at + offset) < change.at + change.offset) edges.push(change.at)
    // One that comes again does not, unless the clock is set back by the width or more.
    start = back > 0 && width > back ? change.at + back : change.at
    offset = change.offset
  }
  return edges
}
