/**
 * Query: the union of all tiers by precedence, for any points over any window, at any resolution.
 *
 * Hot samples and catalog are read at one instant, before any cold object. So a sample that moves meanwhile is either
 * in the hot snapshot or in an object that the catalog named. Cold objects are read and shaped for a few points at a
 * time, so that a batch bounds the memory, not the answer.
 */
import { Clock, Effect, Stream } from "effect"
import { columnNames, makeShaper } from "../../domain/answers/shape.ts"
import { lookBackMs, lookBackWindow } from "../../domain/answers/look-back.ts"
import { daysOfSamples, type Series, sliceColumns } from "../../domain/samples/series.ts"
import type { ReadPlan } from "../../domain/tiers/read-plan.ts"
import { type Day, DAY_MS, HOUR_MS } from "../../domain/time/calendar.ts"
import { Catalog } from "../../ports/Catalog.ts"
import type { Window } from "../../domain/time/window.ts"
import { MonthStore } from "../../ports/MonthStore.ts"
import { Reads } from "../../ports/Reads.ts"
import { answerBatch, type BatchSource, type PointAnswer, type QueryTally, startTally } from "./reading/batch.ts"
import { explainLookBack } from "./reading/look-back.ts"
import { explainUnknown, type UnknownPoint } from "./names.ts"
import {
  type Batch,
  checkBuckets,
  checkReads,
  planQuery,
  type QueryLimits,
  type QueryRequest,
  tooManySamples
} from "./reading/plan.ts"

/** The tiers that the samples of an answer come from. */
export type Source = "hot" | "cold" | "split" | "none"

export interface QueryMetadata extends Omit<QueryTally, "coldMs" | "shapeMs" | "heldNeeded" | "heldRowsRead"> {
  readonly source: Source
  /** Rows of the hot store. */
  readonly rowsRead: number
  readonly queryMs: number
}

/** How an answer was made. */
export interface Explanation {
  /** A sentence for people: what was made of the samples, and why with or without rollups. */
  readonly resolution: string
  /** In a sentence for people: what was looked up before the window. */
  readonly lookBack: string
  readonly reads: ReadPlan
  /** The days that have hot samples. */
  readonly hotDays: ReadonlyArray<Day>
  /** The estimate before anything was read. */
  readonly samplesPerPoint: number
  readonly batches: number
  readonly stageMs: { readonly hot: number; readonly cold: number; readonly shape: number }
}

/** The last element of every answer. */
export interface AnswerEnd {
  readonly kind: "end"
  readonly metadata: QueryMetadata
  readonly explanation: Explanation
}

export type AnswerElement = PointAnswer | AnswerEnd

/** Its points in the order asked, one element each, or several if the request allows pieces; then the end. */
export interface QueryAnswer<E> {
  /** The asked points that the site has, in the order asked. */
  readonly points: ReadonlyArray<string>
  readonly unknown: ReadonlyArray<UnknownPoint>
  /** Names of the value columns that every point of the answer has. */
  readonly columns: ReturnType<typeof columnNames>
  /** Null if it depends on what is still to be read. */
  readonly source: Source | null
  /** The elements that are read already. If the end is among them, they are the whole answer. */
  readonly first: ReadonlyArray<AnswerElement>
  /** The other elements, which are read as the stream runs. It can run once. */
  readonly rest: Stream.Stream<AnswerElement, E>
}

const sourceOf = ({ cold, hot }: Pick<QueryTally, "cold" | "hot">): Source =>
  hot > 0 ? cold > 0 ? "split" : "hot" : cold > 0 ? "cold" : "none"

/** The months of a window that is long enough to be read from them: more than a day, even without a whole UTC day. */
const findMonths = Effect.fnUntraced(function*({ points, site, window }: QueryRequest) {
  const months = yield* MonthStore
  return window.end - window.start > DAY_MS ? yield* months.months(site, window, points) : []
})

/** Hot samples so little before the window are read with it: most held values are among them. It costs no request. */
const NEAR_MS = HOUR_MS

const insideOf = (hot: ReadonlyArray<Series>, window: Window): ReadonlyArray<Series> =>
  hot.map(({ point, ...columns }) => ({ point, ...sliceColumns(columns, window) }))
    .filter(({ timestamps }) => timestamps.length > 0)

/**
 * What is known before any cold object is read.
 *
 * @param near how much earlier than the window hot samples are read, ms
 */
