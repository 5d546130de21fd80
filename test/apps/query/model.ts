/**
 * What a query must answer, from a plain list of samples and the definitions of the README, simple and slow.
 */
import type { Aggregation } from "../../../src/domain/answers/aggregate.ts"
import type { Window } from "../../../src/domain/time/window.ts"
import type { Sample } from "../../samples.ts"

export interface AskedBuckets {
  readonly kind: "buckets"
  /** ms, or a calendar unit. */
  readonly interval: number | "day" | "week" | "month" | "quarter" | "year"
  readonly tz: string | null
  readonly agg: ReadonlyArray<Aggregation>
  readonly fill: "none" | "null" | "0" | "previous" | "linear"
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

/** What the clock on the wall shows at each second of a day that begins and ends at these instants, in seconds. */
const makeClocks = () => {
  const clocks = new Map<string, ReadonlyArray<number>>()
  return (tz: string, start: number, end: number): ReadonlyArray<number> => {
    const key = `${tz} ${start}`
    const known = clocks.get(key)
    if (known !== undefined) return known
    const format = new Intl.DateTimeFormat("en-GB", { timeZone: tz, timeStyle: "medium", hourCycle: "h23" })
    const clock = Array.from({ length: (end - start) / 1_000 }, (_, i) => {
      const [hours = 0, minutes = 0, seconds = 0] = format.format(start + i * 1_000).split(":").map(Number)
      return hours * 3_600 + minutes * 60 + seconds
    })
    clocks.set(key, clock)
    return clock
  }
}
const clockOf = makeClocks()

/** The instants of a day at which a bucket of a width begins, found by looking at the clock every second. */
const startsOfDay = (tz: string, start: number, end: number, width: number): ReadonlyArray<number> => {
  if (end - start === 24 * HOUR) {
    return Array.from({ length: Math.ceil(24 * HOUR / width) }, (_, i) => start + i * width)
  }
  const seconds = width / 1_000
  const clock = clockOf(tz, start, end)
  let shown = -1
  let back = 0
  return clock.flatMap((now, i) => {
    const before = clock[i - 1] ?? now - 1
    if (now < before) back = before + 1 - now
    const isSkipped = now > before + 1 && Math.floor(now / seconds) > Math.floor(before / seconds)
    const begins = i === 0 || isSkipped || (now % seconds === 0 && (now > shown || seconds <= back))
    shown = Math.max(shown, now)
    return begins ? [start + i * 1_000] : []
  })
}

const BEGINS: { readonly [K in Exclude<AskedBuckets["interval"], number>]: (label: string) => boolean } = {
  day: () => true,
  week: (label) => new Date(label).getUTCDay() === 1,
  month: (label) => label.endsWith("-01"),
  quarter: (label) => /-(01|04|07|10)-01$/.test(label),
  year: (label) => label.endsWith("-01-01")
}

/** Starts of all buckets that a window touches, and the start after them. */
const bucketStarts = (window: Window, { interval, tz }: AskedBuckets, calendar: Calendar): Array<number> => {
  const midnights = calendar(tz ?? "UTC")
  const starts = typeof interval === "number"
    ? midnights.slice(0, -1).flatMap(([at], day) => {
      const next = midnights[day + 1]?.[0] ?? 0
      return next < window.start || at > window.end + 2 * 24 * HOUR ? [] : startsOfDay(tz ?? "UTC", at, next, interval)
    })
    : midnights.filter(([, label]) => BEGINS[interval](label)).map(([at]) => at)
  const from = starts.findLastIndex((at) => at <= window.start)
  const to = starts.findIndex((at) => at >= window.end)
  return starts.slice(from, to === -1 ? undefined : to + 1)
}

/**
 * One cell, without filling.
 *
 * @param samples those of the bucket, and before them the last one before the bucket, which holds at its start
 */
const aggregateOf = (
  samples: ReadonlyArray<Sample>,
  start: number,
  end: number,
  aggregation: Aggregation
): number | null => {
  const inside = samples.filter(([at]) => at >= start && at < end)
  const values = inside.map(([, value]) => value)
  const earlier = samples.findLast(([at]) => at < start)
  const steps = earlier === undefined ? inside : [[start, earlier[1]] as const, ...inside]
  const area = steps.reduce((sum, [at, value], i) => sum + value * ((steps[i + 1]?.[0] ?? end) - at), 0)
  if (aggregation === "twa") return steps.length === 0 ? null : area / (end - (steps[0]?.[0] ?? start))
  if (inside.length === 0) return null
  const total = values.reduce((a, b) => a + b, 0)
  const pairs = samples.flatMap((later, i) => {
    const before = samples[i - 1]
    return before !== undefined && later[0] >= start && later[0] < end ? [[before, later] as const] : []
  })
  const increase = pairs.reduce((sum, [[, a], [, b]]) => sum + (a - b >= Math.abs(a) * 0.01 && a > b ? b : b - a), 0)
  const seconds = pairs.reduce((sum, [a, b]) => sum + (b[0] - a[0]), 0) / 1_000
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
  }
}

