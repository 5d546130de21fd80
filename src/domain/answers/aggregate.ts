/**
 * Aggregations of a series by bucket. A result has one number for each bucket, NaN where there is none.
 */
import { HOUR_MS } from "../time/calendar.ts"
import type { Window } from "../time/window.ts"
import type { Rollup, RollupField } from "./rollup.ts"
import { CompensatedSum } from "./sum.ts"

export const AGGREGATIONS = [
  "avg",
  "min",
  "max",
  "sum",
  "count",
  "first",
  "last",
  "delta",
  "rate",
  "twa"
] as const

/**
 * - `avg`, `min`, `max`, `sum`, `count`, `first`, `last`: of the samples in the bucket.
 * - `delta`: the increase of a counter. Each pair of neighbouring samples counts in the bucket of the later one. A fall
 *   by {@link RESET_SHARE} or more is a reset: the counter started again at 0. A smaller fall is noise: it is
 *   subtracted.
 * - `rate`: the same increase per second, over the time between the samples of the pairs.
 * - `twa`: the time-weighted average. A sample holds until the next one, and the last one to the end of the window, so
 *   that a bucket without samples has the value that holds there.
 */
export type Aggregation = typeof AGGREGATIONS[number]

/** The share of its value by which a counter must fall to have been reset. The last digit of a meter may wobble. */
export const RESET_SHARE = 0.01

