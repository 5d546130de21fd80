/**
 * Segments, the format of the tail: what one sync appends for a few points. A segment tells its own length, so one blob
 * can be any number of segments, one after the other. The format is for few samples of many points: it consists of
 * whole bytes, timestamps that points share are written once, and a reader can skip points.
 */
import { Result } from "effect"
import type { Columns } from "../../samples/series.ts"
import { ByteReader, ByteWriter } from "../streams/bytes.ts"
import { commonExponent, POWERS, type Precision } from "../streams/decimal.ts"
import { ChunkError } from "../error.ts"
import { areSingles, isConstant } from "../streams/floats.ts"
import { open, seal } from "../frame.ts"
import { fold, unfold } from "../streams/integers.ts"
import { type Origin, originOf, readTimes, sameTimes, skipTimes, writeTimes } from "./times.ts"

/** How many points a segment can have: a slot is 6 bits. The hot store uses segments for strips of 16 points. */
export const SLOTS = 64

/** Samples of one point. */
export interface SegmentEntry extends Columns {
  /** The number of the point in the segment: 0 to 63. */
  readonly slot: number
}

// The first byte of an entry: its slot, whether its timestamps are those of the entry before, and whether its values
// are all equal.
const SAME_TIMES = 0x40
const CONSTANT = 0x80

// The first byte of values: how they are written (high nibble), and the exponent of decimals (low nibble).
const DECIMAL = 0x00
const SINGLE_DECIMAL = 0x10
const SINGLE = 0x20
const DOUBLE = 0x30

const writeWholes = (writer: ByteWriter, values: Float64Array, exponent: number): void => {
  const power = POWERS[exponent] as number
  let last = 0
  for (let i = 0; i < values.length; i++) {
    const whole = Math.round((values[i] as number) * power)
    writer.varint(fold(whole - last))
    last = whole
  }
}

const writeValues = (writer: ByteWriter, values: Float64Array): void => {
  const exponent = commonExponent(values, "double")
  if (exponent >= 0) {
    writer.byte(DECIMAL | exponent)
    return writeWholes(writer, values, exponent)
  }
  if (!areSingles(values)) {
    writer.byte(DOUBLE)
    return writer.doubles(values)
  }
  const short = commonExponent(values, "single")
  if (short >= 0) {
    writer.byte(SINGLE_DECIMAL | short)
    return writeWholes(writer, values, short)
  }
  writer.byte(SINGLE)
  writer.raw(new Uint8Array(Float32Array.from(values).buffer))
}

const readWholes = (reader: ByteReader, count: number, exponent: number, precision: Precision): Float64Array => {
  const power = POWERS[exponent] as number
  const values = new Float64Array(count)
  let whole = 0
  for (let i = 0; i < count; i++) {
    whole += unfold(reader.varint())
    values[i] = precision === "single" ? Math.fround(whole / power) : whole / power
  }
  return values
}

const readValues = (reader: ByteReader, count: number): Float64Array | undefined => {
  const head = reader.byte()
  const exponent = head & 0x0f
  switch (head & 0xf0) {
    case DECIMAL:
      return readWholes(reader, count, exponent, "double")
    case SINGLE_DECIMAL:
      return readWholes(reader, count, exponent, "single")
    case SINGLE: {
      if (count * 4 > reader.left) return undefined
      const singles = new Float32Array(count)
      reader.raw(new Uint8Array(singles.buffer))
      return Float64Array.from(singles)
    }
    case DOUBLE:
      return count * 8 > reader.left ? undefined : reader.doubles(new Float64Array(count))
    default:
      return undefined
  }
}

// These are reused, because a sync writes hundreds of segments of a few KB.
const writer = new ByteWriter(4_096)
const body = new ByteWriter(256)

/**
 * Encodes a segment. Entries keep their order, and a slot may occur more than once.
 *
 * **Gotchas** Throws a `RangeError` for a slot outside 0 to 63: that is a bug of the caller.
 */
