/**
 * Months: closed months are copied from their daily objects into larger objects, which are cheaper to read.
 *
 * A month is cut into parts of neighbouring points. Each part is two objects: samples, and their hourly rollups. A
 * month lists the generation of every day it was made from, and answers only for days that still have that generation.
 * The other days are read from their own objects until the month is made again.
 */
import { comparePoints } from "../samples/names.ts"
import {
  addMonths,
  compareMonths,
  type Day,
  dayStart,
  firstDayOf,
  formatMonth,
  type Month,
  monthOf
} from "../time/calendar.ts"
import type { Window } from "../time/window.ts"
import type { ColdObject } from "./catalog.ts"

/** One version of the object of a day. */
export type DayVersion = Pick<ColdObject, "day" | "generation">

/** An object of a part. Its key is written only once, so a read needs no etag to be pinned to it. */
export interface MonthObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly rows: number
  /** Where the data pages of each point are; only the cold store can read it. */
  readonly index: Uint8Array
}

/** The objects of one range of points. */
export interface MonthPart {
  /** 0, 1, 2, … in the order of points. */
  readonly part: number
  readonly firstPoint: string
  readonly lastPoint: string
  readonly samples: MonthObject
  readonly hours: MonthObject
}

/** One build of a month, with its parts. */
export interface BuiltMonth {
  readonly site: string
  readonly month: Month
  /** Raised by every new build of the month; in the keys of its objects. */
  readonly build: number
  /** The days that it was made from, ascending. */
  readonly days: ReadonlyArray<DayVersion>
  readonly parts: ReadonlyArray<MonthPart>
}

/** The month as a window. */
export const windowOfMonth = (month: Month): Window => ({
  start: dayStart(firstDayOf(month)),
  end: dayStart(firstDayOf(addMonths(month, 1)))
})

/** `2026/10` */
const folderOf = (month: Month): string => formatMonth(month).replace("-", "/")

/**
 * The key of the samples of a part: `monthly/2026/10/{site}/{build}-{part}.parquet`. It lies outside `timeseries/`, so
 * that a glob over `timeseries/` counts every sample once.
 */
export const monthKey = (site: string, month: Month, build: number, part: number): string =>
  `monthly/${folderOf(month)}/${site}/${build}-${part}.parquet`

/** The key of the hourly rollups of a part: `rollups/1h/2026/10/{site}/{build}-{part}.parquet`. */
export const rollupKey = (site: string, month: Month, build: number, part: number): string =>
  `rollups/1h/${folderOf(month)}/${site}/${build}-${part}.parquet`

/**
 * The months to make now, oldest first. A month is due when all of it is older than the boundary, none of its days has
 * hot samples, and it was never made or was made from other versions than the catalog has now.
 *
 * @param catalog the days that have a cold object
 * @param hotDays the days that have hot samples
 * @param made the newest build of each month
 * @param boundary ms
 */
export const planMonths = (
  catalog: ReadonlyArray<DayVersion>,
  hotDays: ReadonlyArray<Day>,
  made: ReadonlyArray<Pick<BuiltMonth, "month" | "days">>,
  boundary: number
): ReadonlyArray<Month> => {
  const waiting = new Set(hotDays.map(monthOf))
  const versions = Map.groupBy(catalog, ({ day }) => monthOf(day))
  const current = new Map(made.map(({ days, month }) => [month, days]))
  return [...versions.keys()]
    .filter((month) => windowOfMonth(month).end <= boundary && !waiting.has(month))
    .filter((month) => !sameVersions(versions.get(month) ?? [], current.get(month) ?? []))
    .sort(compareMonths)
}

/** Whether both lists hold the same generation of the same days, in any order. */
export const sameVersions = (a: ReadonlyArray<DayVersion>, b: ReadonlyArray<DayVersion>): boolean => {
  const generations = new Map(a.map(({ day, generation }) => [day, generation]))
  return a.length === b.length && b.every(({ day, generation }) => generations.get(day) === generation)
}

/** The given points, by the part that can hold them. A point outside the range of every part is left out. */
export const partsOf = (
  month: BuiltMonth,
  points: ReadonlyArray<string>
): ReadonlyArray<{ readonly part: MonthPart; readonly points: ReadonlyArray<string> }> =>
  month.parts.flatMap((part) => {
    const inside = points.filter((point) =>
      comparePoints(part.firstPoint, point) <= 0 && comparePoints(point, part.lastPoint) <= 0
    )
    return inside.length === 0 ? [] : [{ part, points: inside }]
  })
