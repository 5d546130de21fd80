/**
 * The index of an object: which bytes to read for a point. Format: docs/format-catalog-index.md.
 *
 * A version byte, the CRC-32 of the frame and its uncompressed length (4 bytes each), then a Zstandard frame of
 * varints: the number of groups; for each group the length of its head and the number of its spans; for each span the
 * number of its points, the length of its data pages of values and its separator, front-coded. Groups follow each other
 * from byte 4.
 */
import { ByteWriter } from "hyparquet-writer"
import { releaseView } from "../../../domain/samples/memory.ts"
import { comparePoints } from "../../../domain/samples/names.ts"
import { checksum, compress, decompress } from "./compression.ts"
import { MAGIC } from "./schema.ts"

const VERSION = 1

export interface Range {
  readonly offset: number
  readonly length: number
}

/** Neighbouring points of a row group whose data pages of values are read together. */
export interface Span {
  readonly points: number
  readonly firstName: string
  readonly lastName: string
  /** Bytes of their data pages of values. */
  readonly length: number
}

/** What the index stores of a row group. */
export interface GroupLayout {
  /** Bytes before its first span: names and timestamps. */
  readonly headLength: number
  readonly spans: ReadonlyArray<Span>
}

/** A span as the index gives it: its bytes, and the head of its group. */
export interface IndexedSpan extends Range {
  readonly head: Range
  /** The position of the span's first point in its group. */
  readonly firstPoint: number
  readonly points: number
}

export interface SeparatedSpan extends IndexedSpan {
  /** UTF-8: not above the span's first name, and above every name before it. */
  readonly separator: Uint8Array
}

/** A position in an index. A query passes hundreds of spans to find one, so that nothing is allocated on the way. */
export interface IndexCursor {
  /** Goes to the first span, then to the next; false after the last. Throws where the index is damaged. */
  readonly next: () => boolean
  readonly span: () => IndexedSpan
  readonly separator: () => Uint8Array
  /** Below 0 where `name`, as UTF-8, is below the separator of the span. */
  readonly compare: (name: Uint8Array) => number
  /** Frees its memory. */
  readonly close: () => void
}

/** The shortest text above `previous` and not above `name`, cut between code points. */
const separatorOf = (previous: string | undefined, name: string): string => {
  if (previous === undefined) return name
  let text = ""
  for (const symbol of name) {
    text += symbol
    if (comparePoints(text, previous) > 0) return text
  }
  return name
}

export const encodeIndex = (groups: ReadonlyArray<GroupLayout>): Uint8Array => {
  const writer = new ByteWriter(16_384)
  let previous: string | undefined
  let last: Uint8Array = new Uint8Array(0)
  writer.appendVarInt(groups.length)
  for (const { headLength, spans } of groups) {
    writer.appendVarInt(headLength)
    writer.appendVarInt(spans.length)
    for (const { firstName, lastName, length, points } of spans) {
      const separator = new TextEncoder().encode(separatorOf(previous, firstName))
      let shared = 0
      while (shared < last.length && last[shared] === separator[shared]) shared++
      writer.appendVarInt(points)
      writer.appendVarInt(length)
      writer.appendVarInt(shared)
      writer.appendVarInt(separator.length - shared)
      writer.appendBytes(separator.subarray(shared))
      previous = lastName
      last = separator
    }
  }
  const body = compress(writer.getBytes())
  const index = new ByteWriter(body.length + 8)
  index.appendUint8(VERSION)
  index.appendInt32(checksum(body))
  index.appendUint32(writer.offset)
  index.appendBytes(body)
  return index.getBytes()
}

/** Throws where the index is of another version or damaged. */
export const openIndex = (index: Uint8Array): IndexCursor => {
  if (index[0] !== VERSION) throw new RangeError(`index of version ${index[0]}, not ${VERSION}`)
  const view = new DataView(index.buffer, index.byteOffset, index.length)
  const frame = index.subarray(9)
  if (checksum(frame) !== view.getInt32(1, true)) throw new RangeError("the checksum of the index differs")
  const body = decompress(frame, view.getUint32(5, true))
  let at = 0
  const varint = (): number => {
    let value = 0
    let shift = 0
    for (;;) {
      const byte = body[at++]
      if (byte === undefined) throw new RangeError("the index is cut")
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
      shift += 7
    }
  }
  let groups = varint()
  let spans = 0
  // All spans of a group share one object, because a scan holds many spans.
  let head: Range = { offset: 0, length: 0 }
  let offset = MAGIC.length
  let length = 0
  let firstPoint = 0
  let points = 0
  let separator = new Uint8Array(256)
  let separatorLength = 0
  return {
    next: () => {
      offset += length
      firstPoint += points
      while (spans === 0) {
        if (groups === 0) return false
        groups--
        head = { offset, length: varint() }
        spans = varint()
        offset += head.length
        firstPoint = 0
      }
      spans--
      points = varint()
      length = varint()
      const shared = varint()
      const end = shared + varint()
      if (shared > separatorLength || at + end - shared > body.length) throw new RangeError("the index is cut")
      if (end > separator.length) {
        const larger = new Uint8Array(end * 2)
        larger.set(separator)
        separator = larger
      }
      for (let i = shared; i < end; i++) separator[i] = body[at++] as number
      separatorLength = end
      return true
    },
    span: () => ({ head, offset, length, firstPoint, points }),
    separator: () => separator.slice(0, separatorLength),
    compare: (name) => {
      const common = Math.min(name.length, separatorLength)
      for (let i = 0; i < common; i++) {
        if (name[i] !== separator[i]) return (name[i] as number) - (separator[i] as number)
      }
      return name.length - separatorLength
    },
    close: () => releaseView(body)
  }
}

/** Walks the spans in order. */
export const walkIndex = function*(index: Uint8Array): Generator<SeparatedSpan> {
  const cursor = openIndex(index)
  while (cursor.next()) yield { ...cursor.span(), separator: cursor.separator() }
  cursor.close()
}
