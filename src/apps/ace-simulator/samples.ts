/**
 * Which samples exist, when they become visible, and what a client must read from them: the truth of tests.
 */
import { MINUTE_MS } from "../../domain/time/calendar.ts"
import type { Columns } from "../../domain/samples/series.ts"
import type { Window } from "../../domain/time/window.ts"
import { type PlacedPoint, type SimulatedDevice, type SimulatedPoint, scrapeInstant } from "./catalogue.ts"
import type { Faults } from "./faults.ts"
import { uniform } from "./random.ts"
import { valueAt, valueText } from "./values.ts"

/** How complete the data is. */
export interface Gaps {
  /** Share of the samples that are missing singly. */
  readonly missing: number
  /** Share of a device's half days that have an outage of 10 to 120 minutes. */
  readonly outages: number
}

const HALF_DAY_MINUTES = 720

const isOut = (device: SimulatedDevice, minute: number, outages: number): boolean => {
  const half = Math.floor(minute / HALF_DAY_MINUTES)
  if (uniform(device.seed, half, 20) >= outages) return false
  const length = 10 + 110 * uniform(device.seed, half, 21)
  const from = uniform(device.seed, half, 22) * (HALF_DAY_MINUTES - length)
  const at = minute - half * HALF_DAY_MINUTES
  return at >= from && at < from + length
}

/** The minute of a scrape, since the epoch. */
export const scrapeMinute = (device: SimulatedDevice, scrape: number): number =>
  scrape * device.intervalMinutes + device.phaseMinute

/** Whether the device answered the scrape at all. */
export const scrapeExists = (device: SimulatedDevice, scrape: number, gaps: Gaps): boolean =>
  gaps.outages === 0 || !isOut(device, scrapeMinute(device, scrape), gaps.outages)

/** The instant from which on the service shows a scrape. */
export const visibleAt = (device: SimulatedDevice, scrape: number, faults: Faults): number => {
  const late = faults.late !== undefined && uniform(device.seed, scrape, 23) < faults.late.rate
  return scrapeInstant(device, scrape) + (late ? faults.late.seconds * 1_000 : 0)
}

/** Whether the point is in a scrape that exists. */
export const sampleExists = (point: SimulatedPoint, scrape: number, gaps: Gaps): boolean =>
  gaps.missing === 0 || uniform(point.seed, scrape, 24) >= gaps.missing

const isBad = (point: SimulatedPoint, scrape: number, faults: Faults): boolean =>
  badText(point, scrape, faults) !== undefined

/** The JSON of a bad value: null, NaN or a text. Undefined if the value is good. */
const badText = (point: SimulatedPoint, scrape: number, faults: Faults): string | undefined => {
  const { nans = 0, nulls = 0, texts = 0 } = faults
  if (nans + nulls + texts === 0) return undefined
  const draw = uniform(point.seed, scrape, 25)
  if (draw < nulls) return "null"
  if (draw < nulls + nans) return "\"NaN\""
  return draw < nulls + nans + texts ? "\"overridden\"" : undefined
}

/** The `value` of a row, as JSON. */
export const valueJson = (point: SimulatedPoint, scrape: number, minute: number, faults: Faults): string =>
  badText(point, scrape, faults) ?? `"${valueText(point, valueAt(point, minute))}"`

/** Whether the service has the row twice. */
export const isDuplicated = (point: SimulatedPoint, scrape: number, faults: Faults): boolean =>
  faults.duplicates !== undefined && uniform(point.seed, scrape, 26) < faults.duplicates

/** The good samples of a point in a window that are visible at `now`, each once. */
export const truthOf = (
  { device, point }: PlacedPoint,
  window: Window,
  now: number,
  gaps: Gaps,
  faults: Faults
): Columns => {
  const step = device.intervalMinutes * MINUTE_MS
  const first = Math.floor(window.start / step) - 1
  const last = Math.ceil(Math.min(window.end, now + 1) / step)
  const timestamps: Array<number> = []
  const values: Array<number> = []
  for (let scrape = first; scrape <= last; scrape++) {
    const at = scrapeInstant(device, scrape)
    if (at < window.start || at >= window.end || visibleAt(device, scrape, faults) > now) continue
    if (!scrapeExists(device, scrape, gaps) || !sampleExists(point, scrape, gaps)) continue
    if (isBad(point, scrape, faults)) continue
    timestamps.push(at)
    values.push(valueAt(point, scrapeMinute(device, scrape)))
  }
  return { timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) }
}
