/**
 * The value of a point in a minute: a function of seed, point and time, computed in constant time.
 */
import { drift, hash, uniform, wave } from "./random.ts"
import type { SimulatedPoint } from "./catalogue.ts"

const DAY_MINUTES = 1_440
/** When meters and counters were at zero: 2015-01-01, in minutes since the epoch. */
const METER_EPOCH = 23_667_840

/** A daily cycle, a slow drift and a faster one, within [low, high]. */
const analog = (point: SimulatedPoint, minute: number): number => {
  const { high, low } = point.template
  const phase = (point.seed & 255) / 1_024
  const level = 0.5 + 0.22 * wave(minute / DAY_MINUTES + phase) + 0.4 * (drift(point.seed, minute, 360) - 0.5) +
    0.12 * (drift(point.seed ^ 1, minute, 20) - 0.5)
  return low + (high - low) * Math.min(1, Math.max(0, level))
}

/** A control loop: it oscillates within minutes and often stays at 0 or 100. */
const percent = (point: SimulatedPoint, minute: number): number => {
  const level = 0.5 + 0.5 * wave(minute / DAY_MINUTES + (point.seed & 255) / 512) +
    0.9 * (drift(point.seed, minute, 240) - 0.5) + 0.1 * (drift(point.seed ^ 1, minute, 4) - 0.5)
  return 100 * Math.min(1, Math.max(0, level))
}

/** Holds for hours, and changes a few times a day. */
const setpoint = (point: SimulatedPoint, minute: number): number => {
  const { high, low } = point.template
  const hold = 240 + point.seed % 400
  const level = hash(point.seed, Math.floor((minute + (point.seed & 1_023)) / hold), 11) % 5
  return Math.round((low + (high - low) * level / 4) * 2) / 2
}

/** Long times in one state: each stretch of some hours begins in the last state and switches at most once. */
const binary = (point: SimulatedPoint, minute: number): number => {
  const stretch = 60 + point.seed % 400
  const index = Math.floor(minute / stretch)
  const switchAt = uniform(point.seed, index, 12) * stretch
  return hash(point.seed, minute - index * stretch < switchAt ? index : index + 1, 13) & 1
}

/** Grows by `low` to `high` a day, faster by day than by night, and never decreases. */
const total = (point: SimulatedPoint, minute: number): number => {
  const { high, low } = point.template
  const perDay = low + (high - low) * uniform(point.seed, 0, 14)
  const since = (minute - METER_EPOCH + uniform(point.seed, minute, 15)) / DAY_MINUTES
  const day = Math.floor(since)
  const part = since - day
  return perDay * (day + 0.4 * part + 0.6 * part * part * (3 - 2 * part))
}

/** A double whose last bits are noise. */
const noisy = (point: SimulatedPoint, minute: number): number => {
  const { high, low } = point.template
  const noise = uniform(point.seed, minute, 16) + uniform(point.seed, minute, 17) / 4_294_967_296
  return analog(point, minute) + (high - low) * 0.003 * noise
}

/** The value of a point in a minute since the epoch. `+ 0` turns -0 into 0, because the text would lose its sign. */
export const valueAt = (point: SimulatedPoint, minute: number): number => {
  switch (point.template.kind) {
    case "tenths":
      return Math.round(analog(point, minute) * 10) / 10 + 0
    case "hundredths":
      return Math.round(analog(point, minute) * 100) / 100 + 0
    case "percent":
      return Math.round(percent(point, minute) * 10) / 10
    case "setpoint":
      return setpoint(point, minute)
    case "binary":
    case "flag":
      return binary(point, minute)
    case "meter":
      return Math.round(total(point, minute) * 10) / 10
    case "counter":
      return Math.floor(total(point, minute))
    case "float32Short":
      return Math.fround(Math.round(analog(point, minute) * 100) / 100 + 0)
    case "float32":
      return Math.fround(noisy(point, minute))
    case "double":
      return noisy(point, minute)
  }
}

/** The value as ACE writes it: `"71.0"`, `"-24.8571"`, `"1.6100000143051147"`; flags as `"true"` and `"false"`. */
export const valueText = (point: SimulatedPoint, value: number): string =>
  point.template.kind === "flag"
    ? value === 1 ? "true" : "false"
    : Number.isInteger(value) ? `${value}.0` : String(value)
