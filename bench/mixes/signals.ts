/**
 * The values that the points of a building send. Every signal is a pure function of key and day, so that any day can be
 * made without the others, and still continues over midnight: a walk has a fixed anchor at every midnight, and a meter
 * grows by the same amount every day.
 */
import { hash, Random } from "./random.ts"

/** Minutes of a day: one value each. */
export const SLOTS_PER_DAY = 1_440

/** Fills `out` with one day of the signal of `key`, a value for every minute. */
export type Signal = (key: number, day: number, out: Float64Array) => void

const anchor = (key: number, day: number): number => hash(key, day, 0xa7) / 4_294_967_296

/** A random walk with steps of deviation `sigma`, whose values at midnight are within `spread` of 0. */
const walk = (key: number, day: number, sigma: number, spread: number, out: Float64Array): void => {
  const random = new Random(key, day, 0x3a)
  const start = (anchor(key, day) - 0.5) * spread
  const end = (anchor(key, day + 1) - 0.5) * spread
  let at = 0
  for (let i = 0; i < SLOTS_PER_DAY; i++) {
    out[i] = at
    at += random.normal() * sigma
  }
  for (let i = 0; i < SLOTS_PER_DAY; i++) {
    out[i] = start + (out[i] as number) + ((end - start - at) * i) / SLOTS_PER_DAY
  }
}

const quantise = (out: Float64Array, perUnit: number): void => {
  for (let i = 0; i < out.length; i++) out[i] = Math.round((out[i] as number) * perUnit) / perUnit + 0
}

const dailyCycle = (key: number, out: Float64Array): void => {
  const middle = 10 + (hash(key, 1) % 600) / 10
  const swing = 0.5 + (hash(key, 2) % 80) / 10
  const phase = hash(key, 3) % SLOTS_PER_DAY
  for (let i = 0; i < out.length; i++) {
    out[i] = (out[i] as number) + middle + swing * Math.sin((2 * Math.PI * (i + phase)) / SLOTS_PER_DAY)
  }
}

/** A slow walk on a daily cycle, before quantisation. */
const temperature = (key: number, day: number, sigma: number, out: Float64Array): void => {
  walk(key, day, sigma, 4, out)
  dailyCycle(key, out)
}

/** Temperatures, pressures, flows: two out of three in steps of 0.1, the others of 0.01. */
export const analog: Signal = (key, day, out) => {
  const fine = hash(key, 4) % 3 === 0
  temperature(key, day, fine ? 0.01 + (hash(key, 5) % 40) / 1_000 : 0.05 + (hash(key, 5) % 200) / 1_000, out)
  quantise(out, fine ? 100 : 10)
}

/** A value that holds until a person or a schedule changes it, a few times a day. */
export const setPoint: Signal = (key, day, out) => {
  const random = new Random(key, day, 0x51)
  const at = (when: number) => 18 + Math.floor(anchor(key, when) * 16) / 2
  const steps = hash(key, 6) % 2 === 0 ? 0 : random.integer(1, 4)
  const times = Array.from({ length: steps }, () => random.integer(0, SLOTS_PER_DAY - 1)).sort((a, b) => a - b)
  let value = steps === 0 ? at(0) : at(day)
  let next = 0
  for (let i = 0; i < SLOTS_PER_DAY; i++) {
    while (next < times.length && i >= (times[next] as number)) {
      next++
      value = next === times.length ? at(day + 1) : 18 + random.integer(0, 15) / 2
    }
    out[i] = value
  }
}

/** On and off, for some time each. */
export const binary: Signal = (key, day, out) => {
  const random = new Random(key, day, 0xb1)
  const mean = 20 + (hash(key, 7) % 280)
  let on = hash(key, day) & 1
  for (let i = 0; i < SLOTS_PER_DAY;) {
    const end = Math.min(SLOTS_PER_DAY, i + 1 + Math.floor(-Math.log(1 - random.next()) * mean))
    while (i < end) out[i++] = on
    on = 1 - on
  }
}

const metered = (key: number, day: number, out: Float64Array): void => {
  const random = new Random(key, day, 0x4e)
  const load = 0.5 + 8 * anchor(key, 0)
  let sum = 0
  for (let i = 0; i < SLOTS_PER_DAY; i++) {
    out[i] = sum
    sum += load * (1 + 0.6 * Math.sin((2 * Math.PI * i) / SLOTS_PER_DAY)) * (0.7 + 0.6 * random.next())
  }
  const perDay = load * SLOTS_PER_DAY
  const base = hash(key, 8) % 1_000_000 + perDay * day
  for (let i = 0; i < SLOTS_PER_DAY; i++) out[i] = base + ((out[i] as number) * perDay) / sum
}

/** A total that only grows; half of the meters count in tenths. */
export const meter: Signal = (key, day, out) => {
  metered(key, day, out)
  const perUnit = hash(key, 9) % 2 === 0 ? 1 : 10
  for (let i = 0; i < SLOTS_PER_DAY; i++) out[i] = Math.floor((out[i] as number) * perUnit) / perUnit
}

/** Pulses: whole numbers, a few a minute. */
export const counter: Signal = (key, day, out) => {
  metered(key, day, out)
  for (let i = 0; i < SLOTS_PER_DAY; i++) out[i] = Math.floor(out[i] as number)
}

/** A valve or damper in a control loop: 0 to 100 in steps of 0.1, oscillating, sometimes fully closed or open. */
export const percent: Signal = (key, day, out) => {
  const random = new Random(key, day, 0x9c)
  walk(key, day, 1, 60, out)
  const period = random.integer(6, 30)
  const hunting = 1 + 6 * random.next()
  for (let i = 0; i < SLOTS_PER_DAY; i++) {
    const value = 50 + (out[i] as number) + hunting * Math.sin((2 * Math.PI * i) / period) + random.normal()
    out[i] = Math.min(100, Math.max(0, value))
  }
  quantise(out, 10)
}

/** Calculated values: every bit of the mantissa matters. */
export const fullDouble: Signal = (key, day, out) => {
  temperature(key, day, 0.05, out)
}

/** Single-precision numbers, as most devices send them, here with sensor noise that fills the mantissa. */
export const fullFloat: Signal = (key, day, out) => {
  temperature(key, day, 0.02 + (hash(key, 10) % 100) / 200, out)
  for (let i = 0; i < SLOTS_PER_DAY; i++) out[i] = Math.fround(out[i] as number)
}

/** Short decimals rounded to single precision: `1.61` becomes `1.6100000143051147`. */
export const floatDecimal: Signal = (key, day, out) => {
  analog(key, day, out)
  for (let i = 0; i < SLOTS_PER_DAY; i++) out[i] = Math.fround(out[i] as number)
}
