/**
 * Samples as columns: two typed arrays of the same length, timestamps strictly ascending. No sample is an object.
 */
import { type Day, dayOf, dayStart } from "../time/calendar.ts"
import type { Window } from "../time/window.ts"

export interface Columns {
  /** Whole ms since the epoch, strictly ascending. */
  readonly timestamps: Float64Array
  /** Finite doubles, kept bit for bit. */
  readonly values: Float64Array
}

/** The samples of one point. */
export interface Series extends Columns {
  readonly point: string
}

/** Columns without a sample. **Gotchas** They are shared: their buffers must not be released. */
export const emptyColumns: Columns = { timestamps: new Float64Array(0), values: new Float64Array(0) }

/** A new array with the elements of all arrays, one array after the other. */
export const concatArrays = (arrays: ReadonlyArray<Float64Array>): Float64Array => {
  let length = 0
  for (const array of arrays) length += array.length
  const all = new Float64Array(length)
  let at = 0
  for (const array of arrays) {
    all.set(array, at)
    at += array.length
  }
  return all
}

/** New columns with the samples of all of them. **Gotchas** Each of them must end before the next begins. */
export const concatColumns = (all: ReadonlyArray<Columns>): Columns => ({
  timestamps: concatArrays(all.map(({ timestamps }) => timestamps)),
  values: concatArrays(all.map(({ values }) => values))
})

/** The index of the first timestamp at or after `ms`; the length of the array where there is none. */
export const lowerBound = (timestamps: Float64Array, ms: number): number => {
  let low = 0
  let high = timestamps.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((timestamps[middle] as number) < ms) low = middle + 1
    else high = middle
  }
  return low
}

/** The samples inside the window, as views of the same memory. */
export const sliceColumns = (columns: Columns, window: Window): Columns => {
  const from = lowerBound(columns.timestamps, window.start)
  const to = Math.max(from, lowerBound(columns.timestamps, window.end))
  return from === 0 && to === columns.timestamps.length ? columns : {
    timestamps: columns.timestamps.subarray(from, to),
    values: columns.values.subarray(from, to)
  }
}

/** How many samples the series have together. */
export const countSamples = (series: ReadonlyArray<Columns>): number => {
  let count = 0
  for (const one of series) count += one.timestamps.length
  return count
}

/** The smallest window that holds every sample; null where there is no sample. */
export const windowOfSamples = (series: ReadonlyArray<Columns>): Window | null => {
  let start = Infinity
  let end = -Infinity
  for (const { timestamps } of series) {
    if (timestamps.length === 0) continue
    start = Math.min(start, timestamps[0] as number)
    end = Math.max(end, (timestamps[timestamps.length - 1] as number) + 1)
  }
  return end > start ? { start, end } : null
}

/** The newest timestamp of the series at or before `ms`; null where there is none. */
export const newestUpTo = (series: ReadonlyArray<Columns>, ms: number): number | null => {
  let newest = -Infinity
  for (const { timestamps } of series) {
    newest = Math.max(newest, timestamps[lowerBound(timestamps, ms + 1) - 1] ?? newest)
  }
  return newest === -Infinity ? null : newest
}

/** The UTC days on which any of the series has a sample, ascending. */
export const daysOfSamples = (series: ReadonlyArray<Columns>): ReadonlyArray<Day> => {
  const days = new Set<Day>()
  for (const { timestamps } of series) {
    for (let i = 0; i < timestamps.length;) {
      const day = dayOf(timestamps[i] as number)
      days.add(day)
      i = lowerBound(timestamps, dayStart(day + 1))
    }
  }
  return [...days].sort((a, b) => a - b)
}

/**
 * Cuts columns at the multiples of `step` ms, into views of the same memory. The columns of an entry lie from
 * `index * step` to before `(index + 1) * step`; there is no entry without samples.
 */
export const cutColumns = (
  columns: Columns,
  step: number
): ReadonlyArray<{ readonly index: number; readonly columns: Columns }> => {
  const { timestamps, values } = columns
  if (timestamps.length === 0) return []
  const first = Math.floor((timestamps[0] as number) / step)
  if ((timestamps[timestamps.length - 1] as number) < (first + 1) * step) return [{ index: first, columns }]
  const out: Array<{ readonly index: number; readonly columns: Columns }> = []
  for (let from = 0; from < timestamps.length;) {
    const index = Math.floor((timestamps[from] as number) / step)
    const to = lowerBound(timestamps, (index + 1) * step)
    out.push({ index, columns: { timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) } })
    from = to
  }
  return out
}
