/**
 * Query: the union of all tiers by precedence, for any points over any window, at any resolution.
 *
 * Hot and catalog are read at one instant, before any cold object; so whatever moves meanwhile is either in the hot
 * snapshot or in an object that the catalog named. Cold objects are read and shaped for a few points at a time, so that
 * memory is bounded by a batch, not by the answer.
 */
import { Clock, Effect, Schema, Stream } from "effect"
import type { BuiltMonth } from "../../domain/tiers/months.ts"
import { mergeAll } from "../../domain/samples/merge.ts"
import {
  batchPoints,
  countObjects,
  estimateSamples,
  planOfSlice,
  sliceWindow
} from "../../domain/tiers/read-batches.ts"
import { planReads, type ReadPlan } from "../../domain/tiers/read-plan.ts"
import { pixelMs, countBuckets, formatResolution, type Resolution } from "../../domain/answers/resolution.ts"
import { countRolledUp } from "../../domain/answers/rollup.ts"
import { countSamples, daysOfSamples, emptyColumns, type Series, sliceColumns } from "../../domain/samples/series.ts"
import { columnNames, makeShaper, type Shaped } from "../../domain/answers/shape.ts"
import { DAY_MS, formatDay } from "../../domain/time/calendar.ts"
import type { Window } from "../../domain/time/window.ts"
import { MonthStore } from "../../ports/MonthStore.ts"
import { HotStore } from "../../ports/HotStore.ts"
import { explainUnknown, type UnknownPoint } from "./names.ts"
import { readCold } from "./reads.ts"

/** Samples read from cold objects at a time: 16 bytes each, and about as much again while they are decoded. */
const BATCH_SAMPLES = 200_000

/** More than one query may ask; checked before the first cold read. */
export class QueryTooLarge extends Schema.TaggedError<QueryTooLarge>()("QueryTooLarge", {
  what: Schema.Literals(["samples", "objects", "buckets"]),
  asked: Schema.Int,
  allowed: Schema.Int
}) {}

export interface QueryLimits {
  /** Samples that are read to make the answer. */
  readonly samples: number
  /** Cold objects read. */
  readonly objects: number
  /** Buckets of all points and aggregations together. */
  readonly buckets: number
}

export interface QueryRequest {
  readonly site: string
  readonly points: ReadonlyArray<string>
  readonly window: Window
  readonly resolution: Resolution
  /** Whether a point of raw samples may come in several pieces, in the order of time, so that less is in memory. */
  readonly inPieces?: boolean
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
  /** The width of a column of `width`, which may be no whole number; null otherwise. */
  readonly column_ms: number | null
  readonly truncated: false
  /** Cold objects read: days, or parts of months. */
  readonly partitions: number
  readonly r2_gets: number
  readonly r2_bytes: number
  readonly d1_rows_read: number
  readonly query_time_ms: number
}

/** The plan of a query and what each of its stages took. */
export interface Explanation {
  readonly resolution: string
  readonly hot_days: ReadonlyArray<string>
  readonly days: ReadonlyArray<string>
  readonly months: ReadonlyArray<{ readonly month: string; readonly build: number; readonly days: number }>
  readonly rollups: ReadonlyArray<{ readonly month: string; readonly build: number; readonly days: number }>
  /** By the catalog's means, before anything was read. */
  readonly expected_samples_per_point: number
  readonly batches: number
  readonly stage_ms: { readonly hot: number; readonly cold: number; readonly shape: number }
}

export interface PointAnswer extends Shaped {
  readonly point: string
}

export interface QueryRun<E> {
  /** The asked points that the site has, in the order asked. */
  readonly points: ReadonlyArray<string>
  readonly unknown: ReadonlyArray<UnknownPoint>
  /** Names of the columns that every point of the answer has. */
  readonly columns: ReturnType<typeof columnNames>
  /** One a point, or several where the request allows pieces, in order; may be run once. */
  readonly series: Stream.Stream<PointAnswer, E>
  /** Whether all of the answer has been read already. */
  readonly complete: boolean
  /** Whether what is read later can change `source` no more. */
  readonly sourceKnown: boolean
  /** Final once the series have been run to their end. */
  readonly metadata: Effect.Effect<QueryMetadata>
  readonly explanation: Effect.Effect<Explanation>
}

/** What is read and shaped at a time. */
interface Batch {
  readonly points: ReadonlyArray<string>
  readonly slice: Window
}

/** The derived months of a window that is long enough to be read from them: more than a day, midnight inside or not. */
const lookUpMonths = Effect.fnUntraced(function*(site: string, points: ReadonlyArray<string>, window: Window) {
  const derived = yield* MonthStore
  return window.end - window.start > DAY_MS ? yield* derived.months(site, window, points) : []
})

const refuseBeyond = Effect.fnUntraced(function*(what: QueryTooLarge["what"], asked: number, allowed: number) {
  if (asked > allowed) return yield* new QueryTooLarge({ what, asked, allowed })
})

