/** Seeded site-days for the tests of the format: every kind of timeline, value and name that there is. */
import { dayStart } from "../../../src/domain/time/calendar.ts"
import { comparePoints } from "../../../src/domain/samples/names.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import type { Random } from "../../random.ts"
import { anyDouble, seriesAt } from "../../samples.ts"

export const day = 20_780

const at = (ms: number) => dayStart(day) + ms

/** `count` instants, evenly over the day. */
export const even = (count: number, phase = 0): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => at(Math.floor(i * 86_400_000 / count) + phase))

/** A scrape a minute with jitter: what the points of a device share. */
export const jittered = ({ below, happens }: Random, missing = 0): ReadonlyArray<number> =>
  Array.from({ length: 1_440 }, (_, i) => at(i * 60_000 + below(500))).filter(() => !happens(missing))

const EXTREMES = [-0, 0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2.2250738585072014e-308]

const signals: ReadonlyArray<(random: Random) => (i: number) => number> = [
  (random) => () => random.happens(0.02) ? 1 : 0,
  () => () => 21.5,
  (random) => (i) => Math.round((20 + Math.sin(i / 99) * 5 + random.next()) * 10) / 10,
  (random) => () => Math.fround(random.next() * 100),
  () => (i) => i * 0.25,
  (random) => () => anyDouble(random),
  () => (i) => EXTREMES[i % EXTREMES.length] as number
]

const ALPHABET = ["a", "b", "/", " ", "ä", "ﬀ", "～", "😀", "Z", "0", ":", "'", "\"", ","]

const nameOf = (random: Random): string => {
  const length = random.happens(0.05) ? 512 : random.integer(1, 12)
  const text = Array.from({ length }, () => random.pick(ALPHABET)).join("")
  return random.happens(0.5) ? `site/ahu-${text.trim()}/x` : `${text}.`
}

/** A site-day of up to `points` points, in order, each of a kind of its own. */
export const randomSite = (random: Random, points: number): ReadonlyArray<Series> => {
  const names = new Set(Array.from({ length: random.integer(0, points) }, () => nameOf(random)))
  let scrape = jittered(random)
  const timelines = [
    () => scrape.filter(() => !random.happens(0.02)),
    () => even(random.integer(1, 300), random.below(1_000)),
    () => [at(random.below(86_400_000))],
    () => jittered(random, random.next())
  ]
  return [...names].sort(comparePoints).map((name) => {
    if (random.happens(0.1)) scrape = jittered(random)
    return seriesAt(name, random.pick(timelines)(), random.pick(signals)(random))
  }).filter((one) => one.timestamps.length > 0)
}
