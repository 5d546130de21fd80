/**
 * Doubles as the XOR with the value before, as in Gorilla: nothing, or a window of the 64 bits that holds all that
 * changed. Best for values that repeat, or whose low bits are mostly 0.
 */
import type { BitReader, BitWriter } from "../streams/bits.ts"

// A repeated value is the bit 0. A changed one is the bit 1, the bit 0 for the window of the last one or 1 for a new
// window, of a new window how many zeros precede it and how long it is, and then the bits of the window.
const LEADING_BITS = 5
const LENGTH_BITS = 6

const leadingZeros = (high: number, low: number): number => high !== 0 ? Math.clz32(high) : 32 + Math.clz32(low)
const trailing = (word: number): number => 31 - Math.clz32(word & -word)
const trailingZeros = (high: number, low: number): number => low !== 0 ? trailing(low) : 32 + trailing(high)

const writeWindow = (writer: BitWriter, high: number, low: number, leading: number, after: number): void => {
  if (after > 32) {
    writer.writeWord(low >>> (64 - after), after - 32)
    writer.writeWord(high, 32 - leading)
  } else {
    writer.writeWord(high >>> (32 - after), after - leading)
  }
}

export const writeXor = (writer: BitWriter, values: Float64Array): void => {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  let leading = 64
  let after = 0
  let high = 0
  let low = 0
  for (let i = 0; i < words.length; i += 2) {
    const h = (words[i + 1] as number) ^ high
    const l = (words[i] as number) ^ low
    high ^= h
    low ^= l
    if (h === 0 && l === 0) {
      writer.write(0, 1)
      continue
    }
    const zeros = Math.min(31, leadingZeros(h, l))
    const end = 64 - trailingZeros(h, l)
    if (zeros < leading || end > after || after - leading > end - zeros + LEADING_BITS + LENGTH_BITS) {
      leading = zeros
      after = end
      writer.write(0b11, 2)
      writer.write(leading, LEADING_BITS)
      writer.write(after - leading - 1, LENGTH_BITS)
    } else {
      writer.write(0b01, 2)
    }
    writeWindow(writer, h, l, leading, after)
  }
}

/** Fills `out`; false where the bits are not what an encoder writes. */
export const readXor = (reader: BitReader, out: Float64Array): boolean => {
  const words = new Int32Array(out.buffer, out.byteOffset, out.length * 2)
  let leading = 0
  let after = 0
  let high = 0
  let low = 0
  for (let i = 0; i < words.length; i += 2) {
    if (reader.read(1) === 1) {
      if (reader.read(1) === 1) {
        leading = reader.read(LEADING_BITS)
        after = leading + reader.read(LENGTH_BITS) + 1
        if (after > 64) return false
      }
      if (after > 32) {
        low ^= reader.readWord(after - 32) << (64 - after)
        high ^= reader.readWord(32 - leading)
      } else {
        high ^= reader.readWord(after - leading) << (32 - after)
      }
    }
    words[i] = low
    words[i + 1] = high
  }
  return true
}