export const encodeSegment = (entries: ReadonlyArray<SegmentEntry>): Uint8Array => {
  const lists: Array<Float64Array> = []
  // Lists are looked up by their first timestamp, so that not every list is compared with every other.
  const listsFrom = new Map<number | undefined, Array<number>>()
  const listOf = entries.map(({ timestamps }) => {
    const candidates = listsFrom.get(timestamps[0]) ?? []
    const known = candidates.find((at) => sameTimes(lists[at] as Float64Array, timestamps))
    if (known !== undefined) return known
    const at = lists.push(timestamps) - 1
    candidates.push(at)
    listsFrom.set(timestamps[0], candidates)
    return at
  })
  writer.clear()
  const origin = originOf(lists[0] ?? new Float64Array(0))
  writer.varint(fold(origin.time))
  writer.varint(origin.step)
  writer.varint(lists.length)
  for (const list of lists) writeTimes(writer, list, origin)
  writer.varint(entries.length)
  let last = 0
  entries.forEach(({ slot, values }, i) => {
    if (!(slot >= 0 && slot < SLOTS)) throw new RangeError(`slot ${slot} is not in 0 to ${SLOTS - 1}`)
    const list = listOf[i] as number
    const constant = isConstant(values)
    writer.byte(slot | (list === last ? SAME_TIMES : 0) | (constant ? CONSTANT : 0))
    if (list !== last) writer.varint(list)
    last = list
    body.clear()
    writeValues(body, constant ? values.subarray(0, 1) : values)
    writer.varint(body.length)
    writer.raw(body.finish())
  })
  return seal("segment", writer.finish())
}

/** Which entries to decode: those that both functions accept. */
export interface Wanted {
  readonly slot: (slot: number) => boolean
  /** Called only for wanted slots, so that other timestamps need not be decoded. */
  readonly timestamps: (timestamps: Float64Array) => boolean
}

const everything: Wanted = { slot: () => true, timestamps: () => true }

const damaged = (detail: string) => Result.fail(new ChunkError({ blob: "segment", reason: "damaged", detail }))

/** Reads a list of timestamps that was skipped before; the position of the reader stays. */
const readTimesAt = (reader: ByteReader, start: number, origin: Origin): Float64Array | undefined => {
  const { position } = reader
  reader.position = start
  const times = readTimes(reader, origin)
  reader.position = position
  return times
}

/** Adds the wanted entries of a segment to `entries`. Returns what is wrong with the segment; undefined for nothing. */
const readSegment = (
  reader: ByteReader,
  wanted: Wanted,
  entries: Array<SegmentEntry>
): string | undefined => {
  const origin: Origin = { time: unfold(reader.varint()), step: reader.varint() }
  const starts: Array<number> = []
  for (let left = reader.varint(); left > 0; left--) {
    starts.push(reader.position)
    if (!skipTimes(reader) || reader.overrun) return "the timestamps cannot be decoded"
  }
  const lists: Array<Float64Array | undefined> = []
  let list = 0
  for (let left = reader.varint(); left > 0; left--) {
    const head = reader.byte()
    if ((head & SAME_TIMES) === 0) list = reader.varint()
    const end = reader.varint() + reader.position
    const slot = head & (SLOTS - 1)
    const start = starts[list]
    if (start === undefined) return `there is no list ${list} of timestamps`
    if (wanted.slot(slot)) {
      const timestamps = lists[list] ??= readTimesAt(reader, start, origin)
      if (timestamps === undefined) return "the timestamps cannot be decoded"
      if (wanted.timestamps(timestamps)) {
        const constant = (head & CONSTANT) !== 0
        const found = readValues(reader, constant ? Math.min(1, timestamps.length) : timestamps.length)
        if (found === undefined || reader.position !== end) return `the values of slot ${slot} cannot be decoded`
        const values = constant ? new Float64Array(timestamps.length).fill(found[0] ?? 0) : found
        entries.push({ slot, timestamps, values })
      }
    }
    reader.position = end
    if (reader.overrun) return "the entries end too early"
  }
  return reader.left > 0 ? `${reader.left} bytes follow the entries` : undefined
}

/**
 * Decodes a blob of segments: the wanted entries of each, in the order in which they were appended.
 *
 * **Gotchas** Entries of one segment may share their array of timestamps.
 */
export const decodeSegments = (
  bytes: Uint8Array,
  wanted: Wanted = everything
): Result.Result<ReadonlyArray<SegmentEntry>, ChunkError> => {
  const entries: Array<SegmentEntry> = []
  for (let from = 0; from < bytes.length;) {
    const opened = open("segment", bytes, from)
    if (Result.isFailure(opened)) return Result.fail(opened.failure)
    const { end, start } = opened.success
    const complaint = readSegment(new ByteReader(bytes, start, end), wanted, entries)
    if (complaint !== undefined) return damaged(complaint)
    from = end
  }
  return Result.succeed(entries)
}
