/**
 * One batch of a query: reads its cold objects, merges the hot samples over them, and shapes each point.
 */
import { Clock, Effect } from "effect"
import { countRolledUp } from "../../../domain/answers/rollup.ts"
import type { Shaped, Shaper } from "../../../domain/answers/shape.ts"
import { mergeAll } from "../../../domain/samples/merge.ts"
import type { HeldValue } from "../../../domain/answers/held.ts"
import { type Columns, countSamples, emptyColumns, sliceColumns } from "../../../domain/samples/series.ts"
import type { CatalogEntry } from "../../../domain/tiers/catalog.ts"
import { planOfSlice } from "../../../domain/tiers/read-batches.ts"
import type { ReadPlan } from "../../../domain/tiers/read-plan.ts"
import { lookBack, type LookBack } from "./look-back.ts"
import type { Batch } from "./plan.ts"
import { readCold } from "./reads.ts"

/** What all batches of a query share. */
export interface BatchSource {
  readonly reads: ReadPlan<CatalogEntry>
  /** The hot samples of the window, by point. */
  readonly hot: ReadonlyMap<string, Columns>
  readonly shaper: Shaper
  readonly before: LookBack
}

/** What a query counts while its batches are read. */
export interface QueryTally {
  /** Samples per tier after de-duplication: together they are all samples of the window. */
  hot: number
  cold: number
  /** Samples or buckets in the answer. */
  returned: number
  /** Points of which the last sample before the window was needed, and those of which it was found. */
  heldNeeded: number
  held: number
  /** Rows of the hot store that were read to find it. */
  heldRowsRead: number
  /** Cold objects read, their requests and bytes. */
  objects: number
  gets: number
  bytes: number
  coldMs: number
  shapeMs: number
}

/** @param hot the hot samples of the window: the answer has all of them */
export const startTally = (hot: ReadonlyArray<Columns>): QueryTally => ({
  hot: countSamples(hot),
  cold: 0,
  returned: 0,
  heldNeeded: 0,
  held: 0,
  heldRowsRead: 0,
  objects: 0,
  gets: 0,
  bytes: 0,
  coldMs: 0,
  shapeMs: 0
})

/** A point, or a piece of one, in the resolution that was asked for. */
export interface PointAnswer extends Shaped {
  readonly kind: "point"
  readonly point: string
}

/** The values that hold at the start of the window, of the points that need one. */
const readHeld = Effect.fnUntraced(function*(before: LookBack, points: ReadonlyArray<string>, tally: QueryTally) {
  if (points.length === 0) return new Map<string, HeldValue>()
  const found = yield* lookBack(before, points)
  tally.heldNeeded += points.length
  tally.held += found.held.size
  tally.heldRowsRead += found.rowsRead
  tally.objects += found.objects
  tally.gets += found.gets
  tally.bytes += found.bytes
  return found.held
})

export const answerBatch = Effect.fnUntraced(function*(source: BatchSource, batch: Batch, tally: QueryTally) {
  const { fields, needsHeld, shape } = source.shaper
  const startedAt = yield* Clock.currentTimeMillis
  const plan = planOfSlice(source.reads, batch.window)
  const cold = yield* readCold(plan, batch.points, batch.window, fields ?? [])
  const rows = batch.points.map((point) => {
    const hot = sliceColumns(source.hot.get(point) ?? emptyColumns, batch.window)
    const samples = mergeAll([...cold.samples.get(point) ?? [], hot])
    const rollups = cold.rollups.get(point) ?? []
    tally.cold += samples.timestamps.length - hot.timestamps.length
    for (const rollup of rollups) tally.cold += countRolledUp(rollup)
    return { point, samples, rollups }
  })
  const needing = rows.filter(({ rollups, samples }) => {
    const firsts = [samples.timestamps[0], rollups[0]?.starts[0]].filter((first) => first !== undefined)
    return needsHeld(firsts.length === 0 ? undefined : Math.min(...firsts))
  })
  const held = yield* readHeld(source.before, needing.map(({ point }) => point), tally)
  const readAt = yield* Clock.currentTimeMillis
  const answers = rows.map(({ point, rollups, samples }): PointAnswer => {
    const shaped = shape(samples, rollups, held.get(point))
    tally.returned += shaped.timestamps.length
    return { kind: "point", point, ...shaped }
  })
  tally.objects += cold.objects
  tally.gets += cold.gets
  tally.bytes += cold.bytes
  tally.coldMs += readAt - startedAt
  tally.shapeMs += (yield* Clock.currentTimeMillis) - readAt
  return answers
})
