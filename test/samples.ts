/**
 * Samples for tests: series in one line, and comparison to the bit that says where two series differ.
 */
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../src/domain/samples/checksum.ts"
import type { Columns, Series } from "../src/domain/samples/series.ts"
import { MINUTE_MS } from "../src/domain/time/calendar.ts"
import { formatInstant, MAX_INSTANT, MIN_INSTANT } from "../src/domain/time/instant.ts"
import type { Window } from "../src/domain/time/window.ts"
import type { Random } from "./random.ts"

export const everything: Window = { start: MIN_INSTANT, end: MAX_INSTANT + 1 }

export type Sample = readonly [at: number, value: number]

export const columnsOf = (samples: ReadonlyArray<Sample>): Columns => ({
  timestamps: Float64Array.from(samples, ([at]) => at),
  values: Float64Array.from(samples, ([, value]) => value)
})

export const samplesOf = ({ timestamps, values }: Columns): ReadonlyArray<Sample> =>
  Array.from(timestamps, (at, i) => [at, values[i] as number])

export const series = (point: string, samples: ReadonlyArray<Sample>): Series => ({ point, ...columnsOf(samples) })

export const seriesAt = (point: string, timestamps: Iterable<number>, value: (i: number) => number): Series => {
  const times = Float64Array.from(timestamps)
  return { point, timestamps: times, values: times.map((_, i) => value(i)) }
}

export interface Regular {
  readonly start: number
  readonly count: number
  /** A minute where nothing else is said, ms. */
  readonly step?: number
  /** The value of sample `i`; `i` itself where nothing else is said. */
  readonly value?: (i: number) => number
}

export const regular = (point: string, { count, start, step = MINUTE_MS, value = (i) => i }: Regular): Series =>
  seriesAt(point, Array.from({ length: count }, (_, i) => start + i * step), value)

/** The checksum of all these samples, as objects and catalog rows hold it. */
export const checksumOf = (all: ReadonlyArray<Series>): string =>
  formatChecksum(all.map(checksumSeries).reduce(addChecksums, emptyChecksum))

const bits = new DataView(new ArrayBuffer(8))

/** Any finite double, each bit pattern as likely as any other. */
export const anyDouble = (random: Random): number => {
  bits.setUint32(0, random.integer(0, 0xffffffff))
  bits.setUint32(4, random.integer(0, 0xffffffff))
  const value = bits.getFloat64(0)
  return Number.isFinite(value) ? value : anyDouble(random)
}

/** The first place where two arrays differ, -0 told from 0; -1 where they are the same. */
const firstDifference = (a: Float64Array, b: Float64Array): number => {
  const length = Math.max(a.length, b.length)
  for (let i = 0; i < length; i++) if (!Object.is(a[i], b[i])) return i
  return -1
}

export const sameBits = (a: Float64Array, b: Float64Array): boolean => firstDifference(a, b) < 0

export const sameColumns = (a: Columns, b: Columns): boolean =>
  sameBits(a.timestamps, b.timestamps) && sameBits(a.values, b.values)

const show = (value: number | undefined): string =>
  value === undefined ? "none" : Object.is(value, -0) ? "-0" : String(value)

const showInstant = (at: number | undefined): string =>
  at === undefined || Math.abs(at) < 1e10 ? show(at) : `${at} (${formatInstant(at)})`

/** Fails with the first number that differs. */
export const assertSameBits = (actual: Float64Array, expected: Float64Array, label: string, text = show): void => {
  const i = firstDifference(actual, expected)
  if (i < 0) return
  const lengths = `${actual.length} numbers, expected ${expected.length}`
  throw new Error(`${label}: number ${i} is ${text(actual[i])}, expected ${text(expected[i])} (${lengths})`)
}

/** Fails with the first sample that differs. */
export const assertSameColumns = (actual: Columns, expected: Columns, label = "columns"): void => {
  assertSameBits(actual.timestamps, expected.timestamps, `timestamps of ${label}`, showInstant)
  assertSameBits(actual.values, expected.values, `values of ${label}`)
}

/** Fails with the first point or sample that differs. */
export const assertSameSeries = (actual: ReadonlyArray<Series>, expected: ReadonlyArray<Series>, label = ""): void => {
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
    const [found, wanted] = [actual[i], expected[i]]
    if (found === undefined || wanted === undefined || found.point !== wanted.point) {
      throw new Error(`${label} series ${i} is of ${found?.point ?? "no point"}, expected ${wanted?.point ?? "none"}`)
    }
    assertSameColumns(found, wanted, `${wanted.point} ${label}`)
  }
}
