/**
 * Derived objects: closed months made from daily objects, cut into parts of neighbouring points. Each part is two objects,
 * the samples of the month and their hourly rollups.
 *
 * A month lists the generation of every day it was made from and answers only for days that still have it; other days
 * are read from their own objects, until the month is made again.
 */
import type { ColdObject } from "./catalog.ts"
import { dateOfDay, type Day, dayStart, monthOf } from "../time/calendar.ts"
import { comparePoints } from "../samples/names.ts"
import { intersect, isEmpty, type Window, windowOfDay } from "../time/window.ts"

/** One version of a day's object. */
export type DayVersion = Pick<ColdObject, "day" | "generation">

/** An object of a part. Its key is never written twice, so it needs no etag to be pinned. */
export interface MonthObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly rows: number
  /** Where each point's pages are; opaque to all but the cold store. */
  readonly index: Uint8Array
}

export interface MonthPart {
  /** 0, 1, 2, … in the order of points. */
  readonly part: number
  readonly firstPoint: string
  readonly lastPoint: string
  readonly samples: MonthObject
  readonly hours: MonthObject
}

export interface BuiltMonth {
  readonly site: string
  /** The month's first day. */
  readonly month: Day
  /** Raised by every new build of the month; part of its keys. */
  readonly build: number
  /** The days it was made from, ascending. */
  readonly days: ReadonlyArray<DayVersion>
  readonly parts: ReadonlyArray<MonthPart>
}

export const windowOfMonth = (month: Day): Window => ({ start: dayStart(month), end: dayStart(monthOf(month, 1)) })

const folderOf = (month: Day): string => {
  const { month: number, year } = dateOfDay(month)
  return `${String(year).padStart(4, "0")}/${String(number).padStart(2, "0")}`
}

/** `monthly/2026/10/{site}/{build}-{part}.parquet`: outside `timeseries/`, so that a glob over it counts a sample once. */
export const monthKey = (site: string, month: Day, build: number, part: number): string =>
  `monthly/${folderOf(month)}/${site}/${build}-${part}.parquet`

/** `rollups/1h/2026/10/{site}/{build}-{part}.parquet` */
export const rollupKey = (site: string, month: Day, build: number, part: number): string =>
  `rollups/1h/${folderOf(month)}/${site}/${build}-${part}.parquet`

/**
 * The months to be made, oldest first: closed (every instant older than the boundary), with no sample of theirs still
 * hot, and made from other versions than the catalog has now, or not at all.
 */
export const planMonths = (
  catalog: ReadonlyArray<DayVersion>,
  hotDays: ReadonlyArray<Day>,
  made: ReadonlyArray<Pick<BuiltMonth, "month" | "days">>,
  boundary: number
): ReadonlyArray<Day> => {
  const waiting = new Set(hotDays.map((day) => monthOf(day)))
  const versions = groupByMonth(catalog)
  const current = new Map(made.map(({ days, month }) => [month, days]))
  return [...versions.keys()]
    .filter((month) => windowOfMonth(month).end <= boundary && !waiting.has(month))
    .filter((month) => !sameVersions(versions.get(month) ?? [], current.get(month) ?? []))
    .sort((a, b) => a - b)
}

const groupByMonth = (days: ReadonlyArray<DayVersion>): Map<Day, Array<DayVersion>> => {
  const months = new Map<Day, Array<DayVersion>>()
  for (const version of days) {
    const month = monthOf(version.day)
    const list = months.get(month)
    if (list === undefined) months.set(month, [version])
    else list.push(version)
  }
  return months
}

export const sameVersions = (a: ReadonlyArray<DayVersion>, b: ReadonlyArray<DayVersion>): boolean => {
  const generations = new Map(a.map(({ day, generation }) => [day, generation]))
  return a.length === b.length && b.every(({ day, generation }) => generations.get(day) === generation)
}

/** Days of a month that a query reads in one object instead of in their own. */
export interface MonthRead {
  readonly month: BuiltMonth
  /** The days that still have the version the month was made from; all others of the month are read from their own. */
  readonly days: ReadonlyArray<Day>
}

export interface ColdPlan {
  readonly months: ReadonlyArray<MonthRead>
  /** Days to be read from their own objects. */
  readonly entries: ReadonlyArray<ColdObject>
}

/** Fewer days of a month than this are read from their own objects: they are fewer bytes. */
export const MONTH_READ_DAYS = 2

/** Which objects hold the samples of a window, months where they are current and worth it. */
export const planCold = (
  window: Window,
  partitions: ReadonlyArray<ColdObject>,
  months: ReadonlyArray<BuiltMonth>
): ColdPlan => {
  const wanted = partitions.filter((entry) =>
    entry.rows > 0 && !isEmpty(intersect(window, { start: entry.firstTimestamp, end: entry.lastTimestamp + 1 }))
  )
  const reads = months.flatMap((month): ReadonlyArray<MonthRead> => {
    const made = new Map(month.days.map(({ day, generation }) => [day, generation]))
    const days = wanted.filter((entry) => made.get(entry.day) === entry.generation).map(({ day }) => day)
    return days.length >= MONTH_READ_DAYS ? [{ month, days }] : []
  })
  const covered = new Set(reads.flatMap(({ days }) => days))
  return { months: reads, entries: wanted.filter(({ day }) => !covered.has(day)) }
}

/** The asked points by the part that can hold them; a point beyond every part is in none. */
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

/** The days (ascending) as windows, neighbours as one. */
export const runsOfDays = (days: ReadonlyArray<Day>): ReadonlyArray<Window> => {
  const runs: Array<Window> = []
  for (const day of days) {
    const last = runs.at(-1)
    const { end, start } = windowOfDay(day)
    if (last?.end === start) runs[runs.length - 1] = { start: last.start, end }
    else runs.push({ start, end })
  }
  return runs
}
