/**
 * Values with few decimal digits, as whole numbers and a common exponent: `72.99` is 7299 / 10^2.
 */
import { MAX_INTEGER } from "./integers.ts"
import { scratchDoubles } from "./scratch.ts"

/** 10^0 to 10^15. These are exact, so a whole number divided by one of them is the double nearest to the decimal. */
export const POWERS = Float64Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`))

/** What a quotient is rounded to: a double, or a single-precision number (which then becomes a double again). */
export type Precision = "double" | "single"

/** Values as decimals. */
export interface Decimals {
  /** 0 to 15. */
  readonly exponent: number
  /** For each value, `value * 10^exponent`. For an exception, the integer before it. */
  readonly integers: Float64Array
  /** The positions of values that need another exponent or that are not decimals, ascending. */
  readonly exceptions: ReadonlyArray<number>
}

// A larger whole number is not shorter than the bits of a single-precision number.
const MAX_SINGLE = 2 ** 23

/** The whole number from which the value can be restored bit for bit; NaN where there is none. */
const wholeOf = (value: number, power: number, single: boolean): number => {
  const whole = Math.round(value * power)
  const back = single ? Math.fround(whole / power) : whole / power
  const most = single ? MAX_SINGLE : MAX_INTEGER
  return back === value && Math.abs(whole) <= most && (whole !== 0 || Object.is(value, 0)) ? whole : NaN
}

/** The smallest exponent, at least `from`, that can restore the value; -1 where there is none. */
const digitsOf = (value: number, from: number, single: boolean): number => {
  for (let exponent = from; exponent < POWERS.length; exponent++) {
    const power = POWERS[exponent] as number
    if (Math.abs(value * power) > MAX_INTEGER) return -1
    if (!Number.isNaN(wholeOf(value, power, single))) return exponent
  }
  return -1
}

/** The smallest exponent that can restore every value, for few values; -1 where there is none. */
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

// How many values are looked at first.
const PROBES = 48

/** The exponent that needs the fewest bits, estimated from a few values; -1 where too few of them are decimals. */
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
  // One more digit takes 3.3 bits of every value; an exception takes about 80.
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

/**
 * The values as decimals; undefined where more than a sixteenth of them are exceptions.
 *
 * **Gotchas** The integers are in scratch memory: the next call overwrites them.
 */
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
      (single ? Math.fround(whole / power) : whole / power) === value &&
      whole <= MAX_INTEGER && whole >= -MAX_INTEGER && (whole !== 0 || Object.is(value, 0))
    ) {
      last = whole
    } else {
      exceptions.push(i)
      if (exceptions.length > most) {
        // These are not just a few odd values: either they have more digits, or they are not decimals.
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

/** Restores the values in place; exceptions are left to the caller. */
export const fromDecimals = (integers: Float64Array, exponent: number, precision: Precision): Float64Array => {
  const power = POWERS[exponent] as number
  if (precision === "single") {
    for (let i = 0; i < integers.length; i++) integers[i] = Math.fround((integers[i] as number) / power)
  } else if (exponent > 0) {
    for (let i = 0; i < integers.length; i++) integers[i] = (integers[i] as number) / power
  }
  return integers
}
