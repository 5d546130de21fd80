/**
 * Reads the cold objects of a plan, and groups what they hold by point.
 */
import { Effect } from "effect"
import type { CatalogEntry } from "../../../domain/tiers/catalog.ts"
import { partsOf, windowOfMonth } from "../../../domain/tiers/months.ts"
import type { MonthRead, ReadPlan } from "../../../domain/tiers/read-plan.ts"
import { type PointRollup, type Rollup, type RollupField, sliceRollup } from "../../../domain/answers/rollup.ts"
import { type Columns, type Series, sliceColumns } from "../../../domain/samples/series.ts"
import { intersect, type Window, windowsOfDays } from "../../../domain/time/window.ts"
import { ColdStore } from "../../../ports/ColdStore.ts"
import { MonthStore, type ReadCost } from "../../../ports/MonthStore.ts"

/** Cold objects read at once: a Worker has six connections. */
const CONCURRENT_READS = 6

/** What one object holds of the asked points. */
interface ObjectRead extends ReadCost {
  readonly series: ReadonlyArray<Series>
  readonly rollups: ReadonlyArray<PointRollup>
}

/** The pieces of each point, in order of time: no two have samples of one day. */
type Pieces<A> = ReadonlyMap<string, ReadonlyArray<A>>

export interface ColdReads extends ReadCost {
  readonly samples: Pieces<Columns>
  /** No sample lies between the hours of one. */
  readonly rollups: Pieces<Rollup>
  readonly objects: number
}

/**
 * Reads everything that the plan names, for some of the points.
 *
 * @param fields the columns of rollups to read
 */
export const readCold = Effect.fnUntraced(function*(
  plan: ReadPlan<CatalogEntry>,
  points: ReadonlyArray<string>,
  window: Window,
  fields: ReadonlyArray<RollupField>
) {
  const reads = yield* Effect.all(
    [
      ...plan.rollups.flatMap((read) => readRollups(read, points, fields)),
      ...plan.months.flatMap((read) => readMonth(read, points, window)),
      ...plan.entries.map((entry) =>
        Effect.flatMap(ColdStore, (cold) => cold.read(entry, points, window)).pipe(
          Effect.map((read): ObjectRead => ({ ...read, rollups: [] }))
        )
      )
    ],
    { concurrency: CONCURRENT_READS }
  )
  const result: ColdReads = {
    samples: groupByPoint(reads.flatMap(({ series }) => series), ({ timestamps }) => timestamps),
    rollups: groupByPoint(reads.flatMap(({ rollups }) => rollups), ({ starts }) => starts),
    gets: reads.reduce((sum, { gets }) => sum + gets, 0),
    bytes: reads.reduce((sum, { bytes }) => sum + bytes, 0),
    objects: reads.length
  }
  return result
})

const readMonth = ({ days, month }: MonthRead, points: ReadonlyArray<string>, window: Window) =>
  partsOf(month, points).map(({ part, points }) =>
    Effect.flatMap(MonthStore, (derived) =>
      derived.readSamples(part, points, intersect(window, windowOfMonth(month.month)))).pipe(
        Effect.map((read): ObjectRead => {
          const series = read.series.flatMap((one) =>
            windowsOfDays(days).map((inside): Series => ({ point: one.point, ...sliceColumns(one, inside) })))
          return { ...read, series, rollups: [] }
        })
      )
  )

const readRollups = ({ days, month }: MonthRead, points: ReadonlyArray<string>, fields: ReadonlyArray<RollupField>) =>
  partsOf(month, points).map(({ part, points }) =>
    Effect.flatMap(MonthStore, (derived) => derived.readHours(part, points, fields)).pipe(
      Effect.map((read): ObjectRead => {
        const rollups = read.rollups.flatMap((one) =>
          windowsOfDays(days).map((inside): PointRollup => ({ point: one.point, ...sliceRollup(one, inside) })))
        return { ...read, series: [], rollups }
      })
    )
  )

const groupByPoint = <A extends { readonly point: string }>(
  pieces: ReadonlyArray<A>,
  instants: (piece: A) => Float64Array
): Pieces<A> =>
  Map.groupBy(
    pieces
      .filter((piece) => instants(piece).length > 0)
      .sort((a, b) => (instants(a)[0] as number) - (instants(b)[0] as number)),
    ({ point }) => point
  )
