/**
 * What a query can ask for: points that match words, the time ranges and last values of points, the days with samples.
 */
import { Effect } from "effect"
import type { Day } from "../../domain/time/calendar.ts"
import type { Extent } from "../../domain/samples/extent.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import { daysOf, type Window } from "../../domain/time/window.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { Directory, type PointInfo } from "../../ports/Directory.ts"
import { HotDays } from "../../ports/HotDays.ts"
import { Reads } from "../../ports/Reads.ts"
import { explainUnknown, requireSite } from "./names.ts"

/** Every word must occur in the name, unit, device, description or tags of the point; case does not matter. */
const matches = (words: ReadonlyArray<string>) => (point: PointInfo): boolean => {
  const text = [point.name, point.unit, point.device, point.description, ...point.tags].join("\n").toLowerCase()
  return words.every((word) => text.includes(word))
}

export interface FoundPoint extends PointInfo {
  /** Null if the point has no sample in either tier. */
  readonly extent: Extent | null
}

export interface PointsPage {
  readonly total: number
  readonly points: ReadonlyArray<FoundPoint>
  /** The last name of the page if more points follow. */
  readonly next: string | null
}

/**
 * The points that match, one page of results.
 *
 * @param after the last name of the page before, null for the first page
 */
export const findPoints = Effect.fnUntraced(function*(
  site: string,
  search: string,
  after: string | null,
  limit: number
) {
  const directory = yield* Directory
  const all = yield* directory.points(site, "")
  if (all.length === 0) yield* requireSite(site)
  const found = all.filter(matches(search.toLowerCase().split(/\s+/).filter((word) => word !== "")))
  const rest = after === null ? found : found.filter(({ name }) => comparePoints(name, after) > 0)
  const points = rest.slice(0, limit)
  const extents = yield* extentsOf(site, points.map(({ name }) => name))
  const page: PointsPage = {
    total: found.length,
    points: points.map((point) => ({ ...point, extent: extents.byPoint.get(point.name) ?? null })),
    next: rest.length > limit ? points.at(-1)?.name ?? null : null
  }
  return page
})

const extentsOf = Effect.fnUntraced(function*(site: string, points: ReadonlyArray<string>) {
  const { extents, known } = yield* (yield* Reads).extents(site, points)
  return { known, byPoint: new Map<string, Extent>(extents.map((extent) => [extent.point, extent])) }
})

/** The newest sample of each point in any tier; none for a point that never had one. */
export const lastSamples = Effect.fnUntraced(function*(site: string, asked: ReadonlyArray<string>) {
  const { byPoint, known } = yield* extentsOf(site, asked)
  return { known, unknown: yield* explainUnknown(site, asked, known), last: byPoint }
})

export interface DayCoverage {
  readonly day: Day
  readonly tier: "hot" | "cold" | "split"
  /** Null if no sample of the day is hot, or if they are not counted. */
  readonly hot: number | null
  /** Null if the day is not archived. */
  readonly cold: number | null
  readonly coldPoints: number | null
  /** Whether hot and cold add up to the samples of the day. If not, some may be counted twice. */
  readonly exact: boolean
}

/** The days of a window that have samples. */
export const coverage = Effect.fnUntraced(function*(site: string, window: Window) {
  const hotDays = yield* HotDays
  const catalog = yield* Catalog
  const [days, objects] = yield* Effect.all([hotDays.list(site), catalog.list(site, window)])
  if (days.length === 0 && objects.length === 0) yield* requireSite(site)
  const hotByDay = new Map(days.map((hotDay) => [hotDay.day, hotDay]))
  const archived = new Map(objects.filter(({ rows }) => rows > 0).map((entry) => [entry.day, entry]))
  return daysOf(window).flatMap((day): ReadonlyArray<DayCoverage> => {
    const entry = archived.get(day)
    const hotDay = hotByDay.get(day)
    if (entry === undefined && hotDay === undefined) return []
    return [{
      day,
      tier: entry === undefined ? "hot" : hotDay === undefined ? "cold" : "split",
      hot: hotDay?.samples ?? null,
      cold: entry?.rows ?? null,
      coldPoints: entry?.points ?? null,
      exact: hotDay === undefined || (entry === undefined && hotDay.samples !== null && hotDay.pendingBytes === 0)
    }]
  })
})
