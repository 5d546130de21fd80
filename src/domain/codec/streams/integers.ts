/**
 * Streams of integers of up to 50 bits and a sign, written as the residuals of the best of three predictions.
 */
import { ansBits } from "./ans.ts"
import type { BitReader, BitWriter } from "./bits.ts"
import { scratchBytes, scratchDoubles } from "./scratch.ts"
import { planSparse, readSparse, type Sparse, toSparse, writeSparse } from "./sparse.ts"
import { tokenOf, TOKENS, type Unsigned } from "./tokens.ts"
import { planUnsigned, readUnsigned, writeUnsigned } from "./unsigned.ts"

/** The largest magnitude of an integer in a stream. Differences of differences of such integers are still exact. */
export const MAX_INTEGER = 2 ** 50

/** A signed integer as an unsigned one: 0, -1, 1, -2, … become 0, 1, 2, 3, … */
export const fold = (n: number): number => n < 0 ? -2 * n - 1 : 2 * n

/** The inverse of {@link fold}. */
export const unfold = (u: number): number => {
  if (u < 0x80000000) return ((u | 0) >>> 1) ^ -((u | 0) & 1)
  const half = Math.floor(u / 2)
  return half * 2 === u ? half : -half - 1
}

const gcd = (a: number, b: number): number => {
  while (b !== 0) {
    // The remainder of 32-bit integers is much faster than that of doubles.
    const rest = a < 0x80000000 && b < 0x80000000 ? (a | 0) % (b | 0) : a % b
    a = b
    b = rest
  }
  return a
}

/**
 * What predicts an integer: 0 the least integer of the stream, 1 the integer before, 2 the straight line through the
 * two before. Only the residual, its distance from the prediction, is written.
 */
type Order = 0 | 1 | 2

/** How a stream will be written. */
export interface IntegerPlan {
  readonly integers: Float64Array
  readonly order: Order
  /** The least integer for order 0; else the first. */
  readonly base: number
  /** The greatest common divisor of all distances from the base; 0 where all integers are equal. */
  readonly divisor: number
  /** About how many bits it takes. */
  readonly bits: number
}

// The order is chosen by a few spans of the stream, each long enough to show how well the predictions work.
const SPANS = 4
const SPAN_LENGTH = 64

const HISTOGRAMS = [new Int32Array(TOKENS), new Int32Array(TOKENS), new Int32Array(TOKENS)] as const

/** About how many bits the whole stream takes in each order. */
const sampleOrders = (integers: Float64Array, base: number, divisor: number): readonly [number, number, number] => {
  const count = integers.length
  const spans = count <= SPANS * SPAN_LENGTH ? 1 : SPANS
  const length = spans === 1 ? count : SPAN_LENGTH
  const [plain, linear, curved] = HISTOGRAMS
  for (const histogram of HISTOGRAMS) histogram.fill(0)
  for (let span = 0; span < spans; span++) {
    const start = spans === 1 ? 0 : Math.floor((span * (count - length)) / (spans - 1))
    let last = integers[Math.max(0, start - 1)] as number
    let lastStep = start > 1 ? last - (integers[start - 2] as number) : 0
    for (let i = start; i < start + length; i++) {
      const value = integers[i] as number
      const step = value - last
      const a = tokenOf((value - base) / divisor)
      const b = tokenOf(fold(step / divisor))
      const c = tokenOf(fold((step - lastStep) / divisor))
      plain[a] = (plain[a] as number) + 1
      linear[b] = (linear[b] as number) + 1
      curved[c] = (curved[c] as number) + 1
      last = value
      lastStep = step
    }
  }
  const seen = spans * length
  const scale = count / seen
  return [ansBits(plain, seen) * scale, ansBits(linear, seen) * scale, ansBits(curved, seen) * scale]
}

/** Chooses how to write integers of at most {@link MAX_INTEGER}. */
export const planIntegers = (integers: Float64Array): IntegerPlan => {
  const count = integers.length
  const first = integers[0] as number
  let least = first
  let divisor = 0
  let last = first
  let repeats = 0
  let leasts = 0
  for (let i = 0; i < count; i++) {
    const value = integers[i] as number
    if (value === last) {
      repeats++
    } else {
      if (divisor !== 1) divisor = gcd(Math.abs(value - first), divisor)
      last = value
    }
    if (value <= least) {
      leasts = value < least ? 1 : leasts + 1
      least = value
    }
  }
  if (divisor === 0) return { integers, order: 1, base: first, divisor, bits: 20 }
  const others = count - Math.max(repeats, leasts)
  if (others * 8 < count) {
    const order = leasts > repeats ? 0 : 1
    const bits = others * (Math.log2(count / others) + 5) + 60
    return { integers, order, base: order === 0 ? least : first, divisor, bits }
  }
  const [plain, linear, curved] = sampleOrders(integers, least, divisor)
  const bits = Math.min(plain, linear, curved)
  const order = bits === linear ? 1 : bits === plain ? 0 : 2
  return { integers, order, base: order === 0 ? least : first, divisor, bits }
}