const readHot = (request: QueryRequest, near: number, limits: QueryLimits) =>
  // Months may be looked up at any time: each answers only for days that still have the version it was made from.
  Effect.all([
    Effect.flatMap(Reads, (reads) => {
      const { end, start } = request.window
      return reads.snapshot(request.site, request.points, { start: start - near, end }, limits.samples)
    }),
    findMonths(request)
  ], { concurrency: 2 }).pipe(
    Effect.map(([{ hot, known, ...snapshot }, months]) => ({
      ...snapshot,
      hot: insideOf(hot, request.window),
      near: insideOf(hot, lookBackWindow(request.window)),
      points: known,
      months
    })),
    Effect.catchTag("SnapshotTooLarge", ({ samples }) => Effect.fail(tooManySamples(samples, limits.samples)))
  )

/** What is known and planned before the first cold read. */
const prepare = Effect.fnUntraced(function*(request: QueryRequest, limits: QueryLimits) {
  const startedAt = yield* Clock.currentTimeMillis
  yield* Effect.fromResult(checkBuckets(request, limits))
  const shaper = makeShaper(request.resolution, request.window)
  const known = yield* readHot(request, Math.min(NEAR_MS, lookBackMs(request.resolution)), limits)
  const unknown = yield* explainUnknown(request.site, request.points, known.points)
  const plan = planQuery(request, shaper.fields !== null, known)
  yield* Effect.fromResult(checkReads(plan, known, limits))
  // Not part of the snapshot: of a long window most days are read from their months and need no index. An index that is
  // found later is still the one of the object that the snapshot named, or null.
  const { cost, entries } = yield* (yield* Catalog).find(request.site, plan.reads.entries)
  const byPoint = (all: ReadonlyArray<Series>) => new Map(all.map((series) => [series.point, series]))
  const { partitions } = known
  const source: BatchSource = {
    reads: { ...plan.reads, entries },
    hot: byPoint(known.hot),
    shaper,
    before: { site: request.site, window: request.window, near: byPoint(known.near), partitions, most: limits.samples }
  }
  return {
    startedAt,
    hotMs: (yield* Clock.currentTimeMillis) - startedAt,
    rowsRead: known.cost + cost,
    known,
    unknown,
    plan,
    source
  }
})

const endOf = (
  { hotMs, known, plan, rowsRead, source, startedAt }: Effect.Success<ReturnType<typeof prepare>>,
  { coldMs, heldNeeded, heldRowsRead, shapeMs, ...counts }: QueryTally,
  now: number
): AnswerEnd => ({
  kind: "end",
  metadata: { source: sourceOf(counts), ...counts, rowsRead: rowsRead + heldRowsRead, queryMs: now - startedAt },
  explanation: {
    resolution: source.shaper.explanation,
    lookBack: explainLookBack(heldNeeded, counts.held),
    reads: plan.reads,
    hotDays: daysOfSamples(known.hot),
    samplesPerPoint: plan.samplesPerPoint,
    batches: plan.batches.length,
    stageMs: { hot: hotMs, cold: coldMs, shape: shapeMs }
  }
})

/** Reads hot samples and catalog, plans, and reads the first batch; the others are read as the answer's stream runs. */
export const query = Effect.fn("query")(function*(asked: QueryRequest, limits: QueryLimits) {
  const request: QueryRequest = { ...asked, points: [...new Set(asked.points)] }
  const prepared = yield* prepare(request, limits)
  const { known, plan, unknown } = prepared
  const tally = startTally(known.hot)
  const answer = (batch: Batch) => answerBatch(prepared.source, batch, tally)
  const end = Effect.map(Clock.currentTimeMillis, (now) => endOf(prepared, tally, now))
  // The first batch is read before anything is answered: a store that fails makes a problem then, not a broken answer.
  const [firstBatch, ...laterBatches] = plan.batches
  const first = firstBatch === undefined ? [] : yield* answer(firstBatch)
  const isWhole = laterBatches.length === 0
  const services = yield* Effect.context<Effect.Services<ReturnType<typeof answer>>>()
  const rest = Stream.fromIterable(laterBatches).pipe(
    Stream.mapEffect(answer),
    Stream.flatMap((elements) => Stream.fromIterable<AnswerElement>(elements)),
    Stream.concat(Stream.fromEffect(end)),
    Stream.provideContext(services)
  )
  const run: QueryAnswer<Stream.Error<typeof rest>> = {
    points: known.points,
    unknown,
    columns: columnNames(request.resolution),
    source: isWhole || plan.objects === 0 || tally.cold > 0 ? sourceOf(tally) : null,
    first: isWhole ? [...first, yield* end] : first,
    rest: isWhole ? Stream.empty : rest
  }
  return run
})