const LEVELS: ReadonlyArray<Aggregation> = ["avg", "min", "max", "first", "last", "twa"]

const filled = (
  starts: ReadonlyArray<number>,
  cells: ReadonlyArray<number | null>,
  { fill, maxGap }: AskedBuckets,
  aggregation: Aggregation,
  held: Sample | undefined
) => {
  const known = [...cells.keys()].filter((i) => cells[i] !== null)
  const at = (k: number) => starts[k] ?? NaN
  return cells.map((cell, i) => {
    if (cell !== null || fill === "none" || fill === "null") return cell
    if (fill === "0") return 0
    const before = known.findLast((k) => k < i)
    const after = known.find((k) => k > i)
    if (before === undefined) {
      if (fill !== "previous" || !LEVELS.includes(aggregation) || held === undefined) return null
      return at(i) - held[0] <= maxGap ? held[1] : null
    }
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

/** The last sample before a window, if it is not too old to hold. */
const heldBefore = (samples: ReadonlyArray<Sample>, { start }: Window): Sample | undefined => {
  const held = samples[countBefore(samples, start) - 1]
  return held !== undefined && held[0] >= start - 31 * 24 * HOUR ? held : undefined
}

const bucketsOf = (samples: ReadonlyArray<Sample>, window: Window, asked: AskedBuckets, calendar: Calendar): Rows => {
  const edges = bucketStarts(window, asked, calendar)
  const starts = edges.slice(0, -1)
  const held = heldBefore(samples, window)
  const seen = [...held === undefined ? [] : [held], ...within(samples, window)]
  const plain = asked.agg.map((aggregation) =>
    starts.map((edge, i) => {
      const start = Math.max(edge, window.start)
      const end = Math.min(edges[i + 1] ?? 0, window.end)
      return aggregateOf(around(seen, start, end), start, end, aggregation)
    }))
  const columns = plain.map((cells, k) => {
    const aggregation = asked.agg[k] ?? "avg"
    return aggregation === "count" ? cells.map((cell) => cell ?? 0) : filled(starts, cells, asked, aggregation, held)
  })
  return starts.map((start, i) => [start, columns.map((column) => column[i] ?? null)] as const)
    .filter((_, i) => asked.fill !== "none" || plain.some((cells) => cells[i] !== null))
}

/** The first, smallest, largest and last sample of each column of a chart; what holds at its left edge comes first. */
const chartOf = (all: ReadonlyArray<Sample>, window: Window, pixels: number): Rows => {
  let start = window.start
  let width = (window.end - window.start) / pixels
  if (width >= HOUR) {
    start = Math.floor(start / HOUR) * HOUR
    width = Math.ceil(width / HOUR) * HOUR
  }
  const held = heldBefore(all, window)
  const samples = within(all, window)
  const isOpen = held !== undefined && (samples[0]?.[0] ?? Infinity) >= start + width
  const left: Rows = isOpen ? [[window.start, [held[1]]]] : []
  const columns = Map.groupBy(samples, ([at]) => Math.floor((at - start) / width))
  return left.concat([...columns.values()].flatMap((column) => {
    const least = column.reduce((a, b) => b[1] < a[1] ? b : a)
    const most = column.reduce((a, b) => b[1] > a[1] ? b : a)
    return [...new Set([column[0], least, most, column.at(-1)])].filter((sample) => sample !== undefined)
      .sort((a, b) => a[0] - b[0])
  }).map(([at, value]) => [at, [value]] as const))
}

/** The samples of a window, of all samples of a point. */
export const within = (samples: ReadonlyArray<Sample>, { end, start }: Window): ReadonlyArray<Sample> =>
  samples.slice(countBefore(samples, start), countBefore(samples, end))

/** @param samples all of one point, ascending */
export const expectedRows = (
  samples: ReadonlyArray<Sample>,
  window: Window,
  resolution: AskedResolution,
  calendar: Calendar
): Rows => {
  if (resolution.kind === "raw") return within(samples, window).map(([at, value]) => [at, [value]])
  return resolution.kind === "pixels"
    ? chartOf(samples, window, resolution.width)
    : bucketsOf(samples, window, resolution, calendar)
}
