/**
 * Seeded numbers without a state: a hash of integers. Only `+ - * /` and 32-bit integer arithmetic, so that every
 * engine gets the same bits (engines differ in the last bit of `Math.sin`).
 */

/** 32 well-mixed bits of three integers. */
export const hash = (a: number, b: number, c: number): number => {
  let h = Math.imul(a ^ 0x9e3779b1, 0x85ebca6b) ^ Math.imul(b ^ 0x7feb352d, 0xc2b2ae35) ^ Math.imul(c, 0x27d4eb2f)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A number in [0, 1) of three integers. */
export const uniform = (a: number, b: number, c: number): number => hash(a, b, c) / 4_294_967_296

/** Noise in [0, 1) that moves in straight lines between random heights, one every `period` of `x`. */
export const drift = (seed: number, x: number, period: number): number => {
  const cell = Math.floor(x / period)
  const from = uniform(seed, cell, period)
  return from + (uniform(seed, cell + 1, period) - from) * (x / period - cell)
}

/** A wave like a sine: period 1, height -1 to 1. */
export const wave = (x: number): number => {
  const y = 2 * (x - Math.floor(x)) - 1
  return -4 * y * (1 - Math.abs(y))
}
