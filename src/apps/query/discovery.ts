/**
 * What there is to ask for: points by words, their last values, and which days have samples.
 */
import { Effect } from "effect"
import { type Day, formatDay } from "../../domain/calendar.ts"
import { comparePoints } from "../../domain/names.ts"
import { daysOf, type Window, windowOfDay } from "../../domain/window.ts"
import { HotStore, type PointInfo } from "../../ports/HotStore.ts"
import { explainUnknown, requireSite } from "./names.ts"

/** Every word must be part of something that is known of the point, in any case. */
const matches = (words: ReadonlyArray<string>) => (point: PointInfo): boolean => {
  const text = [point.name, point.unit, point.device, point.description, ...point.tags].join("\n").toLowerCase()
  return words.every((word) => text.includes(word))
}

export interface PointsPage {
  readonly total: number
  readonly points: ReadonlyArray<PointInfo>
  /** The last name of the page where more follow. */
  readonly next: string | null
}

/** @param after the last name of the page before, null for the first page */
export const findPoints = Effect.fnUntraced(function*(site: string, search: string, after: string | null, limit: number) {
  const hot = yield* HotStore
  const all = yield* hot.points(site, "")
  if (all.length === 0) yield* requireSite(site)
  const found = all.filter(matches(search.toLowerCase().split(/\s+/).filter((word) => word !== "")))
  const rest = after === null ? found : found.filter(({ name }) => comparePoints(name, after) > 0)
  const points = rest.slice(0, limit)
  const page: PointsPage = {
    total: found.length,
    points,
    next: rest.length > limit ? points.at(-1)?.name ?? null : null
  }
  return page
})

export interface LastSample {
  readonly timestamp: number
  readonly value: number
}

/**
 * The newest hot sample of each point: reads the newest hot day of all, then, for those it has none of, the day before,
 * and so on.
 */
export const lastSamples = Effect.fnUntraced(function*(site: string, asked: ReadonlyArray<string>) {
  const hot = yield* HotStore
  const days = (yield* hot.hotDays(site)).map(({ day }) => day).sort((a, b) => b - a)
  const { known } = yield* hot.snapshot(site, asked, { start: 0, end: 0 })
  const unknown = yield* explainUnknown(site, asked, known)
  const last = new Map<string, LastSample>()
  for (const day of days) {
    const missing = known.filter((point) => !last.has(point))
    if (missing.length === 0) break
    for (const { point, timestamps, values } of (yield* hot.snapshot(site, missing, windowOfDay(day))).hot) {
      last.set(point, { timestamp: timestamps.at(-1) as number, value: values.at(-1) as number })
    }
  }
  return { known, unknown, last }
})

export interface DayCoverage {
  readonly day: Day
  readonly tier: "d1" | "r2" | "split"
  readonly samples: number | null
  readonly points: number | null
}

/** The days of a window that have samples. */
export const coverage = Effect.fnUntraced(function*(site: string, window: Window) {
  const hot = yield* HotStore
  const [hotDays, catalog] = yield* Effect.all([hot.hotDays(site), hot.catalog(site, window)])
  if (hotDays.length === 0 && catalog.length === 0) yield* requireSite(site)
  const warm = new Set(hotDays.map(({ day }) => day))
  const archived = new Map(catalog.filter(({ rows }) => rows > 0).map((entry) => [entry.day, entry]))
  return daysOf(window).flatMap((day): ReadonlyArray<DayCoverage> => {
    const entry = archived.get(day)
    if (entry === undefined) return warm.has(day) ? [{ day, tier: "d1", samples: null, points: null }] : []
    return [{ day, tier: warm.has(day) ? "split" : "r2", samples: entry.rows, points: entry.points }]
  })
})

export const coverageAnswer = (days: ReadonlyArray<DayCoverage>) =>
  days.map(({ day, points, samples, tier }) => ({ day: formatDay(day), tier, r2_samples: samples, r2_points: points }))
