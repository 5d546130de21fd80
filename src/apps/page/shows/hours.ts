/**
 * Hourly means by day and hour, and sorted by size; days by how complete they are. Data in, data out.
 */
import { inputText } from "../times.ts"

export interface HourCell {
  /** The place of the day among those shown. */
  readonly column: number
  readonly hour: number
  readonly value: number
}

export interface HourMap {
  /** On the clock of the zone: `2026-11-20`. */
  readonly days: ReadonlyArray<string>
  readonly cells: ReadonlyArray<HourCell>
  readonly min: number
  readonly max: number
}

type Buckets = { readonly timestamps: ReadonlyArray<number>; readonly values: ReadonlyArray<number | null> }

/** The second of two hours that a clock shows alike takes the place of the first. */
export const hourMap = ({ timestamps, values }: Buckets, zone: string): HourMap => {
  const columns = new Map<string, number>()
  const cells = new Map<string, HourCell>()
  timestamps.forEach((at, i) => {
    const value = values[i] ?? null
    if (value === null) return
    const text = inputText(at, zone)
    const [day, hour] = [text.slice(0, 10), Number(text.slice(11, 13))]
    const column = columns.get(day) ?? columns.size
    columns.set(day, column)
    cells.set(`${day} ${hour}`, { column, hour, value })
  })
  const all = [...cells.values()]
  return {
    days: [...columns.keys()],
    cells: all,
    min: all.reduce((least, { value }) => Math.min(least, value), Infinity),
    max: all.reduce((most, { value }) => Math.max(most, value), -Infinity)
  }
}

/** The greatest first, over the share of the time that a value was reached or exceeded, percent. */
export const durationCurve = ({ values }: Buckets): [share: Array<number>, values: Array<number>] => {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => b - a)
  return [sorted.map((_, i) => sorted.length === 1 ? 0 : i / (sorted.length - 1) * 100), sorted]
}

export interface DayFill {
  readonly day: string
  /** From 0 to 1. */
  readonly fill: number
  readonly samples: number
}

/**
 * @param counts samples of each day that has some
 * @param expected samples of a full day; null if nobody says: then the fullest day counts as full
 */
export const dayFills = (
  days: ReadonlyArray<string>,
  counts: ReadonlyMap<string, number>,
  expected: number | null
): ReadonlyArray<DayFill> => {
  const full = expected ?? Math.max(1, ...counts.values())
  return days.map((day) => {
    const samples = counts.get(day) ?? 0
    return { day, samples, fill: Math.min(1, samples / full) }
  })
}
