/**
 * Seeded random numbers without a state: hashes of integers. They use only `+ - * /` and 32-bit integer arithmetic, so
 * that every engine gets the same bits (engines differ in the last bit of `Math.sin`).
 */

/** 32 well-mixed bits from three integers. */
export const hash = (a: number, b: number, c: number): number => {
  let h = Math.imul(a ^ 0x9e3779b1, 0x85ebca6b) ^ Math.imul(b ^ 0x7feb352d, 0xc2b2ae35) ^ Math.imul(c, 0x27d4eb2f)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A number in [0, 1) from three integers. */
export const uniform = (a: number, b: number, c: number): number => hash(a, b, c) / 4_294_967_296

/** Noise in [0, 1): random values, one every `period` of `x`, joined by straight lines. */
export const drift = (seed: number, x: number, period: number): number => {
  const cell = Math.floor(x / period)
  const from = uniform(seed, cell, period)
  return from + (uniform(seed, cell + 1, period) - from) * (x / period - cell)
}

/** A wave like a sine, with period 1 and values from -1 to 1. */
export const wave = (x: number): number => {
  const y = 2 * (x - Math.floor(x)) - 1
  return -4 * y * (1 - Math.abs(y))
}