/** The residuals of a plan, in scratch memory. */
const residuals = ({ base, divisor, integers, order }: IntegerPlan): Unsigned => {
  const count = integers.length
  const values = scratchDoubles("residuals", count)
  const tokens = scratchBytes(count)
  const histogram = new Int32Array(TOKENS)
  let largest = 0
  let sum = 0
  let last = base
  let lastStep = 0
  for (let i = 0; i < count; i++) {
    const value = integers[i] as number
    let residual = value - last
    if (order === 2) {
      const step = residual
      residual -= lastStep
      lastStep = step
    }
    if (order > 0) last = value
    if (divisor > 1) residual /= divisor
    const folded = order === 0 ? residual : fold(residual)
    const token = tokenOf(folded)
    values[i] = folded
    tokens[i] = token
    histogram[token] = (histogram[token] as number) + 1
    if (folded > largest) largest = folded
    sum += folded
  }
  return { values, tokens, histogram, largest, sum }
}

// The first 2 bits of a stream: the order, or this where all integers are equal to the base.
const SAME = 3

/** Writes integers as planned. */
export const writeIntegers = (writer: BitWriter, plan: IntegerPlan): void => {
  const { base, divisor, integers, order } = plan
  writer.write(divisor === 0 ? SAME : order, 2)
  writer.writeVarint(fold(base))
  if (divisor === 0) return
  writer.write(divisor === 1 ? 0 : 1, 1)
  if (divisor !== 1) writer.writeVarint(divisor)
  const unsigned = residuals(plan)
  const dense = planUnsigned(unsigned)
  const zeros = unsigned.histogram[0] as number
  const sparse = zeros * 4 > integers.length * 3 ? planSparse(toSparse(unsigned)) : undefined
  if (sparse !== undefined && sparse.bits < dense.bits) {
    writer.write(1, 1)
    writeSparse(writer, sparse)
  } else {
    writer.write(0, 1)
    writeUnsigned(writer, unsigned, dense)
  }
}

/** Fills `out` with integers; false where the bits are not what an encoder writes. */
export const readIntegers = (reader: BitReader, out: Float64Array): boolean => {
  const order = reader.read(2)
  const base = unfold(reader.readVarint())
  if (order === SAME) {
    out.fill(base)
    return true
  }
  const divisor = reader.read(1) === 1 ? reader.readVarint() : 1
  if (reader.read(1) === 1) {
    const sparse = readSparse(reader, out.length)
    if (sparse === undefined) return false
    spread(sparse, out, order, base, divisor)
    return true
  }
  if (!readUnsigned(reader, out)) return false
  accumulate(out, order, base, divisor)
  return true
}

/** Turns residuals into integers, in place. */
const accumulate = (out: Float64Array, order: number, base: number, divisor: number): void => {
  let value = base
  if (order === 0) {
    for (let i = 0; i < out.length; i++) out[i] = base + (out[i] as number) * divisor
  } else if (order === 1) {
    for (let i = 0; i < out.length; i++) {
      value += unfold(out[i] as number) * divisor
      out[i] = value
    }
  } else {
    let step = 0
    for (let i = 0; i < out.length; i++) {
      step += unfold(out[i] as number) * divisor
      value += step
      out[i] = value
    }
  }
}

/** The same where most residuals are 0. */
const spread = (sparse: Sparse, out: Float64Array, order: number, base: number, divisor: number): void => {
  const { positions, values } = sparse
  if (order === 2) {
    out.fill(0)
    for (let i = 0; i < positions.length; i++) out[positions[i] as number] = values[i] as number
    return accumulate(out, order, base, divisor)
  }
  if (order === 0) out.fill(base)
  let value = base
  let from = 0
  for (let i = 0; i < positions.length; i++) {
    const at = positions[i] as number
    if (order === 0) {
      out[at] = base + (values[i] as number) * divisor
    } else {
      for (let j = from; j < at; j++) out[j] = value
      value += unfold(values[i] as number) * divisor
      from = at
    }
  }
  if (order === 1) for (let j = from; j < out.length; j++) out[j] = value
}
