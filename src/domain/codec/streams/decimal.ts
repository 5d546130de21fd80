/**
 * Values that were written as short decimals, as whole numbers of the last digit: `72.99` is 7299 / 10^2.
 */
import { MAX_INTEGER } from "./integers.ts"
import { scratchDoubles } from "./scratch.ts"

/** 10^0 to 10^15, which are exact: a quotient by one of them is the double nearest to the decimal. */
export const POWERS = Float64Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`))

/** How a whole number becomes the value: as the nearest double, or the nearest single-precision number, widened. */
export type Precision = "double" | "single"

export interface Decimals {
  readonly exponent: number
  /** `value * 10^exponent`; at an exception whatever the neighbour before has. */
  readonly integers: Float64Array
  /** Positions of values that are no decimal of that exponent, ascending. */
  readonly exceptions: ReadonlyArray<number>
}

// A single-precision number of more digits than this is as short in its own bits.
const MAX_SINGLE = 2 ** 23

/** The whole number that gives the value back bit for bit, or NaN. */
const wholeOf = (value: number, power: number, single: boolean): number => {
  const whole = Math.round(value * power)
  const back = single ? Math.fround(whole / power) : whole / power
  return back === value && Math.abs(whole) <= (single ? MAX_SINGLE : MAX_INTEGER) && (whole !== 0 || Object.is(value, 0))
    ? whole
    : NaN
}

/** The fewest digits that give the value back, or -1. */
const digitsOf = (value: number, from: number, single: boolean): number => {
  for (let exponent = from; exponent < POWERS.length; exponent++) {
    const power = POWERS[exponent] as number
    if (Math.abs(value * power) > MAX_INTEGER) return -1
    if (!Number.isNaN(wholeOf(value, power, single))) return exponent
  }
  return -1
}

/** The fewest digits that give every one of a few values back, or -1. */
export const commonExponent = (values: Float64Array, precision: Precision): number => {
  const single = precision === "single"
  let exponent = 0
  let power = 1
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(wholeOf(values[i] as number, power, single))) continue
    exponent = digitsOf(values[i] as number, exponent + 1, single)
    if (exponent < 0) return -1
    power = POWERS[exponent] as number
    i = -1
  }
  return exponent
}

// How many values are looked at before all are, and how many of 16 may be no decimals.
const PROBES = 48

/** The exponent that leaves the least to write, judged by a few values; -1 where they are no decimals. */
const probe = (values: Float64Array, single: boolean): number => {
  const counts = new Int32Array(POWERS.length)
  const probes = Math.min(values.length, PROBES)
  let found = 0
  for (let i = 0; i < probes; i++) {
    const digits = digitsOf(values[Math.floor((i * values.length) / probes)] as number, 0, single)
    if (digits >= 0) {
      counts[digits] = (counts[digits] as number) + 1
      found++
    } else if (i - found >= 4 + (probes >> 4)) {
      return -1
    }
  }
  if (found * 8 < probes * 7) return -1
  // A digit more costs every value 3.3 bits, an exception some 80.
  let exponent = POWERS.length - 1
  let beyond = probes - found
  while (exponent > 0 && (beyond + (counts[exponent] as number)) * 80 < probes * 3.3) {
    beyond += counts[exponent] as number
    exponent--
  }
  let highest = exponent
  while (highest > 0 && counts[highest] === 0) highest--
  return highest
}

/** The values as decimals, good until the next call, or undefined where more than a few are none. */
export const toDecimals = (values: Float64Array, precision: Precision): Decimals | undefined => {
  const single = precision === "single"
  const count = values.length
  let exponent = probe(values, single)
  if (exponent < 0) return undefined
  const integers = scratchDoubles("wholes", count)
  const exceptions: Array<number> = []
  const most = count >> 4
  let power = POWERS[exponent] as number
  let last = 0
  for (let i = 0; i < count; i++) {
    const value = values[i] as number
    const whole = Math.round(value * power)
    if (
      (single ? Math.fround(whole / power) : whole / power) === value && whole <= MAX_INTEGER && whole >= -MAX_INTEGER &&
      (whole !== 0 || Object.is(value, 0))
    ) {
      last = whole
    } else {
      exceptions.push(i)
      if (exceptions.length > most) {
        // Not a few odd values: either a digit more fits them, or they are no decimals.
        const digits = digitsOf(values[exceptions[most] as number] as number, exponent + 1, single)
        if (digits < 0) return undefined
        exponent = digits
        power = POWERS[exponent] as number
        exceptions.length = 0
        last = 0
        i = -1
        continue
      }
    }
    integers[i] = last
  }
  return { exponent, integers, exceptions }
}

/** The inverse of {@link toDecimals}, exceptions apart; in place. */
export const fromDecimals = (integers: Float64Array, exponent: number, precision: Precision): Float64Array => {
  const power = POWERS[exponent] as number
  if (precision === "single") for (let i = 0; i < integers.length; i++) integers[i] = Math.fround((integers[i] as number) / power)
  else if (exponent > 0) for (let i = 0; i < integers.length; i++) integers[i] = (integers[i] as number) / power
  return integers
}