/** A bucket `[start, end)`, ms, and its rows: those from `from` to before `to`. */
interface Bucket {
  readonly rows: Rollup
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

type Reducer = (bucket: Bucket) => number

/** The compensated sum of `term(i)` for `i` from `from` to before `to`. */
const sumOf = (from: number, to: number, term: (i: number) => number): number => {
  const sum = new CompensatedSum()
  for (let i = from; i < to; i++) sum.add(term(i))
  return sum.total
}

/**
 * Samples are added up by UTC hour first, and then the hours. The rollup of an hour holds the first of these sums, so
 * that a sum has the same bits whether it is made from samples or from rollups.
 */
const sum: Reducer = ({ from, rows: { starts, sums }, to }) => {
  const total = new CompensatedSum()
  for (let i = from; i < to;) {
    const end = (Math.floor((starts[i] as number) / HOUR_MS) + 1) * HOUR_MS
    const hour = new CompensatedSum()
    for (; i < to && (starts[i] as number) < end; i++) hour.add(sums[i] as number)
    total.add(hour.total)
  }
  return total.total
}

const count: Reducer = ({ from, rows: { counts }, to }) => sumOf(from, to, (i) => counts[i] as number)

const avg: Reducer = (bucket) => {
  const samples = count(bucket)
  const total = sum(bucket)
  // Where the sum overflows, the samples are divided before they are added.
  return Number.isFinite(total)
    ? total / samples
    : sumOf(bucket.from, bucket.to, (i) => (bucket.rows.sums[i] as number) / samples)
}

const min: Reducer = ({ from, rows: { mins }, to }) => {
  let least = mins[from] as number
  for (let i = from + 1; i < to; i++) if ((mins[i] as number) < least) least = mins[i] as number
  return least
}

const max: Reducer = ({ from, rows: { maxs }, to }) => {
  let most = maxs[from] as number
  for (let i = from + 1; i < to; i++) if ((maxs[i] as number) > most) most = maxs[i] as number
  return most
}

// The reducers below take rows that are samples: rollups do not hold pairs of neighbours.

const delta: Reducer = ({ from, rows: { firsts: values }, to }) => {
  const first = Math.max(from, 1)
  return first >= to ? NaN : sumOf(first, to, (i) => {
    const before = values[i - 1] as number
    const now = values[i] as number
    return before - now < RESET_SHARE * Math.abs(before) || now >= before ? now - before : now
  })
}

const rate: Reducer = (bucket) => {
  const { starts: timestamps } = bucket.rows
  const before = Math.max(bucket.from, 1) - 1
  const span = (timestamps[bucket.to - 1] as number) - (timestamps[before] as number)
  return delta(bucket) / (span / 1_000)
}

const twa: Reducer = ({ end, from, rows: { firsts: values, starts: timestamps }, start, to }) => {
  // At the start of the bucket the sample before it still holds, where the window has one.
  const first = Math.max(0, from - 1)
  const begin = Math.max(start, timestamps[first] as number)
  const lengthOf = (i: number): number =>
    (i + 1 < to ? timestamps[i + 1] as number : end) - Math.max(begin, timestamps[i] as number)
  const length = end - begin
  const area = sumOf(first, to, (i) => (values[i] as number) * lengthOf(i))
  // Where the area overflows, each sample is weighted before it is added, which rounds more.
  return Number.isFinite(area) ? area / length : sumOf(first, to, (i) => (values[i] as number) * (lengthOf(i) / length))
}

/** What a bucket without samples has: for `twa`, the value that holds there. */
const emptyReducers: { readonly [K in Aggregation]?: Reducer } = {
  twa: ({ from, rows: { firsts } }) => from === 0 ? NaN : firsts[from - 1] as number
}

const reducers: { readonly [K in Aggregation]: Reducer } = {
  avg,
  min,
  max,
  sum,
  count,
  first: ({ from, rows }) => rows.firsts[from] as number,
  last: ({ rows, to }) => rows.lasts[to - 1] as number,
  delta,
  rate,
  twa
}

/** The fields of hourly rollups that each needs besides `starts` and `counts`; null where it needs samples. */
const needs: { readonly [K in Aggregation]: ReadonlyArray<RollupField> | null } = {
  avg: ["sums"],
  min: ["mins"],
  max: ["maxs"],
  sum: ["sums"],
  count: [],
  first: ["firsts"],
  last: ["lasts"],
  delta: null,
  rate: null,
  twa: null
}

/** Those of the aggregations that cannot be made from rollups. */
export const needingSamples = (wanted: ReadonlyArray<Aggregation>): ReadonlyArray<Aggregation> =>
  wanted.filter((aggregation) => needs[aggregation] === null)

/** The fields of hourly rollups that the aggregations need together. */
export const rollupFields = (wanted: ReadonlyArray<Aggregation>): ReadonlyArray<RollupField> =>
  ["starts", "counts", ...new Set(wanted.flatMap((aggregation) => needs[aggregation] ?? []))]

/**
 * Aggregates rows by the buckets of `edges`: one array for each wanted aggregation, with one number for each bucket.
 *
 * @param rows the samples of the window, or hours where buckets are whole hours and no aggregation needs samples. The
 * last sample before the window may be among them: `delta` and `rate` count from it, `twa` holds it
 * @param window the first bucket begins and the last one ends where it does, so that `twa` holds no value outside of it
 */
export const aggregate = (
  rows: Rollup,
  edges: Float64Array,
  window: Window,
  wanted: ReadonlyArray<Aggregation>
): ReadonlyArray<Float64Array> => {
  const buckets = Math.max(0, edges.length - 1)
  const out = wanted.map(() => new Float64Array(buckets).fill(NaN))
  const { starts } = rows
  let from = 0
  while (from < starts.length && (starts[from] as number) < window.start) from++
  for (let index = 0; index < buckets; index++) {
    const start = edges[index] as number
    const end = edges[index + 1] as number
    let to = from
    while (to < starts.length && (starts[to] as number) < end) to++
    const bucket = { rows, from, to, start: Math.max(start, window.start), end: Math.min(end, window.end) }
    for (const [k, aggregation] of wanted.entries()) {
      const reducer = to > from ? reducers[aggregation] : emptyReducers[aggregation]
      if (reducer !== undefined) (out[k] as Float64Array)[index] = reducer(bucket)
    }
    from = to
  }
  return out
}
