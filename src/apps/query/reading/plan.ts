/**
 * A query's request, its limits, and its plan: which objects are read for which points, in which batches. Nothing here
 * reads a store.
 */
import { Result, Schema } from "effect"
import { countBuckets, type Resolution } from "../../../domain/answers/resolution.ts"
import { countSamples, type Series } from "../../../domain/samples/series.ts"
import type { ColdObject } from "../../../domain/tiers/catalog.ts"
import type { BuiltMonth } from "../../../domain/tiers/months.ts"
import { batchPoints, countObjects, estimateSamples, sliceWindow } from "../../../domain/tiers/read-batches.ts"
import { planReads, type ReadPlan } from "../../../domain/tiers/read-plan.ts"
import type { Window } from "../../../domain/time/window.ts"

/** Samples read from cold objects at a time: 16 bytes each, and about as much again while they are decoded. */
export const BATCH_SAMPLES = 200_000

export interface QueryRequest {
  readonly site: string
  /** Each once. */
  readonly points: ReadonlyArray<string>
  readonly window: Window
  readonly resolution: Resolution
  /** The zone in which instants without one were read; UTC without it. */
  readonly tz?: string
  /** Whether the raw samples of a point may come in several pieces, in order of time, so that less is in memory. */
  readonly inPieces?: boolean
}

export interface QueryLimits {
  /** Samples that are read to make the answer. */
  readonly samples: number
  /** Cold objects read. */
  readonly objects: number
  /** Buckets of all points and aggregations together. */
  readonly buckets: number
}

/** The query exceeds a limit. Found before the first cold read. */
export class QueryTooLarge extends Schema.TaggedError<QueryTooLarge>()("QueryTooLarge", {
  what: Schema.Literals(["samples", "objects", "buckets"]),
  needed: Schema.Int,
  allowed: Schema.Int
}) {
  override get message() {
    const about = this.what === "samples" ? "about " : ""
    return `the query needs ${about}${this.needed} ${this.what}, the limit is ${this.allowed}`
  }
}

export const tooManySamples = (needed: number, allowed: number): QueryTooLarge =>
  new QueryTooLarge({ what: "samples", needed, allowed })

/** What is read and shaped at a time. */
export interface Batch {
  readonly points: ReadonlyArray<string>
  readonly window: Window
}

export interface QueryPlan {
  readonly reads: ReadPlan
  /** How many cold rows to expect for each point, from the averages of the catalog. */
  readonly samplesPerPoint: number
  /** Cold objects of all batches. */
  readonly objects: number
  /** By point in the order asked, then by time. */
  readonly batches: ReadonlyArray<Batch>
}

/** What the stores know of the points and the window before any cold object is read. */
export interface Known {
  /** The asked points that the site has, in the order asked. */
  readonly points: ReadonlyArray<string>
  /** Inside the window. */
  readonly hot: ReadonlyArray<Series>
  readonly partitions: ReadonlyArray<ColdObject>
  readonly months: ReadonlyArray<BuiltMonth>
}

/** @param hourly whether hourly rollups may stand for samples */
export const planQuery = ({ inPieces, resolution, window }: QueryRequest, hourly: boolean, known: Known): QueryPlan => {
  const reads = planReads(window, hourly, known.partitions, known.months, known.hot)
  const samplesPerPoint = estimateSamples(reads, known.partitions)
  const groups = batchPoints(known.points, samplesPerPoint, BATCH_SAMPLES)
  const windows = resolution.kind === "raw" && inPieces === true
    ? sliceWindow(window, samplesPerPoint, BATCH_SAMPLES)
    : [window]
  return {
    reads,
    samplesPerPoint,
    objects: groups.reduce((sum, points) => sum + countObjects(reads, points), 0),
    batches: groups.flatMap((points) => windows.map((window): Batch => ({ points, window })))
  }
}

const within = (what: QueryTooLarge["what"], needed: number, allowed: number): Result.Result<void, QueryTooLarge> =>
  needed > allowed ? Result.fail(new QueryTooLarge({ what, needed, allowed })) : Result.void

/** Checks the number of buckets, before memory is reserved for them. */
export const checkBuckets = ({ points, resolution, window }: QueryRequest, limits: QueryLimits) =>
  resolution.kind === "buckets"
    ? within(
      "buckets",
      countBuckets(window, resolution.interval) * points.length * resolution.aggregations.length,
      limits.buckets
    )
    : Result.void

/** Checks what a plan would read. */
export const checkReads = ({ objects, samplesPerPoint }: QueryPlan, { hot, points }: Known, limits: QueryLimits) =>
  Result.andThen(
    within("samples", samplesPerPoint * points.length + countSamples(hot), limits.samples),
    within("objects", objects, limits.objects)
  )
