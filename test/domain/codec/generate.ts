/** Seeded columns of every awkward kind. */
import { type Random, randomOf } from "../../random.ts"
import type { Columns } from "../../../src/domain/samples/series.ts"
import { anyDouble } from "../../samples.ts"

type ValueShape = (random: Random, i: number, before: number) => number

const EXTREMES = [
  0, -0, 1, -1, 5e-324, -5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, Number.MAX_VALUE, -Number.MAX_VALUE,
  Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 2 ** 53, 2 ** 50, -(2 ** 50), 2 ** 51 + 1, 2 ** 31, 2 ** 32,
  1e15, 1e16, 1e22,
  0.1 + 0.2, 1 / 3, 1.1, Math.fround(1.1), Math.fround(1e-45), Math.fround(3.4e38), 1e-7, 123456789.12345679
]

/** About normal, mean 0 and deviation 1: a sum of four uniform numbers. */
const normal = ({ next }: Random): number => (next() + next() + next() + next() - 2) * Math.sqrt(3)

const VALUES: Readonly<Record<string, ValueShape>> = {
  constant: (_, __, before) => before,
  "constant -0": () => -0,
  "zeros of both signs": (random) => random.happens(0.5) ? 0 : -0,
  "long repeats of 0 and 1": (random, _, before) => {
    const bit = Math.abs(Math.sign(before))
    return random.happens(0.02) ? 1 - bit : bit
  },
  extremes: (random) => random.pick(EXTREMES),
  "any double": (random) => anyDouble(random),
  "any single": (random) => Math.fround(normal(random) * 10 ** random.integer(-40, 37)),
  "single walk": (random, _, before) => Math.fround(before + normal(random)),
  "double walk": (random, _, before) => before + normal(random),
  tenths: (random, _, before) => Math.round((before + normal(random)) * 10) / 10,
  "hundredths through single": (random) => Math.fround(Math.round(normal(random) * 5_000) / 100),
  "7-digit decimals through single": (random) => Math.fround(random.integer(0, 9_999_999) / 1_000),
  "15 digits": (random) => random.integer(0, 2 ** 49) / 1e9,
  "halves as multiples of 5 tenths": (random, _, before) => Math.round(before * 2 + random.integer(-1, 1)) / 2,
  "tenths in another unit, through single": (random, _, before) =>
    Math.fround((Math.round(((before - 32) / 1.8 + normal(random) / 4) * 10) / 10) * 1.8 + 32),
  "few distinct full doubles": (random) => Math.sqrt(random.integer(2, 9)),
  "decimals with odd ones": (random) => random.happens(0.01) ? anyDouble(random) : random.integer(0, 999) / 10,
  "decimals with -0": (random) => random.happens(0.05) ? -0 : random.integer(-2, 2) / 10,
  "meter that is reset": (_, i, before) => i === 700 ? 0 : Math.abs(Math.round(before)) + 123_456,
  "huge meter": (random, i, before) => i === 0 ? 2 ** 50 - 3e6 : before + random.integer(0, 1_000),
  ramp: (_, i) => 17 + i * 3,
  "rare spikes": (random) => random.happens(0.01) ? 1e6 : 20,
  "sign changes": (random) => Math.fround(normal(random) * 1e-3)
}

type TimeShape = (random: Random, count: number) => Float64Array

const steadily = (start: number, step: (i: number) => number): TimeShape => (_, count) => {
  const out = new Float64Array(count)
  for (let i = 0, at = start; i < count; at += step(i), i++) out[i] = at
  return out
}

const DAY = Date.UTC(2026, 10, 23)

const TIMES: Readonly<Record<string, TimeShape>> = {
  regular: steadily(DAY, () => 60_000),
  "every millisecond": steadily(DAY, () => 1),
  "before the epoch": steadily(-1_234_567, () => 1_001),
  "huge and uneven": steadily(-(2 ** 52), (i) => 2 ** 32 + i),
  "beyond exact differences": (_, count) => {
    const out = steadily(-Number.MAX_SAFE_INTEGER, () => 3)(randomOf(1), count)
    if (count > 1) out[count - 1] = Number.MAX_SAFE_INTEGER
    return out
  },
  "with gaps": (random, count) => {
    let at = DAY + 17
    const steps = () => random.happens(0.03) ? random.integer(2, 200) : 1
    return Float64Array.from({ length: count }, () => at += 60_000 * steps())
  },
  jittered: (random, count) =>
    Float64Array.from({ length: count }, (_, i) => DAY + i * 60_000 + random.integer(0, 500)),
  "jittered around the step": (random, count) =>
    Float64Array.from({ length: count }, (_, i) => DAY + i * 1_000 + random.integer(-490, 490)),
  drifting: steadily(DAY, () => 60_003),
  "two steps": (random, count) => {
    let at = DAY
    return Float64Array.from({ length: count }, () => at += random.happens(0.5) ? 60_000 : 300_000)
  },
  events: (random, count) => {
    let at = DAY
    return Float64Array.from({ length: count }, () => at += 1 + Math.floor(-Math.log(1 - random.next()) * 50_000))
  },
  bursts: (random, count) => {
    let at = DAY
    return Float64Array.from({ length: count }, (_, i) => at += i % 10 === 0 ? random.integer(1, 600_000) : 1)
  }
}

export const VALUE_SHAPES = Object.keys(VALUES)
export const TIME_SHAPES = Object.keys(TIMES)

export const makeTimestamps = (shape: string, random: Random, count: number): Float64Array =>
  (TIMES[shape] as TimeShape)(random, count)

export const makeValues = (shape: string, random: Random, count: number): Float64Array => {
  const next = VALUES[shape] as ValueShape
  const out = new Float64Array(count)
  let before = random.integer(-500, 500) / 10
  for (let i = 0; i < count; i++) {
    before = next(random, i, before)
    if (!Number.isFinite(before)) before = 0
    out[i] = before
  }
  return out
}

/** Columns of random shapes. */
export const anyColumns = (random: Random, count: number): Columns => ({
  timestamps: makeTimestamps(random.pick(TIME_SHAPES), random, count),
  values: makeValues(random.pick(VALUE_SHAPES), random, count)
})

/** A list without some of its entries and with some of its own. */
export const disturb = (random: Random, timeline: Float64Array, missing: number, extra: number): Float64Array => {
  const kept = Array.from(timeline).filter(() => random.next() >= missing)
  const own = Array.from(timeline).filter(() => random.next() < extra).map((at) => at + random.integer(1, 700))
  return Float64Array.from(new Set([...kept, ...own])).sort()
}
