/**
 * Streams of integers of up to 50 bits and a sign: told by what is left after the best of three predictions.
 */
import { ansBits } from "./ans.ts"
import type { BitReader, BitWriter } from "./bits.ts"
import { tokenOf, TOKENS } from "./tokens.ts"
import { readUnsigned, sparseBits, tokenise, writeUnsigned } from "./unsigned.ts"

/** Largest magnitude of an integer in a stream: the differences of their differences stay exact. */
export const MAX_INTEGER = 2 ** 50

/** 0, -1, 1, -2, … as 0, 1, 2, 3, … */
export const fold = (n: number): number => n < 0 ? -2 * n - 1 : 2 * n
export const unfold = (u: number): number => u % 2 === 0 ? u / 2 : -(u + 1) / 2

const gcd = (a: number, b: number): number => {
  while (b !== 0) {
    // The remainder of 32-bit integers is far cheaper than that of doubles.
    const rest = a < 0x80000000 && b < 0x80000000 ? (a | 0) % (b | 0) : a % b
    a = b
    b = rest
  }
  return a
}

/** A stream that was looked at: what it takes, and how it will be written. */
export interface IntegerPlan {
  /** 0: distance from the least; 1: from the one before; 2: from the line through the two before. */
  readonly order: 0 | 1 | 2
  /** Order 0: the least integer; else the first. */
  readonly base: number
  /** What every distance from the base is a multiple of. */
  readonly divisor: number
  /** The integers less `base`, divided by `divisor`. */
  readonly scaled: Float64Array
  /** An estimate. */
  readonly bits: number
}

export const planIntegers = (integers: Float64Array): IntegerPlan => {
  const count = integers.length
  const first = integers[0] as number
  let least = first
  let largest = first
  let divisor = 0
  for (let i = 1; i < count; i++) {
    const value = integers[i] as number
    if (value < least) least = value
    else if (value > largest) largest = value
    if (divisor !== 1 && value !== integers[i - 1]) divisor = gcd(Math.abs(value - first), divisor)
  }
  if (divisor === 0) return { order: 1, base: first, divisor: 1, scaled: integers, bits: 20 }
  const scaled = new Float64Array(count)
  const histograms = [new Int32Array(TOKENS), new Int32Array(TOKENS), new Int32Array(TOKENS)] as const
  const [plain, linear, curved] = histograms
  const offset = (least - first) / divisor
  let last = 0
  let lastStep = 0
  for (let i = 0; i < count; i++) {
    const value = ((integers[i] as number) - first) / divisor
    scaled[i] = value
    const step = value - last
    const a = tokenOf(value - offset)
    const b = tokenOf(fold(step))
    const c = tokenOf(fold(step - lastStep))
    plain[a] = (plain[a] as number) + 1
    linear[b] = (linear[b] as number) + 1
    curved[c] = (curved[c] as number) + 1
    last = value
    lastStep = step
  }
  const bits = histograms.map((histogram) => Math.min(ansBits(histogram, count), sparseBits(histogram, count)))
  const [plainBits, linearBits, curvedBits] = bits as [number, number, number]
  const fewest = Math.min(plainBits, linearBits, curvedBits)
  const order = fewest === linearBits ? 1 : fewest === plainBits ? 0 : 2
  if (order === 0) for (let i = 0; i < count; i++) scaled[i] = (scaled[i] as number) - offset
  return { order, base: order === 0 ? least : first, divisor, scaled, bits: fewest }
}

export const writeIntegers = (writer: BitWriter, { base, divisor, order, scaled }: IntegerPlan): void => {
  writer.write(order, 2)
  writer.writeVarint(fold(base))
  writer.write(divisor === 1 ? 0 : 1, 1)
  if (divisor !== 1) writer.writeVarint(divisor)
  if (order === 0) return writeUnsigned(writer, scaled, tokenise(scaled))
  const rest = new Float64Array(scaled.length)
  let last = order === 1 ? scaled[0] as number : 0
  let lastStep = 0
  for (let i = 0; i < rest.length; i++) {
    const value = scaled[i] as number
    const step = value - last
    rest[i] = fold(order === 1 ? step : step - lastStep)
    last = value
    lastStep = step
  }
  writeUnsigned(writer, rest, tokenise(rest))
}

/** Reads `count` integers; undefined where the stream is not what an encoder writes. */
export const readIntegers = (reader: BitReader, count: number): Float64Array | undefined => {
  const order = reader.read(2)
  const base = unfold(reader.readVarint())
  const divisor = reader.read(1) === 1 ? reader.readVarint() : 1
  const out = new Float64Array(count)
  if (order > 2 || !readUnsigned(reader, out)) return undefined
  if (order === 0) {
    for (let i = 0; i < count; i++) out[i] = base + (out[i] as number) * divisor
  } else {
    let value = base
    let step = 0
    for (let i = 0; i < count; i++) {
      const rest = unfold(out[i] as number) * divisor
      step = order === 1 ? rest : step + rest
      value += step
      out[i] = value
    }
  }
  return out
}
