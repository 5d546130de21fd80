/**
 * Integers below 2^53 as tokens: 0 to 15 are a token each. Above that, each half of the range between two powers of two
 * is one token, and the low bits follow. So an entropy coder learns the shape of a distribution, not each value.
 */

/** The number of tokens. The highest in use is 113. */
export const TOKENS = 128

/** A token below this is the integer itself. */
export const DIRECT = 16

/** The smallest integer of each token. */
export const TOKEN_BASE = new Float64Array(TOKENS)

/** How many low bits follow each token. */
export const TOKEN_BITS = new Uint8Array(TOKENS)

for (let token = 0; token < TOKENS; token++) {
  const half = token - DIRECT
  TOKEN_BITS[token] = half < 0 ? 0 : 3 + (half >> 1)
  TOKEN_BASE[token] = half < 0 ? token : (2 + (half & 1)) * 2 ** (3 + (half >> 1))
}

/** The token of a non-negative integer below 2^53. */
export const tokenOf = (value: number): number => {
  if (value < DIRECT) return value | 0
  if (value < 0x80000000) {
    const bits = 30 - Math.clz32(value)
    return DIRECT - 8 + 2 * bits + (value >> bits)
  }
  const high = Math.floor(value / 0x100000000)
  const bits = high === 0 ? 30 : 62 - Math.clz32(high)
  return DIRECT - 8 + 2 * bits + Math.floor(value / 2 ** bits)
}

/** A stream of integers with their statistics. */
export interface Unsigned {
  readonly values: Float64Array
  /** The token of each value. */
  readonly tokens: Uint8Array
  /** How often each token occurs. */
  readonly histogram: Int32Array
  readonly largest: number
  readonly sum: number
}