/** Reads hot and catalog, plans, and reads the first batch of points; the others are read as the series are run. */
export const query = Effect.fn("query")(function*(request: QueryRequest, limits: QueryLimits) {
  const { resolution, site, window } = request
  const hot = yield* HotStore
  const startedAt = yield* Clock.currentTimeMillis
  const points = [...new Set(request.points)]
  if (resolution.kind === "buckets") {
    const buckets = countBuckets(window, resolution.interval) * points.length * resolution.aggregations.length
    yield* refuseBeyond("buckets", buckets, limits.buckets)
  }
  const { explanation: reason, fields, shape } = makeShaper(resolution, window)
  // Months may be looked up at any time: each answers only for days that still have the version it was made from.
  const [snapshot, months] = yield* Effect.all(
    [hot.snapshot(site, points, window, limits.samples), lookUpMonths(site, points, window)],
    { concurrency: 2 }
  ).pipe(
    Effect.catchTag("SnapshotTooLarge", ({ samples }) =>
      Effect.fail(new QueryTooLarge({ what: "samples", asked: samples, allowed: limits.samples })))
  )
  const unknown = yield* explainUnknown(site, points, snapshot.known)
  const plan = planReads(window, fields !== null, snapshot.partitions, months, snapshot.hot)
  const perPoint = estimateSamples(plan, snapshot.partitions)
  const batches = batchPoints(snapshot.known, perPoint, BATCH_SAMPLES)
  yield* refuseBeyond("samples", perPoint * snapshot.known.length + countSamples(snapshot.hot), limits.samples)
  const objects = batches.reduce((sum, batch) => sum + countObjects(plan, batch), 0)
  yield* refuseBeyond("objects", objects, limits.objects)

  // No part of the snapshot: of a long window most days are read from their months, and need none. An index read later is
  // still that of the object which the snapshot named, or none.
  const { indexes, rowsRead } = yield* hot.indexes(site, plan.entries)

  const tally = { d1: countSamples(snapshot.hot), r2: 0, returned: 0, objects: 0, gets: 0, bytes: 0, coldMs: 0, shapeMs: 0 }
  const hotMs = (yield* Clock.currentTimeMillis) - startedAt
  const hotByPoint = new Map(snapshot.hot.map((series) => [series.point, series]))

  const answerBatch = Effect.fnUntraced(function*(batch: Batch) {
    const began = yield* Clock.currentTimeMillis
    const cold = yield* readCold(planOfSlice(plan, batch.slice), indexes, batch.points, batch.slice, fields ?? [])
    const read = yield* Clock.currentTimeMillis
    const answers = batch.points.map((point): PointAnswer => {
      const warm = sliceColumns(hotByPoint.get(point) ?? emptyColumns, batch.slice)
      const samples = mergeAll([...cold.samples.get(point) ?? [], warm])
      const rollups = cold.rollups.get(point) ?? []
      const shaped = shape(samples, rollups)
      tally.r2 += samples.timestamps.length - warm.timestamps.length
      for (const rollup of rollups) tally.r2 += countRolledUp(rollup)
      tally.returned += shaped.timestamps.length
      return { point, ...shaped }
    })
    tally.objects += cold.objects
    tally.gets += cold.gets
    tally.bytes += cold.bytes
    tally.coldMs += read - began
    tally.shapeMs += (yield* Clock.currentTimeMillis) - read
    return answers
  })

  // Read before anything is answered, so that a store that fails makes a problem, not a broken answer.
  const slices = resolution.kind === "raw" && request.inPieces === true
    ? sliceWindow(window, perPoint, BATCH_SAMPLES)
    : [window]
  const [firstBatch, ...laterBatches] = batches.flatMap((points) => slices.map((slice): Batch => ({ points, slice })))
  const first = firstBatch === undefined ? [] : yield* answerBatch(firstBatch)
  const services = yield* Effect.context<Effect.Services<ReturnType<typeof answerBatch>>>()
  const later = Stream.fromIterable(laterBatches).pipe(
    Stream.mapEffect(answerBatch),
    Stream.flatMap((answers) => Stream.fromIterable(answers)),
    Stream.provideContext(services)
  )
  const series = Stream.concat(Stream.fromIterable(first), later)
  const metadata = Effect.map(Clock.currentTimeMillis, (now): QueryMetadata => ({
    source: tally.d1 > 0 ? tally.r2 > 0 ? "split" : "d1" : tally.r2 > 0 ? "r2" : "none",
    d1_samples: tally.d1,
    r2_samples: tally.r2,
    returned_samples: tally.returned,
    resolution: formatResolution(resolution),
    column_ms: pixelMs(resolution, window),
    truncated: false,
    partitions: tally.objects,
    r2_gets: tally.gets,
    r2_bytes: tally.bytes,
    d1_rows_read: snapshot.rowsRead + rowsRead,
    query_time_ms: now - startedAt
  }))
  const explanation = Effect.sync((): Explanation => ({
    resolution: reason,
    ...describePlan(plan, snapshot.hot),
    expected_samples_per_point: perPoint,
    batches: 1 + laterBatches.length,
    stage_ms: { hot: hotMs, cold: tally.coldMs, shape: tally.shapeMs }
  }))
  const run: QueryRun<Stream.Error<typeof later>> = {
    points: snapshot.known,
    unknown,
    columns: columnNames(resolution),
    series,
    complete: laterBatches.length === 0,
    sourceKnown: laterBatches.length === 0 || objects === 0 || tally.r2 > 0,
    metadata,
    explanation
  }
  return run
})

const describeMonths = (reads: ReadPlan["months"]) =>
  reads.map(({ days, month }: { readonly days: ReadonlyArray<number>; readonly month: BuiltMonth }) => ({
    month: formatDay(month.month).slice(0, 7),
    build: month.build,
    days: days.length
  }))

const describePlan = (plan: ReadPlan, hot: ReadonlyArray<Series>) => ({
  hot_days: daysOfSamples(hot).map(formatDay),
  days: plan.entries.map(({ day }) => formatDay(day)),
  months: describeMonths(plan.months),
  rollups: describeMonths(plan.rollups)
})
