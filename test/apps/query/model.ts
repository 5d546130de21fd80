/**
 * What a query must answer, from a plain list of samples and the definitions of the README, simple and slow.
 */
import type { Aggregation } from "../../../src/domain/answers/aggregate.ts"
import type { Window } from "../../../src/domain/time/window.ts"
import type { Sample } from "../../samples.ts"

export interface AskedBuckets {
  readonly kind: "buckets"
  /** ms, or a calendar unit. */
  readonly interval: number | "day" | "month"
  readonly tz: string | null
  readonly agg: ReadonlyArray<Aggregation>
  readonly fill: "none" | "null" | "previous" | "linear"
  readonly maxGap: number
}
export type AskedResolution = { readonly kind: "raw" } | AskedBuckets | {
  readonly kind: "pixels"
  readonly width: number
}

/** A row an instant; null where there is nothing. */
export type Rows = ReadonlyArray<readonly [at: number, cells: ReadonlyArray<number | null>]>

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Every local midnight from `first` to `last`, found by looking at the clock on the wall every quarter of an hour. */
export const makeCalendar = (first: number, last: number) => {
  const zones = new Map<string, ReadonlyArray<readonly [start: number, label: string]>>()
  return (tz: string) => {
    const known = zones.get(tz)
    if (known !== undefined) return known
    const format = new Intl.DateTimeFormat("en-CA", { timeZone: tz, year: "numeric", month: "2-digit", day: "2-digit" })
    const starts: Array<readonly [number, string]> = []
    let previous = format.format(first - 15 * MINUTE)
    for (let at = first; at < last; at += 15 * MINUTE) {
      const label = format.format(at)
      if (label !== previous) starts.push([at, label])
      previous = label
    }
    zones.set(tz, starts)
    return starts
  }
}
export type Calendar = ReturnType<typeof makeCalendar>

/** Starts of all buckets that a window touches, and the start after them. */
const bucketStarts = (window: Window, { interval, tz }: AskedBuckets, calendar: Calendar): Array<number> => {
  const midnights = calendar(tz ?? "UTC")
  let starts = midnights.map(([at]) => at)
  if (interval === "month") starts = midnights.filter(([, label]) => label.endsWith("-01")).map(([at]) => at)
  if (typeof interval === "number") {
    starts = midnights.slice(0, -1).flatMap(([at], day) => {
      const next = midnights[day + 1]?.[0] ?? 0
      return next < window.start || at > window.end + 2 * 24 * HOUR
        ? []
        : Array.from({ length: Math.ceil((next - at) / interval) }, (_, i) => at + i * interval)
    })
  }
  const from = starts.findLastIndex((at) => at <= window.start)
  const to = starts.findIndex((at) => at >= window.end)
  return starts.slice(from, to === -1 ? undefined : to + 1)
}

const aggregateOf = (
  samples: ReadonlyArray<Sample>,
  start: number,
  end: number,
  aggregation: Aggregation
): number | null => {
  const inside = samples.filter(([at]) => at >= start && at < end)
  const values = inside.map(([, value]) => value)
  if (inside.length === 0) return null
  const total = values.reduce((a, b) => a + b, 0)
  const pairs = samples.flatMap((later, i) => {
    const before = samples[i - 1]
    return before !== undefined && later[0] >= start && later[0] < end ? [[before, later] as const] : []
  })
  const increase = pairs.reduce((sum, [a, b]) => sum + (b[1] >= a[1] ? b[1] - a[1] : b[1]), 0)
  const seconds = pairs.reduce((sum, [a, b]) => sum + (b[0] - a[0]), 0) / 1_000
  const earlier = samples.findLast(([at]) => at < start)
  const steps = earlier === undefined ? inside : [[start, earlier[1]] as const, ...inside]
  const area = steps.reduce((sum, [at, value], i) => sum + value * ((steps[i + 1]?.[0] ?? end) - at), 0)
  switch (aggregation) {
    case "avg": return total / values.length
    case "min": return values.reduce((a, b) => Math.min(a, b))
    case "max": return values.reduce((a, b) => Math.max(a, b))
    case "sum": return total
    case "count": return values.length
    case "first": return values[0] ?? null
    case "last": return values.at(-1) ?? null
    case "delta": return pairs.length === 0 ? null : increase
    case "rate": return pairs.length === 0 ? null : increase / seconds
    case "twa": return area / (end - (steps[0]?.[0] ?? start))
  }
}

