/**
 * The tail format: what one sync appends for a strip of points. Segments are self-delimiting, so that one blob is any
 * number of them, one after the other. Made for few samples of many points: whole bytes, timestamps that points share
 * are written once, and a reader skips the points it does not want.
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

/** Points that a segment can tell apart: 6 bits. The hot store gives it a strip of 16. */
export const SLOTS = 64

export interface SegmentEntry extends Columns {
  /** Which of the points: 0 to 63. */
  readonly slot: number
}

export interface SegmentPart {
  readonly slot: number
  readonly columns: Columns
}

// The first byte of an entry: the slot, whether its timestamps are those of the entry before, whether all values are one.
const SAME_TIMES = 0x40
const CONSTANT = 0x80

// The second: how values are written (high nibble) and the exponent of decimals (low nibble).
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

// Memory that lives on: a sync writes some hundred segments of a few KB.
const writer = new ByteWriter(4_096)
const body = new ByteWriter(256)

/**
 * One segment. Entries keep their order; a slot may occur more than once.
 *
 * **Gotchas** Slots outside 0 to 63 are a defect of the caller: it throws a `RangeError`.
 */
export const encodeSegment = (entries: ReadonlyArray<SegmentEntry>): Uint8Array => {
  const lists: Array<Float64Array> = []
  // Looked up by their first instant, so that as many lists as points do not mean the square of comparisons.
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
    if (!(slot >= 0 && slot < SLOTS)) throw new RangeError(`slot ${slot} is not within a block`)
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

/** Which parts are to be decoded. */
export interface Wanted {
  readonly slot: (slot: number) => boolean
  /** Asked for wanted slots only: the timestamps of others are not decoded. */
  readonly timestamps: (timestamps: Float64Array) => boolean
}

const everything: Wanted = { slot: () => true, timestamps: () => true }

const damaged = (detail: string) => Result.fail(new ChunkError({ part: "segment", reason: "damaged", detail }))

/** One of the lists that were passed over; the reader stays where it is. */
const readTimesAt = (reader: ByteReader, start: number, origin: Origin): Float64Array | undefined => {
  const { position } = reader
  reader.position = start
  const times = readTimes(reader, origin)
  reader.position = position
  return times
}

/** Adds the wanted parts of one segment's payload; a text where it is not what an encoder writes. */
const readSegment = (
  reader: ByteReader,
  wanted: Wanted,
  parts: Array<SegmentPart>
): string | undefined => {
  const origin: Origin = { time: unfold(reader.varint()), step: reader.varint() }
  const starts: Array<number> = []
  for (let left = reader.varint(); left > 0; left--) {
    starts.push(reader.position)
    if (!skipTimes(reader) || reader.overrun) return "its timestamps are none"
  }
  const lists: Array<Float64Array | undefined> = []
  let list = 0
  for (let left = reader.varint(); left > 0; left--) {
    const head = reader.byte()
    if ((head & SAME_TIMES) === 0) list = reader.varint()
    const end = reader.varint() + reader.position
    const slot = head & (SLOTS - 1)
    const start = starts[list]
    if (start === undefined) return `it has no list ${list} of timestamps`
    if (wanted.slot(slot)) {
      const timestamps = lists[list] ??= readTimesAt(reader, start, origin)
      if (timestamps === undefined) return "its timestamps are none"
      if (wanted.timestamps(timestamps)) {
        const constant = (head & CONSTANT) !== 0
        const found = readValues(reader, constant ? Math.min(1, timestamps.length) : timestamps.length)
        if (found === undefined || reader.position !== end) return `the values of slot ${slot} are none`
        const values = constant ? new Float64Array(timestamps.length).fill(found[0] ?? 0) : found
        parts.push({ slot, columns: { timestamps, values } })
      }
    }
    reader.position = end
    if (reader.overrun) return "its entries end too early"
  }
  return reader.left > 0 ? `${reader.left} bytes follow its entries` : undefined
}

/**
 * The parts of every segment in append order; only those that are `wanted`.
 *
 * **Gotchas** Parts of one segment may share their array of timestamps.
 */
export const decodeSegments = (
  bytes: Uint8Array,
  wanted: Wanted = everything
): Result.Result<ReadonlyArray<SegmentPart>, ChunkError> => {
  const parts: Array<SegmentPart> = []
  for (let from = 0; from < bytes.length;) {
    const opened = open("segment", bytes, from)
    if (Result.isFailure(opened)) return Result.fail(opened.failure)
    const { end, start } = opened.success
    const complaint = readSegment(new ByteReader(bytes, start, end), wanted, parts)
    if (complaint !== undefined) return damaged(complaint)
    from = end
  }
  return Result.succeed(parts)
}
