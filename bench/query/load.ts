/** Many clients at once; each sends its next query as soon as it has an answer. */
import { DAY_MS, dayStart, HOUR_MS, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import type { Window } from "../../src/domain/time/window.ts"
import type { Random } from "../mixes/random.ts"
import { BOUNDARY, FIRST_DAY, HOT_DAYS } from "./data.ts"
import { percentile, pickPoints, PIXELS } from "./measure.ts"
import type { Runtime } from "./runtime.ts"

const CLIENTS = 100
const SECONDS = 60

const within = (random: Random, start: number, end: number, length: number): Window => {
  const from = random.integer(start / MINUTE_MS, (end - length) / MINUTE_MS) * MINUTE_MS
  return { start: from, end: from + length }
}

const boundary = dayStart(BOUNDARY)

/** Windows of D1 only, of R2 only, and of both; they begin at any minute. */
const WINDOWS: ReadonlyArray<(random: Random) => Window> = [
  (random) => within(random, boundary, dayStart(BOUNDARY + HOT_DAYS), DAY_MS),
  (random) => within(random, dayStart(FIRST_DAY), boundary, 7 * DAY_MS),
  (random) => within(random, boundary - 25 * DAY_MS, boundary + 15 * DAY_MS - HOUR_MS, 30 * DAY_MS)
]

export interface Load {
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly errors: number
  readonly answers: number
  readonly perSecond: number
  readonly cpuShare: number
}

export const measureLoad = async ({ ask, cpu }: Runtime, random: Random): Promise<Load> => {
  const times: Array<number> = []
  let errors = 0
  let next = 0
  const before = cpu()
  const began = performance.now()
  const end = began + SECONDS * 1_000
  const client = async () => {
    while (performance.now() < end) {
      const windowOf = WINDOWS[next++ % WINDOWS.length] as (random: Random) => Window
      const answer = await ask({ points: pickPoints(random, 1), window: windowOf(random), form: PIXELS }, false)
        .catch(() => undefined)
      if (answer?.status === 200) times.push(answer.ms)
      else errors++
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  const seconds = (performance.now() - began) / 1_000
  return {
    p50Ms: percentile(times, 50),
    p95Ms: percentile(times, 95),
    p99Ms: percentile(times, 99),
    errors,
    answers: times.length,
    perSecond: times.length / seconds,
    cpuShare: (cpu() - before) / seconds
  }
}
