/**
 * Floating-point numbers as integers in the same order, so that values that are close have integers that are close.
 */
import { scratchWords } from "./scratch.ts"

/** Whether all values have the same bits. */
export const isConstant = (values: Float64Array): boolean => {
  const first = values[0] as number
  const sign = 1 / first
  // Values that are equal can differ in bits only if they are 0 and -0.
  for (let i = 1; i < values.length; i++) {
    if (values[i] !== first || (first === 0 && 1 / (values[i] as number) !== sign)) return false
  }
  return true
}

/** Whether every value is exactly a single-precision number. */
export const areSingles = (values: Float64Array): boolean => {
  for (let i = 0; i < values.length; i++) if (Math.fround(values[i] as number) !== values[i]) return false
  return true
}

// Sign and magnitude become a signed integer: positive numbers from 0 upwards, negative ones from -1 downwards.
const ordered = (bits: number): number => bits >= 0 ? bits : -(bits & 0x7fffffff) - 1
const unordered = (order: number): number => order >= 0 ? order : (-1 - order) | 0x80000000

/** The 32 bits of each value as a single-precision number, as ordered integers. */
export const fromSingles = (values: Float64Array): Float64Array => {
  const bits = scratchWords(values.length)
  const singles = new Float32Array(bits.buffer, bits.byteOffset, bits.length)
  const out = new Float64Array(values.length)
  for (let i = 0; i < out.length; i++) {
    singles[i] = values[i] as number
    out[i] = ordered(bits[i] as number)
  }
  return out
}

/** The values of {@link fromSingles} again, in place. */
export const toSingles = (orders: Float64Array): Float64Array => {
  const bits = scratchWords(orders.length)
  const singles = new Float32Array(bits.buffer, bits.byteOffset, bits.length)
  for (let i = 0; i < orders.length; i++) {
    bits[i] = unordered(orders[i] as number)
    orders[i] = singles[i] as number
  }
  return orders
}

/** The high 32 bits of each double, as ordered integers. */
export const highWords = (values: Float64Array): Float64Array => {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const out = new Float64Array(values.length)
  for (let i = 0; i < out.length; i++) out[i] = ordered(words[2 * i + 1] as number)
  return out
}

/** How many zeros the low 32 bits of every double end with. */
export const lowZeros = (values: Float64Array): number => {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  let any = 0
  for (let i = 0; i < words.length; i += 2) any |= words[i] as number
  return any === 0 ? 32 : 31 - Math.clz32(any & -any)
}

/** Doubles from their ordered high words, which they replace in memory, and their low words. */
export const joinWords = (orders: Float64Array, low: Int32Array): Float64Array => {
  const words = new Int32Array(orders.buffer, orders.byteOffset, orders.length * 2)
  for (let i = 0; i < orders.length; i++) {
    const high = unordered(orders[i] as number)
    words[2 * i] = low[i] as number
    words[2 * i + 1] = high
  }
  return orders
}
