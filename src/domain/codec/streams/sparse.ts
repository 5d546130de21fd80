/**
 * Streams of non-negative integers that are mostly 0, written as two streams: how many zeros are between the other
 * integers, and the other integers less 1.
 */
import type { BitReader, BitWriter } from "./bits.ts"
import { countUnsigned, planUnsigned, readUnsigned, type UnsignedPlan, writeUnsigned } from "./unsigned.ts"
import type { Unsigned } from "./tokens.ts"

/** The integers of a stream that are not 0. */
export interface Sparse {
  /** Where they are, ascending. */
  readonly positions: Float64Array
  /** What they are, each at least 1. */
  readonly values: Float64Array
}

export const toSparse = ({ histogram, values }: Unsigned): Sparse => {
  const others = values.length - (histogram[0] as number)
  const sparse: Sparse = { positions: new Float64Array(others), values: new Float64Array(others) }
  for (let i = 0, n = 0; n < others; i++) {
    const value = values[i] as number
    if (value === 0) continue
    sparse.positions[n] = i
    sparse.values[n++] = value
  }
  return sparse
}

/** How such a stream will be written. */
export interface SparsePlan {
  readonly gaps: Unsigned
  readonly gapPlan: UnsignedPlan
  readonly rest: Unsigned
  readonly restPlan: UnsignedPlan
  /** About how many bits it takes. */
  readonly bits: number
}

export const planSparse = ({ positions, values }: Sparse): SparsePlan => {
  let last = -1
  const gapLengths = positions.map((at) => {
    const gap = at - last - 1
    last = at
    return gap
  })
  const gaps = countUnsigned(gapLengths)
  const rest = countUnsigned(values.map((value) => value - 1))
  const gapPlan = planUnsigned(gaps)
  const restPlan = planUnsigned(rest)
  return { gaps, gapPlan, rest, restPlan, bits: gapPlan.bits + restPlan.bits + 16 }
}

export const writeSparse = (writer: BitWriter, plan: SparsePlan): void => {
  writer.writeVarint(plan.gaps.values.length)
  writeUnsigned(writer, plan.gaps, plan.gapPlan)
  writeUnsigned(writer, plan.rest, plan.restPlan)
}

/** Reads a stream of `count` integers; undefined where the bits are not what an encoder writes. */
export const readSparse = (reader: BitReader, count: number): Sparse | undefined => {
  const others = reader.readVarint()
  if (others > count) return undefined
  const positions = new Float64Array(others)
  const values = new Float64Array(others)
  if (!readUnsigned(reader, positions) || !readUnsigned(reader, values)) return undefined
  let at = -1
  for (let i = 0; i < others; i++) {
    at += (positions[i] as number) + 1
    positions[i] = at
    values[i] = (values[i] as number) + 1
  }
  return at < count ? { positions, values } : undefined
}
