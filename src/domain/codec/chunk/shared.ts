/**
 * Timestamps as their difference from a shared timeline: which timeline, what they lack of it, what they have besides.
 */
import type { BitReader, BitWriter } from "../streams/bits.ts"
import { MAX_INTEGER, planIntegers, readIntegers, writeIntegers } from "../streams/integers.ts"

/** The most timelines of one group of points on one day: one for each of its points. */
export const MAX_TIMELINES = 64

const INDEX_BITS = 6

/** A 32-bit checksum, by which a decoder notices that it was given another timeline. */
export const timelineChecksum = (timeline: Float64Array): number => {
  const words = new Int32Array(timeline.buffer, timeline.byteOffset, timeline.length * 2)
  let h = timeline.length
  for (let i = 0; i < words.length; i += 2) {
    h = Math.imul(h ^ (words[i] as number), 0x85ebca6b)
    h = Math.imul((h ^ (h >>> 15)) + (words[i + 1] as number), 0x01000193)
  }
  return h ^ (h >>> 16)
}

/** How a list of timestamps differs from a timeline. */
export interface Difference {
  /** The index of the timeline in its list. */
  readonly index: number
  readonly timeline: Float64Array
  /** The positions of timestamps that only the timeline has, ascending. */
  readonly missing: Float64Array
  /** The timestamps that the timeline does not have, ascending. */
  readonly extra: Float64Array
}

/** The difference; undefined where the timeline does not have more than a sixteenth of the timestamps. */
const compare = (timestamps: Float64Array, timeline: Float64Array, index: number): Difference | undefined => {
  const most = (timestamps.length >> 4) + 4
  const missing: Array<number> = []
  const extra: Array<number> = []
  let i = 0
  let j = 0
  while (i < timestamps.length || j < timeline.length) {
    const a = i < timestamps.length ? timestamps[i] as number : Infinity
    const b = j < timeline.length ? timeline[j] as number : Infinity
    if (a === b) {
      i++
      j++
    } else if (a < b) {
      extra.push(a)
      if (extra.length > most || Math.abs(a) > MAX_INTEGER) return undefined
      i++
    } else {
      missing.push(j)
      j++
    }
  }
  return { index, timeline, missing: Float64Array.from(missing), extra: Float64Array.from(extra) }
}

/** The smallest difference from any of the timelines; undefined where none is close. */
export const findTimeline = (
  timestamps: Float64Array,
  timelines: ReadonlyArray<Float64Array>
): Difference | undefined => {
  let best: Difference | undefined
  timelines.forEach((timeline, index) => {
    if (index >= MAX_TIMELINES) return
    const found = compare(timestamps, timeline, index)
    const size = (one: Difference) => one.missing.length + 2 * one.extra.length
    if (found !== undefined && (best === undefined || size(found) < size(best))) best = found
  })
  return best
}

export const writeDifference = (writer: BitWriter, { extra, index, missing, timeline }: Difference): void => {
  writer.write(index, INDEX_BITS)
  writer.writeWord(timelineChecksum(timeline), 32)
  for (const positions of [missing, extra]) {
    writer.writeVarint(positions.length)
    if (positions.length > 0) writeIntegers(writer, planIntegers(positions))
  }
}

/** Why a difference could not be read. */
export type DifferenceFailure = "timeline" | "damaged"

/** Reads `count` timestamps as their difference from one of the timelines. */
export const readDifference = (
  reader: BitReader,
  count: number,
  timelines: ReadonlyArray<Float64Array>
): Float64Array | DifferenceFailure => {
  const timeline = timelines[reader.read(INDEX_BITS)]
  const checksum = reader.readWord(32)
  if (timeline === undefined || timelineChecksum(timeline) !== checksum) return "timeline"
  const missing = readPositions(reader, timeline.length)
  const extra = readPositions(reader, count)
  if (missing === undefined || extra === undefined) return "damaged"
  if (timeline.length - missing.length + extra.length !== count) return "damaged"
  const kept = without(timeline, missing)
  return kept === undefined || extra.length === 0 ? kept ?? "damaged" : merge(kept, extra)
}

const readPositions = (reader: BitReader, most: number): Float64Array | undefined => {
  const count = reader.readVarint()
  if (count === 0) return new Float64Array(0)
  if (count > most) return undefined
  const positions = new Float64Array(count)
  return readIntegers(reader, positions) ? positions : undefined
}

/** The timeline without the timestamps at these positions; undefined where the positions are not valid. */
const without = (timeline: Float64Array, missing: Float64Array): Float64Array | undefined => {
  const out = new Float64Array(timeline.length - missing.length)
  let from = 0
  let n = 0
  for (let i = 0; i <= missing.length; i++) {
    const to = i < missing.length ? missing[i] as number : timeline.length
    if (!(to >= from && to <= timeline.length)) return undefined
    for (let j = from; j < to; j++) out[n++] = timeline[j] as number
    from = to + 1
  }
  return out
}

/** The union of two ascending lists that have no timestamp in common. */
const merge = (a: Float64Array, b: Float64Array): Float64Array => {
  const out = new Float64Array(a.length + b.length)
  let j = 0
  for (let i = 0, n = 0; n < out.length; n++) {
    const x = i < a.length ? a[i] as number : Infinity
    const y = j < b.length ? b[j] as number : Infinity
    out[n] = x < y ? x : y
    if (x < y) i++
    else j++
  }
  return out
}
