/**
 * A strictly ascending list of timestamps: as offsets from a regular grid, as plain differences, or raw.
 */
import { SECOND_MS } from "../../time/calendar.ts"
import type { BitReader, BitWriter } from "../streams/bits.ts"
import { fold, MAX_INTEGER, planIntegers, readIntegers, unfold, writeIntegers } from "../streams/integers.ts"
import { RAW_BITS, readRaw, writeRaw } from "./raw.ts"
import { scratchDoubles } from "../streams/scratch.ts"
import { planSparse, readSparse, writeSparse } from "../streams/sparse.ts"

// Which encoding follows: 2 bits.
const RAW = 0
const STEPS = 1
const GRID = 2

/** How a list will be written. */
export interface TimestampPlan {
  /** About how many bits it takes. */
  readonly bits: number
  readonly write: (writer: BitWriter) => void
}

const raw = (timestamps: Float64Array): TimestampPlan => ({
  bits: timestamps.length * RAW_BITS + 2,
  write: (writer) => {
    writer.write(RAW, 2)
    writeRaw(writer, timestamps)
  }
})

const steps = (timestamps: Float64Array): TimestampPlan => {
  const plan = planIntegers(timestamps)
  return {
    bits: plan.bits + 2,
    write: (writer) => {
      writer.write(STEPS, 2)
      writeIntegers(writer, plan)
    }
  }
}

/** A grid of cells of `step` ms. A timestamp is in the cell after the one before, unless it jumps over cells. */
const grid = (timestamps: Float64Array, step: number): TimestampPlan => {
  const first = timestamps[0] as number
  const half = step / 2
  const offsets = scratchDoubles("offsets", timestamps.length)
  const positions: Array<number> = []
  const jumps: Array<number> = []
  let cellStart = first
  let jittered = false
  for (let i = 0; i < timestamps.length; i++) {
    let offset = (timestamps[i] as number) - cellStart
    if (offset > half || offset < -half) {
      const jump = Math.round(offset / step)
      if (jump !== 0) {
        positions.push(i)
        jumps.push(fold(jump))
        cellStart += jump * step
        offset -= jump * step
      }
    }
    if (offset !== 0) jittered = true
    offsets[i] = offset
    cellStart += step
  }
  const offsetPlan = planIntegers(jittered ? offsets : offsets.subarray(0, 1))
  const jumpPlan = planSparse({ positions: Float64Array.from(positions), values: Float64Array.from(jumps) })
  const exact = !jittered && positions.length === 0
  const unit = first % SECOND_MS === 0 && step % SECOND_MS === 0 ? SECOND_MS : 1
  return {
    bits: exact ? 64 : offsetPlan.bits + jumpPlan.bits + 64,
    write: (writer) => {
      writer.write(GRID, 2)
      writer.write(exact ? 1 : 0, 1)
      writer.write(unit === 1 ? 0 : 1, 1)
      writer.writeVarint(fold(first / unit))
      writer.writeVarint(step / unit)
      if (exact) return
      writeIntegers(writer, offsetPlan)
      writeSparse(writer, jumpPlan)
    }
  }
}

const readGrid = (reader: BitReader, count: number): Float64Array | undefined => {
  const exact = reader.read(1) === 1
  const unit = reader.read(1) === 1 ? SECOND_MS : 1
  let cellStart = unfold(reader.readVarint()) * unit
  const step = reader.readVarint() * unit
  const timestamps = new Float64Array(count)
  if (exact) {
    for (let i = 0; i < count; i++) timestamps[i] = cellStart + i * step
    return timestamps
  }
  if (!readIntegers(reader, timestamps)) return undefined
  const jumps = readSparse(reader, count)
  if (jumps === undefined) return undefined
  let next = 0
  let i = 0
  for (let jump = 0; jump <= jumps.positions.length; jump++) {
    next = jump < jumps.positions.length ? jumps.positions[jump] as number : count
    for (; i < next; i++) {
      timestamps[i] = cellStart + (timestamps[i] as number)
      cellStart += step
    }
    cellStart += unfold(jumps.values[jump] ?? 0) * step
  }
  return timestamps
}

// How many differences are looked at, to guess the step.
const PROBES = 33

/** The most common difference, if about half of them are equal; else the median, rounded to whole seconds. */
const guessStep = (timestamps: Float64Array): number => {
  const last = timestamps.length - 1
  const probes = Math.min(last, PROBES)
  const differences = new Float64Array(probes)
  for (let i = 0; i < probes; i++) {
    const at = Math.floor((i * last) / probes)
    differences[i] = (timestamps[at + 1] as number) - (timestamps[at] as number)
  }
  differences.sort()
  const middle = differences[probes >> 1] as number
  const shared = differences[probes >> 2] === middle || differences[(probes * 3) >> 2] === middle
  return shared ? middle : Math.max(1, Math.round(middle / 1_000)) * 1_000
}

// With more bits than this for a timestamp, other encodings are tried as well as a grid.
const DOUBTFUL = 10

/** Chooses how to write the timestamps. **Gotchas** A plan is in scratch memory: making another plan overwrites it. */
export const planTimestamps = (timestamps: Float64Array): TimestampPlan => {
  const last = timestamps.length - 1
  const isExact = (at: number) => Math.abs(timestamps[at] as number) <= MAX_INTEGER
  if (last < 0 || !isExact(0) || !isExact(last)) return raw(timestamps)
  const gridded = last > 1 ? grid(timestamps, guessStep(timestamps)) : undefined
  if (gridded !== undefined && gridded.bits < timestamps.length * DOUBTFUL) return gridded
  const stepped = steps(timestamps)
  return gridded !== undefined && gridded.bits < stepped.bits ? gridded : stepped
}

/** Reads `count` timestamps; undefined where the bits are not what an encoder writes. */
export const readTimestamps = (reader: BitReader, count: number): Float64Array | undefined => {
  switch (reader.read(2)) {
    case RAW:
      return readRaw(reader, count)
    case STEPS: {
      const timestamps = new Float64Array(count)
      return readIntegers(reader, timestamps) ? timestamps : undefined
    }
    case GRID:
      return readGrid(reader, count)
    default:
      return undefined
  }
}
