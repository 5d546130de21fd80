/**
 * Query: the union of all tiers by precedence, for any points over any window.
 *
 * Hot and catalog are read at one instant, before any cold object; so whatever moves meanwhile is either in the hot
 * snapshot or in an object that the catalog named.
 */
import { Clock, Effect, Schema } from "effect"
import { averageBuckets } from "../../domain/bucket.ts"
import { type ColdPlan, keepDays, MONTH_READ_DAYS, partsOf, planCold, windowOfMonth } from "../../domain/derived.ts"
import { mergeAll, mergeColumns } from "../../domain/merge.ts"
import { type Columns, countSamples, emptyColumns, type Series } from "../../domain/series.ts"
import { daysOf, intersect, type Window } from "../../domain/window.ts"
import { ColdStore } from "../../ports/ColdStore.ts"
import { DerivedStore } from "../../ports/DerivedStore.ts"
import { HotStore } from "../../ports/HotStore.ts"

/** Cold objects read at once: a Worker has six connections. */
const CONCURRENT_READS = 6

/** The store has nothing of this site. */
export class SiteNotFound extends Schema.TaggedError<SiteNotFound>()("SiteNotFound", {
  site: Schema.String,
  /** Sites whose name differs only in case. */
  near: Schema.Array(Schema.String)
}) {
  override get message() {
    return `there is no site ${JSON.stringify(this.site)}`
  }
}

export const UnknownPoint = Schema.Struct({
  point_name: Schema.String,
  /** Points of the site whose name differs only in case. */
  near: Schema.Array(Schema.String)
})
export type UnknownPoint = typeof UnknownPoint.Type

/** None of the asked points is a point of the site. */
export class PointsNotFound extends Schema.TaggedError<PointsNotFound>()("PointsNotFound", {
  site: Schema.String,
  unknown: Schema.Array(UnknownPoint)
}) {
  override get message() {
    return `site ${JSON.stringify(this.site)} has none of the points asked for`
  }
}

export interface QueryRequest {
  readonly site: string
  readonly points: ReadonlyArray<string>
  readonly window: Window
  /** Bucket width in ms for averages; null for the samples themselves. */
  readonly interval: number | null
}

export interface QueryMetadata {
  /** Which tiers the samples came from: hot is `d1`, cold is `r2`. */
  readonly source: "d1" | "r2" | "split" | "none"
  /** Samples per tier after de-duplication: together they are all samples of the window. */
  readonly d1_samples: number
  readonly r2_samples: number
  /** Samples or buckets in the answer. */
  readonly returned_samples: number
  readonly resolution: string
  readonly truncated: false
  /** Cold objects read: days, or parts of months. */
  readonly partitions: number
  readonly r2_gets: number
  readonly r2_bytes: number
  readonly d1_rows_read: number
  readonly query_time_ms: number
}

export interface QueryAnswer {
  /** One entry an asked and known point, in the order asked. */
  readonly series: ReadonlyArray<Series>
  readonly unknown: ReadonlyArray<UnknownPoint>
  readonly metadata: QueryMetadata
}

export const query = Effect.fn("query")(function*(request: QueryRequest) {
  const hot = yield* HotStore
  const startedAt = yield* Clock.currentTimeMillis
  const points = [...new Set(request.points)]
  // Months may be looked up at any time: each answers only for days that still have the version it was made from.
  const [snapshot, months] = yield* Effect.all(
    [hot.snapshot(request.site, points, request.window), lookUpMonths(request.site, points, request.window)],
    { concurrency: 2 }
  )
  const unknown = yield* explainUnknown(request.site, points, snapshot.known)
  const reads = yield* readCold(planCold(request.window, snapshot.partitions, months), snapshot.known, request.window)

  const hotByPoint = new Map(snapshot.hot.map((series) => [series.point, series]))
  const coldByPoint = groupByPoint(reads.flatMap((read) => read.series))
  const merged = snapshot.known.map((point): Series => ({
    point,
    ...mergeColumns(mergeAll(coldByPoint.get(point) ?? []), hotByPoint.get(point) ?? emptyColumns)
  }))
  const d1 = countSamples(snapshot.hot)
  const r2 = countSamples(merged) - d1
  const { interval } = request
  const series = interval === null
    ? merged
    : merged.map((one): Series => ({ point: one.point, ...averageBuckets(one, interval) }))
  const answer: QueryAnswer = {
    series,
    unknown,
    metadata: {
      source: d1 > 0 ? r2 > 0 ? "split" : "d1" : r2 > 0 ? "r2" : "none",
      d1_samples: d1,
      r2_samples: r2,
      returned_samples: countSamples(series),
      resolution: interval === null ? "raw" : `${interval / 1_000}s`,
      truncated: false,
      partitions: reads.length,
      r2_gets: reads.reduce((sum, read) => sum + read.gets, 0),
      r2_bytes: reads.reduce((sum, read) => sum + read.bytes, 0),
      d1_rows_read: snapshot.rowsRead,
      query_time_ms: (yield* Clock.currentTimeMillis) - startedAt
    }
  }
  return answer
})

/** The derived months of a window that is long enough to be read from them. */
const lookUpMonths = Effect.fnUntraced(function*(site: string, points: ReadonlyArray<string>, window: Window) {
  const derived = yield* DerivedStore
  return daysOf(window).length < MONTH_READ_DAYS ? [] : yield* derived.months(site, window, points)
})

/** Reads what the plan names: months first, because they are the larger. */
const readCold = Effect.fnUntraced(function*(plan: ColdPlan, points: ReadonlyArray<string>, window: Window) {
  const cold = yield* ColdStore
  const derived = yield* DerivedStore
  if (points.length === 0) return []
  const ofMonths = plan.months.flatMap(({ days, month }) =>
    partsOf(month, points).map(({ part, points }) =>
      Effect.map(derived.readSamples(part, points, intersect(window, windowOfMonth(month.month))), (read) => ({
        ...read,
        series: read.series.map((one): Series => ({ point: one.point, ...keepDays(one, days) }))
      }))
    )
  )
  const ofDays = plan.entries.map((entry) => cold.read(entry, points, window))
  return yield* Effect.all([...ofMonths, ...ofDays], { concurrency: CONCURRENT_READS })
})

const groupByPoint = (series: ReadonlyArray<Series>): Map<string, Array<Columns>> => {
  const byPoint = new Map<string, Array<Columns>>()
  for (const one of series) {
    const list = byPoint.get(one.point)
    if (list === undefined) byPoint.set(one.point, [one])
    else list.push(one)
  }
  return byPoint
}

/** Names the asked points that the site does not have; fails where it has none of them, or does not exist. */
const explainUnknown = Effect.fnUntraced(function*(
  site: string,
  asked: ReadonlyArray<string>,
  known: ReadonlyArray<string>
) {
  const have = new Set(known)
  const missing = asked.filter((point) => !have.has(point))
  if (missing.length === 0) return []
  const hot = yield* HotStore
  if (known.length === 0) {
    const sites = yield* hot.sites
    if (!sites.includes(site)) {
      return yield* new SiteNotFound({ site, near: sites.filter((name) => differsInCase(name, site)) })
    }
  }
  const unknown = yield* Effect.forEach(missing, (point) =>
    Effect.map(hot.points(site, point), (found): UnknownPoint => ({
      point_name: point,
      near: found.map(({ name }) => name).filter((name) => differsInCase(name, point))
    })))
  if (known.length === 0) return yield* new PointsNotFound({ site, unknown })
  return unknown
})

const differsInCase = (a: string, b: string): boolean => a !== b && a.toLowerCase() === b.toLowerCase()
