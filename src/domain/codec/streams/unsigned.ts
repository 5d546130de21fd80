/**
 * Streams of non-negative integers below 2^53, in the smallest of four forms.
 */
import { ansBits, readAns, writeAns } from "./ans.ts"
import type { BitReader, BitWriter } from "./bits.ts"
import { readRice, riceWidth, writeRice } from "./rice.ts"
import { type Unsigned, tokenOf, TOKENS } from "./tokens.ts"

// The form of a stream: 2 bits. Nothing follows ZERO, a width follows FIXED and RICE, and a table follows ANS.
const ZERO = 0
const FIXED = 1
const RICE = 2
const ANS = 3

/** Integers with their statistics. */
export const countUnsigned = (values: Float64Array): Unsigned => {
  const tokens = new Uint8Array(values.length)
  const histogram = new Int32Array(TOKENS)
  let largest = 0
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    const token = tokenOf(value)
    tokens[i] = token
    histogram[token] = (histogram[token] as number) + 1
    if (value > largest) largest = value
    sum += value
  }
  return { values, tokens, histogram, largest, sum }
}

const bitWidth = (value: number): number => {
  const high = Math.floor(value / 0x100000000)
  return high === 0 ? 32 - Math.clz32(value) : 64 - Math.clz32(high)
}

/** How a stream will be written. */
export interface UnsignedPlan {
  readonly form: number
  readonly width: number
  /** About how many bits it takes. */
  readonly bits: number
}

export const planUnsigned = ({ histogram, largest, sum, values }: Unsigned): UnsignedPlan => {
  const count = values.length
  if (largest === 0) return { form: ZERO, width: 0, bits: 2 }
  const width = bitWidth(largest)
  const fixed: UnsignedPlan = { form: FIXED, width, bits: count * width + 8 }
  const rice = riceWidth(values, sum)
  const riced: UnsignedPlan = { form: RICE, width: rice.width, bits: rice.bits + 7 }
  const ans: UnsignedPlan = { form: ANS, width: 0, bits: ansBits(histogram, count) + 2 }
  // Of equal sizes FIXED is chosen, because it is the fastest to read.
  const plain = fixed.bits <= riced.bits ? fixed : riced
  return plain.bits <= ans.bits ? plain : ans
}

/** Writes a stream as planned. Its length is not written: the reader must know it. */
export const writeUnsigned = (writer: BitWriter, unsigned: Unsigned, { form, width }: UnsignedPlan): void => {
  const { values } = unsigned
  writer.write(form, 2)
  if (form === FIXED) {
    writer.write(width, 6)
    if (width <= 24) for (let i = 0; i < values.length; i++) writer.write(values[i] as number, width)
    else for (let i = 0; i < values.length; i++) writer.writeWide(values[i] as number, width)
  } else if (form === RICE) {
    writer.write(width, 5)
    writeRice(writer, values, width)
  } else if (form === ANS) {
    writeAns(writer, unsigned)
  }
}

/** Fills `out`; false where the bits are not what an encoder writes. */
export const readUnsigned = (reader: BitReader, out: Float64Array): boolean => {
  switch (reader.read(2)) {
    case ZERO:
      out.fill(0)
      return true
    case FIXED: {
      const width = reader.read(6)
      if (width > 53 || reader.left < width * out.length) return false
      readFixed(reader, out, width)
      return true
    }
    case RICE: {
      const width = reader.read(5)
      if (width > 24 || reader.left < (width + 1) * out.length) return false
      readRice(reader, out, width)
      return true
    }
    default:
      return readAns(reader, out)
  }
}

const readFixed = (reader: BitReader, out: Float64Array, width: number): void => {
  if (width > 24) {
    for (let i = 0; i < out.length; i++) out[i] = reader.readWide(width)
    return
  }
  const mask = (1 << width) - 1
  let position = reader.position
  for (let i = 0; i < out.length; i++) {
    out[i] = reader.peek(position) & mask
    position += width
  }
  reader.position = position
}