const filled = (starts: ReadonlyArray<number>, cells: ReadonlyArray<number | null>, { fill, maxGap }: AskedBuckets) => {
  const known = [...cells.keys()].filter((i) => cells[i] !== null)
  const at = (k: number) => starts[k] ?? NaN
  return cells.map((cell, i) => {
    if (cell !== null || fill === "none" || fill === "null") return cell
    const before = known.findLast((k) => k < i)
    const after = known.find((k) => k > i)
    if (before === undefined) return null
    if (fill === "previous") return at(i) - at(before) <= maxGap ? cells[before] ?? null : null
    if (after === undefined || at(after) - at(before) > maxGap) return null
    const share = (at(i) - at(before)) / (at(after) - at(before))
    return (cells[before] ?? 0) * (1 - share) + (cells[after] ?? 0) * share
  })
}

/** How many of the samples are before an instant. */
const countBefore = (samples: ReadonlyArray<Sample>, instant: number): number => {
  let low = 0
  let high = samples.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((samples[middle]?.[0] ?? 0) < instant) low = middle + 1
    else high = middle
  }
  return low
}

/** The samples of a bucket and the one before it, which the others only are compared with. */
const around = (samples: ReadonlyArray<Sample>, start: number, end: number): ReadonlyArray<Sample> =>
  samples.slice(Math.max(0, countBefore(samples, start) - 1), countBefore(samples, end))

const bucketsOf = (samples: ReadonlyArray<Sample>, window: Window, asked: AskedBuckets, calendar: Calendar): Rows => {
  const edges = bucketStarts(window, asked, calendar)
  const starts = edges.slice(0, -1)
  const columns = asked.agg.map((aggregation) =>
    filled(starts, starts.map((start, i) => {
      const end = Math.min(edges[i + 1] ?? 0, window.end)
      return aggregateOf(around(samples, start, end), start, end, aggregation)
    }), asked))
  return starts.map((start, i) => [start, columns.map((column) => column[i] ?? null)] as const)
    .filter(([, cells]) => asked.fill !== "none" || cells.some((cell) => cell !== null))
}

/** The first, smallest, largest and last sample of each column of a chart. */
const chartOf = (samples: ReadonlyArray<Sample>, window: Window, pixels: number): Rows => {
  let start = window.start
  let width = (window.end - window.start) / pixels
  if (width >= HOUR) {
    start = Math.floor(start / HOUR) * HOUR
    width = Math.ceil(width / HOUR) * HOUR
  }
  const columns = Map.groupBy(samples, ([at]) => Math.floor((at - start) / width))
  return [...columns.values()].flatMap((column) => {
    const least = column.reduce((a, b) => b[1] < a[1] ? b : a)
    const most = column.reduce((a, b) => b[1] > a[1] ? b : a)
    return [...new Set([column[0], least, most, column.at(-1)])].filter((sample) => sample !== undefined)
      .sort((a, b) => a[0] - b[0])
  }).map(([at, value]) => [at, [value]])
}

/** The samples of a window, of all samples of a point. */
export const within = (samples: ReadonlyArray<Sample>, { end, start }: Window): ReadonlyArray<Sample> =>
  samples.slice(countBefore(samples, start), countBefore(samples, end))

/** @param samples of one point inside the window, ascending */
export const expectedRows = (
  samples: ReadonlyArray<Sample>,
  window: Window,
  resolution: AskedResolution,
  calendar: Calendar
): Rows => {
  if (resolution.kind === "raw") return samples.map(([at, value]) => [at, [value]])
  return resolution.kind === "pixels"
    ? chartOf(samples, window, resolution.width)
    : bucketsOf(samples, window, resolution, calendar)
}
