/** Seeded site-days for the tests of the format: every kind of timeline, value and name that there is. */
import { dayStart } from "../../../src/domain/time/calendar.ts"
import { comparePoints } from "../../../src/domain/samples/names.ts"
import type { Series } from "../../../src/domain/samples/series.ts"

export const day = 20_780

/** mulberry32 */
export const makeRandom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

const at = (ms: number) => dayStart(day) + ms

export const series = (point: string, timestamps: Iterable<number>, value: (i: number) => number): Series => {
  const times = Float64Array.from(timestamps)
  return { point, timestamps: times, values: times.map((_, i) => value(i)) }
}

/** `count` instants, evenly over the day. */
export const even = (count: number, phase = 0): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => at(Math.floor(i * 86_400_000 / count) + phase))

/** A scrape a minute with jitter: what the points of a device share. */
export const jittered = (random: () => number, missing = 0): ReadonlyArray<number> =>
  Array.from({ length: 1_440 }, (_, i) => at(i * 60_000 + Math.floor(random() * 500))).filter(() => random() >= missing)

const noise = new DataView(new ArrayBuffer(8))

const signals: ReadonlyArray<(random: () => number) => (i: number) => number> = [
  (random) => () => random() < 0.02 ? 1 : 0,
  () => () => 21.5,
  (random) => (i) => Math.round((20 + Math.sin(i / 99) * 5 + random()) * 10) / 10,
  (random) => () => Math.fround(random() * 100),
  () => (i) => i * 0.25,
  (random) => () => {
    // Any bits that are a finite double: subnormals, -0 and the largest among them.
    for (;;) {
      noise.setUint32(0, random() * 2 ** 32)
      noise.setUint32(4, random() * 2 ** 32)
      const value = noise.getFloat64(0)
      if (Number.isFinite(value)) return value
    }
  },
  () => (i) => [-0, 0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2.2250738585072014e-308][i % 7] as number
]

const alphabet = ["a", "b", "/", " ", "ä", "ﬀ", "～", "😀", "Z", "0", ":", "'", "\"", ","]

const nameOf = (random: () => number): string => {
  const length = random() < 0.05 ? 1_024 / 2 : 1 + Math.floor(random() * 12)
  const text = Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("")
  return random() < 0.5 ? `site/ahu-${text.trim()}/x` : `${text}.`
}

/** A site-day of up to `points` points, in order, each of a kind of its own. */
export const randomSite = (seed: number, points: number): ReadonlyArray<Series> => {
  const random = makeRandom(seed)
  const names = [...new Set(Array.from({ length: Math.floor(random() * (points + 1)) }, () => nameOf(random)))].sort(comparePoints)
  let scrape = jittered(random)
  return names.map((name) => {
    if (random() < 0.1) scrape = jittered(random)
    const kind = random()
    const timestamps = kind < 0.4
      ? scrape.filter(() => random() > 0.02)
      : kind < 0.7
      ? even(1 + Math.floor(random() * 300), Math.floor(random() * 1_000))
      : kind < 0.8
      ? [at(Math.floor(random() * 86_400_000))]
      : jittered(random, random())
    const signal = signals[Math.floor(random() * signals.length)] as (typeof signals)[number]
    return series(name, timestamps, signal(random))
  }).filter((one) => one.timestamps.length > 0)
}
