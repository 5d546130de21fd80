/**
 * The cold reads of a plan, by point.
 */
import { Effect } from "effect"
import type { Day } from "../../domain/calendar.ts"
import { keepDays, type MonthRead, partsOf, windowOfMonth } from "../../domain/derived.ts"
import { samplesOfRollup } from "../../domain/m4.ts"
import type { ReadPlan } from "../../domain/query-plan.ts"
import { type Columns, countSamples, lowerBound, type Series } from "../../domain/series.ts"
import { intersect, type Window, windowOfDay } from "../../domain/window.ts"
import { ColdStore } from "../../ports/ColdStore.ts"
import { DerivedStore, type PointRollup } from "../../ports/DerivedStore.ts"

/** Cold objects read at once: a Worker has six connections. */
const CONCURRENT_READS = 6

/** What one object gave. */
interface Read {
  readonly gets: number
  readonly bytes: number
  readonly series: ReadonlyArray<Series>
  /** How many samples the series stand for: more than they have where they come from rollups. */
  readonly samples: number
}

export interface ColdReads {
  /** The pieces of each point that has samples, in the order of time. */
  readonly byPoint: ReadonlyMap<string, ReadonlyArray<Columns>>
  readonly gets: number
  readonly bytes: number
  readonly objects: number
  /** Samples that rollups stand for, less those that they gave. */
  readonly rolledUp: number
}

/**
 * Reads what the plan names, for some of the points; no two pieces of a point share a day.
 *
 * @param indexes of the daily objects, by day; one that is missing is read from its object
 */
export const readCold = Effect.fnUntraced(function*(
  plan: ReadPlan,
  indexes: ReadonlyMap<Day, Uint8Array>,
  points: ReadonlyArray<string>,
  window: Window
) {
  const reads = yield* Effect.all(
    [
      ...plan.rollups.flatMap((read) => readRollups(read, points)),
      ...plan.months.flatMap((read) => readMonth(read, points, window)),
      ...plan.entries.map((object) =>
        Effect.flatMap(ColdStore, (cold) =>
          cold.read({ ...object, index: indexes.get(object.day) ?? null }, points, window)).pipe(
          Effect.map((read): Read => ({ ...read, samples: countSamples(read.series) }))
        )
      )
    ],
    { concurrency: CONCURRENT_READS }
  )
  const total = (of: (read: Read) => number) => reads.reduce((sum, read) => sum + of(read), 0)
  const result: ColdReads = {
    byPoint: groupByPoint(reads.flatMap((read) => read.series)),
    gets: total((read) => read.gets),
    bytes: total((read) => read.bytes),
    objects: reads.length,
    rolledUp: total((read) => read.samples - countSamples(read.series))
  }
  return result
})

const readMonth = ({ days, month }: MonthRead, points: ReadonlyArray<string>, window: Window) =>
  partsOf(month, points).map(({ part, points }) =>
    Effect.flatMap(DerivedStore, (derived) =>
      derived.readSamples(part, points, intersect(window, windowOfMonth(month.month)))).pipe(
        Effect.map((read): Read => {
          const series = read.series.map((one): Series => ({ point: one.point, ...keepDays(one, days) }))
          return { ...read, series, samples: countSamples(series) }
        })
      )
  )

const readRollups = ({ days, month }: MonthRead, points: ReadonlyArray<string>) =>
  partsOf(month, points).map(({ part, points }) =>
    Effect.flatMap(DerivedStore, (derived) => derived.readHours(part, points)).pipe(
      Effect.map(({ bytes, gets, rollups }): Read => ({
        gets,
        bytes,
        series: rollups.map((rollup): Series => ({
          point: rollup.point,
          ...keepDays(samplesOfRollup(rollup), days)
        })),
        samples: rollups.reduce((sum, rollup) => sum + countRolledUp(rollup, days), 0)
      }))
    )
  )

const countRolledUp = ({ counts, hours }: PointRollup, days: MonthRead["days"]): number => {
  let count = 0
  for (const day of days) {
    const { end, start } = windowOfDay(day)
    for (let i = lowerBound(hours, start); i < hours.length && (hours[i] as number) < end; i++) count += counts[i] as number
  }
  return count
}

const groupByPoint = (series: ReadonlyArray<Series>): ReadonlyMap<string, ReadonlyArray<Columns>> => {
  const byPoint = new Map<string, Array<Columns>>()
  for (const one of series) {
    if (one.timestamps.length === 0) continue
    const list = byPoint.get(one.point)
    if (list === undefined) byPoint.set(one.point, [one])
    else list.push(one)
  }
  for (const list of byPoint.values()) {
    list.sort((a, b) => (a.timestamps[0] as number) - (b.timestamps[0] as number))
  }
  return byPoint
}
