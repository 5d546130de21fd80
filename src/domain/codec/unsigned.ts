/**
 * Streams of non-negative integers below 2^53, in the smallest of five ways.
 */
import { ansBits, readAns, writeAns } from "./ans.ts"
import type { BitReader, BitWriter } from "./bits.ts"
import { readRice, riceWidth, writeRice } from "./rice.ts"
import { tokenOf, TOKENS } from "./tokens.ts"

// How a stream is written: 3 bits. ZERO has nothing after it, FIXED and RICE a width, SPARSE two streams of its own.
const ZERO = 0
const FIXED = 1
const RICE = 2
const ANS = 3
const SPARSE = 4

/** What is counted about a stream before it is written. */
export interface Tokens {
  /** One a value. */
  readonly tokens: Uint8Array
  /** How often each token occurs. */
  readonly histogram: Int32Array
}

export const tokenise = (values: Float64Array): Tokens => {
  const tokens = new Uint8Array(values.length)
  const histogram = new Int32Array(TOKENS)
  for (let i = 0; i < values.length; i++) {
    const token = tokenOf(values[i] as number)
    tokens[i] = token
    histogram[token] = (histogram[token] as number) + 1
  }
  return { tokens, histogram }
}

const bitWidth = (value: number): number => {
  const high = Math.floor(value / 0x100000000)
  return high === 0 ? 32 - Math.clz32(value) : 64 - Math.clz32(high)
}

/** About what the gaps and the other values take when those `zeros` of `total` are left out. */
export const sparseBits = (histogram: Int32Array, total: number): number => {
  const zeros = histogram[0] as number
  const others = total - zeros
  if (zeros * 4 < total * 3) return Infinity
  histogram[0] = 0
  const bits = ansBits(histogram, others) - 24
  histogram[0] = zeros
  return bits + others * (Math.log2(total / others) + 1.6) + 20
}

/** Writes any non-negative integers; the reader must know how many. */
export const writeUnsigned = (writer: BitWriter, values: Float64Array, { histogram, tokens }: Tokens): void => {
  const count = values.length
  let largest = 0
  let sum = 0
  for (let i = 0; i < count; i++) {
    const value = values[i] as number
    sum += value
    if (value > largest) largest = value
  }
  if (largest === 0) return writer.write(ZERO, 3)
  const width = bitWidth(largest)
  const rice = riceWidth(sum, count)
  const fixedBits = count * width + 3
  const entropyBits = ansBits(histogram, count)
  const sparse = sparseBits(histogram, count)
  const least = Math.min(fixedBits, rice.bits + 2, entropyBits, sparse)
  if (least === fixedBits) {
    writer.write(FIXED, 3)
    writer.write(width, 6)
    for (let i = 0; i < count; i++) {
      if (width <= 24) writer.write(values[i] as number, width)
      else writer.writeWide(values[i] as number, width)
    }
  } else if (least === sparse) {
    writer.write(SPARSE, 3)
    writeSparse(writer, values, count - (histogram[0] as number))
  } else if (least === entropyBits) {
    writer.write(ANS, 3)
    writeAns(writer, values, tokens, histogram)
  } else {
    writer.write(RICE, 3)
    writer.write(rice.width, 5)
    writeRice(writer, values, rice.width)
  }
}

const writeSparse = (writer: BitWriter, values: Float64Array, others: number): void => {
  const gaps = new Float64Array(others)
  const rest = new Float64Array(others)
  let last = -1
  let n = 0
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 0) continue
    gaps[n] = i - last - 1
    rest[n++] = (values[i] as number) - 1
    last = i
  }
  writer.writeVarint(others)
  writeUnsigned(writer, gaps, tokenise(gaps))
  writeUnsigned(writer, rest, tokenise(rest))
}

/**
 * Fills `out` (all zeros before); false where the stream is not what an encoder writes. A stream nests at most
 * `depth` others.
 */
export const readUnsigned = (reader: BitReader, out: Float64Array, depth = 2): boolean => {
  switch (reader.read(3)) {
    case ZERO:
      return true
    case FIXED: {
      const width = reader.read(6)
      if (width > 53 || reader.left < width * out.length) return false
      if (width <= 24) for (let i = 0; i < out.length; i++) out[i] = reader.read(width)
      else for (let i = 0; i < out.length; i++) out[i] = reader.readWide(width)
      return true
    }
    case RICE: {
      const width = reader.read(5)
      if (width > 24) return false
      readRice(reader, out, width)
      return true
    }
    case ANS:
      return readAns(reader, out)
    case SPARSE:
      return depth > 0 && readSparse(reader, out, depth - 1)
    default:
      return false
  }
}

const readSparse = (reader: BitReader, out: Float64Array, depth: number): boolean => {
  const others = reader.readVarint()
  if (others > out.length) return false
  const gaps = new Float64Array(others)
  const rest = new Float64Array(others)
  if (!readUnsigned(reader, gaps, depth) || !readUnsigned(reader, rest, depth)) return false
  let at = -1
  for (let i = 0; i < others; i++) {
    at += (gaps[i] as number) + 1
    if (at >= out.length) return false
    out[at] = (rest[i] as number) + 1
  }
  return true
}
