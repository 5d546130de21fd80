/**
 * Looking back: the last sample of points before the window. It is looked for in the hot samples that were read anyway,
 * in extents, and in both tiers, newest first, as far as `LOOK_BACK_DAYS` before the window.
 */
import { Effect } from "effect"
import { type HeldValue, lastOf, laterHeld } from "../../../domain/answers/held.ts"
import { LOOK_BACK_DAYS, lookBackSteps, lookBackWindow } from "../../../domain/answers/look-back.ts"
import type { RollupField } from "../../../domain/answers/rollup.ts"
import { type Columns, emptyColumns } from "../../../domain/samples/series.ts"
import { batchPoints, estimateSamples } from "../../../domain/tiers/read-batches.ts"
import { planReads } from "../../../domain/tiers/read-plan.ts"
import type { ColdObject } from "../../../domain/tiers/catalog.ts"
import { DAY_MS } from "../../../domain/time/calendar.ts"
import type { Window } from "../../../domain/time/window.ts"
import { Catalog } from "../../../ports/Catalog.ts"
import { MonthStore } from "../../../ports/MonthStore.ts"
import { Reads } from "../../../ports/Reads.ts"
import { BATCH_SAMPLES, tooManySamples } from "./plan.ts"
import { type ColdReads, readCold } from "./reads.ts"

export interface LookBack {
  readonly site: string
  /** The window of the query. */
  readonly window: Window
  /** The hot samples just before the window, by point. */
  readonly near: ReadonlyMap<string, Columns>
  /** The cold objects of the days that `near` was read from. */
  readonly partitions: ReadonlyArray<ColdObject>
  /** The most hot samples that may be read at a time. */
  readonly most: number
}

/** What looking back found, and what it cost. */
export interface LookedBack {
  readonly held: ReadonlyMap<string, HeldValue>
  readonly objects: number
  readonly gets: number
  readonly bytes: number
  readonly rowsRead: number
}

/** The last sample of an hour is all that is wanted of rollups. */
const FIELDS: ReadonlyArray<RollupField> = ["starts", "counts", "lastTimes", "lasts"]

/** The last sample among cold reads. */
const lastCold = ({ rollups, samples }: ColdReads, point: string): HeldValue | undefined => {
  const ofSamples = (samples.get(point) ?? []).map(lastOf)
  const ofRollups = (rollups.get(point) ?? []).map(({ lasts, lastTimes }) =>
    lastOf({ timestamps: lastTimes, values: lasts }))
  return [...ofSamples, ...ofRollups].reduce(laterHeld, undefined)
}

/** Whether a hot sample just before the window is the last one there: no cold object can hold a later one. */
const isLast = ({ timestamp }: HeldValue, { partitions, window }: LookBack): boolean =>
  partitions.every((entry) => entry.firstTimestamp >= window.start || entry.lastTimestamp <= timestamp)

/** The last samples of points inside one of the steps, hot and cold at one instant. */
const readStep = Effect.fnUntraced(function*(site: string, points: ReadonlyArray<string>, step: Window, most: number) {
  const months = step.end - step.start > DAY_MS ? yield* (yield* MonthStore).months(site, step, points) : []
  const snapshot = yield* (yield* Reads).snapshot(site, points, step, most).pipe(
    Effect.catchTag("SnapshotTooLarge", ({ samples }) => Effect.fail(tooManySamples(samples, most)))
  )
  const plan = planReads(step, true, snapshot.partitions, months, snapshot.hot)
  const { cost, entries } = yield* (yield* Catalog).find(site, plan.entries)
  const held = new Map<string, HeldValue>()
  const read = { objects: 0, gets: 0, bytes: 0, rowsRead: snapshot.cost + cost }
  for (const some of batchPoints(points, estimateSamples(plan, snapshot.partitions), BATCH_SAMPLES)) {
    const cold = yield* readCold({ ...plan, entries }, some, step, FIELDS)
    read.objects += cold.objects
    read.gets += cold.gets
    read.bytes += cold.bytes
    for (const point of some) {
      const last = lastCold(cold, point)
      if (last !== undefined) held.set(point, last)
    }
  }
  for (const series of snapshot.hot) {
    const last = laterHeld(held.get(series.point), lastOf(series))
    if (last !== undefined) held.set(series.point, last)
  }
  return { held, ...read }
})

/** What extents alone tell of points: the value of those that end before the window, and which begin before it. */
const readExtents = Effect.fnUntraced(function*(site: string, points: ReadonlyArray<string>, window: Window) {
  const earliest = lookBackWindow(window).start
  const { extents } = yield* (yield* Reads).extents(site, points)
  const known = new Map(extents.map((extent) => [extent.point, extent]))
  const held = new Map<string, HeldValue>()
  const open: Array<string> = []
  for (const point of points) {
    const extent = known.get(point)
    if (extent === undefined || extent.first >= window.start || extent.last < earliest) continue
    if (extent.last >= window.start) open.push(point)
    else held.set(point, { timestamp: extent.last, value: extent.lastValue })
  }
  return { held, open }
})

/** Finds the values that hold at the start of the window. A point without one in `LOOK_BACK_DAYS` is left out. */
export const lookBack = Effect.fn("lookBack")(function*(from: LookBack, points: ReadonlyArray<string>) {
  const { most, site, window } = from
  const held = new Map<string, HeldValue>()
  const cost = { objects: 0, gets: 0, bytes: 0, rowsRead: 0 }
  for (const point of points) {
    const near = lastOf(from.near.get(point) ?? emptyColumns)
    if (near !== undefined && isLast(near, from)) held.set(point, near)
  }
  let missing = points.filter((point) => !held.has(point))
  for (const [i, step] of lookBackSteps(window).entries()) {
    if (missing.length === 0) break
    const read = yield* readStep(site, missing, step, most)
    for (const [point, value] of read.held) held.set(point, value)
    cost.objects += read.objects
    cost.gets += read.gets
    cost.bytes += read.bytes
    cost.rowsRead += read.rowsRead
    missing = missing.filter((point) => !held.has(point))
    if (i === 0 && missing.length > 0) {
      const ends = yield* readExtents(site, missing, window)
      for (const [point, value] of ends.held) held.set(point, value)
      missing = ends.open
    }
  }
  const found: LookedBack = { held, ...cost }
  return found
})

/** What looking back did, in a sentence for people. */
export const explainLookBack = (needed: number, found: number): string =>
  `the value before the window was needed of ${needed} points and found of ${found} within ${LOOK_BACK_DAYS} days`
