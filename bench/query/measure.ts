/** How long queries take one after the other, and what they read. */
import { DAY_MS, HOUR_MS } from "../../src/domain/time/calendar.ts"
import type { Window } from "../../src/domain/time/window.ts"
import type { Random } from "../mixes/random.ts"
import { NAMES, NOW } from "./data.ts"
import { metadataOf, type Runtime } from "./runtime.ts"

/** How many queries of a range are counted, after one that warms up. */
const TIMES = 15
/** Pairs of a pixel query and a raw one. */
const PAIRS = 7

export const PIXELS = { width: "1200", layout: "columns" }
const RAW = { layout: "columns" }

export const RANGES = { "1h": HOUR_MS, "1d": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS, "1y": 365 * DAY_MS } as const

/** The last `ms` before now. */
export const lastOf = (ms: number): Window => ({ start: NOW - ms, end: NOW })

export const pickPoints = (random: Random, count: number): ReadonlyArray<string> => {
  const names = new Set<string>()
  while (names.size < count) names.add(NAMES[random.integer(0, NAMES.length - 1)] as string)
  return [...names]
}

export const percentile = (values: ReadonlyArray<number>, percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * percent / 100))] ?? NaN

const median = (values: ReadonlyArray<number>): number => percentile(values, 50)

export interface Measured {
  readonly medianMs: number
  readonly p95Ms: number
  /** The maximum of the queries. */
  readonly gets: number
  readonly readKilobytes: number
  readonly answerKilobytes: number
  readonly rowsRead: number
  readonly samples: number
}

interface Queries {
  readonly window: Window
  /** How many points one query asks for. */
  readonly count: number
  readonly form: Readonly<Record<string, string>>
  readonly times: number
}

/** The first query is not counted: it warms up. */
const measure = async (
  { ask }: Runtime,
  random: Random,
  { count, form, times, window }: Queries
): Promise<Measured> => {
  const all: Array<{ readonly ms: number; readonly bytes: number; readonly said: ReturnType<typeof metadataOf> }> = []
  for (let i = 0; i <= times; i++) {
    const answer = await ask({ points: pickPoints(random, count), window, form })
    if (i > 0) all.push({ ms: answer.ms, bytes: answer.bytes, said: metadataOf(answer) })
  }
  const most = (of: (one: typeof all[number]) => number) => Math.max(...all.map(of))
  return {
    medianMs: median(all.map(({ ms }) => ms)),
    p95Ms: percentile(all.map(({ ms }) => ms), 95),
    gets: most(({ said }) => said.r2_gets),
    readKilobytes: most(({ said }) => said.r2_bytes) / 1_000,
    answerKilobytes: most(({ bytes }) => bytes) / 1_000,
    rowsRead: most(({ said }) => said.d1_rows_read),
    samples: most(({ said }) => said.d1_samples + said.r2_samples)
  }
}

export const measurePixels = (runtime: Runtime, random: Random, ms: number, count: number): Promise<Measured> =>
  measure(runtime, random, { window: lastOf(ms), count, form: PIXELS, times: TIMES })

/**
 * Raw queries and pixel queries of the same range, alternating, so that other load of the machine slows both; `ratio`
 * is the median of the pairs.
 */
export const measureRaw = async (
  runtime: Runtime,
  random: Random,
  ms: number,
  count: number
): Promise<Measured & { readonly ratio: number }> => {
  const raws: Array<Measured> = []
  const ratios: Array<number> = []
  for (let i = 0; i < PAIRS; i++) {
    const pixels = await measure(runtime, random, { window: lastOf(ms), count, form: PIXELS, times: 1 })
    const raw = await measure(runtime, random, { window: lastOf(ms), count, form: RAW, times: 1 })
    raws.push(raw)
    ratios.push(pixels.medianMs / raw.medianMs)
  }
  const [first] = raws
  if (first === undefined) throw new Error("nothing was measured")
  const times = raws.map(({ medianMs }) => medianMs)
  return { ...first, medianMs: median(times), p95Ms: percentile(times, 95), ratio: median(ratios) }
}
