/**
 * Hashes by which names, times and rows of pages are recognised: 53 bits, so that among all rows of a day no two that
 * differ are taken for one.
 */

const LOW_SEED = 0x811c9dc5
const HIGH_SEED = 0x9747b28c
const LOW_PRIME = 0x01000193
const HIGH_PRIME = 0x5bd1e995

/** Two halves as one whole number below 2^53. */
const join = (low: number, high: number): number => (low >>> 0) + (high >>> 11) * 2 ** 32

/** The hash of the bytes from `from` to before `to`. */
export const hashBytes = (view: DataView, from: number, to: number): number => {
  let low = LOW_SEED ^ (to - from)
  let high = HIGH_SEED
  let at = from
  for (; at + 4 <= to; at += 4) {
    const word = view.getInt32(at, true)
    low = Math.imul(low ^ word, LOW_PRIME)
    low ^= low >>> 15
    high = Math.imul(high ^ word, HIGH_PRIME)
    high ^= high >>> 13
  }
  for (; at < to; at++) {
    const byte = view.getUint8(at)
    low = Math.imul(low ^ byte, LOW_PRIME)
    high = Math.imul(high ^ byte, HIGH_PRIME)
    high ^= high >>> 13
  }
  return join(low ^ low >>> 16, high ^ high >>> 15)
}

const encoder = new TextEncoder()

/** The hash of the bytes of a text. */
export const hashText = (text: string): number => {
  const bytes = encoder.encode(text)
  return hashBytes(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length)
}

/** The hash of all bits of the doubles from `from` to before `to`. */
export const hashDoubles = (doubles: Float64Array, from: number, to: number): number =>
  hashBytes(new DataView(doubles.buffer, doubles.byteOffset), from * 8, to * 8)
