/**
 * The index of an object: which bytes to read for a point. Format: docs/format-catalog-index.md.
 *
 * One version byte, the CRC-32 of the frame and its length uncompressed (4 bytes each), then a Zstandard frame of varints: groups; per group the length of its head and its runs; per run
 * its points, the length of its value pages and its separator, front-coded. Groups follow each other from byte 4.
 */
import { ByteWriter } from "hyparquet-writer"
import { comparePoints } from "../../domain/names.ts"
import { checksum, compress, decompress } from "./compression.ts"
import type { Group } from "./group.ts"
import { MAGIC } from "./schema.ts"

const VERSION = 1

export interface Range {
  readonly offset: number
  readonly length: number
}

/** Where the value pages of neighbouring points are, and the head of their group. */
export interface IndexedRun extends Range {
  readonly head: Range
  /** The place of the run's first point in its group. */
  readonly firstPoint: number
  readonly points: number
  /** UTF-8: at most the run's first name, above every name before it. */
  readonly separator: Uint8Array
}

/** The shortest text that is above `previous` and at most `name`, cut between code points. */
const separatorOf = (previous: string | undefined, name: string): string => {
  if (previous === undefined) return name
  let text = ""
  for (const symbol of name) {
    text += symbol
    if (comparePoints(text, previous) > 0) return text
  }
  return name
}

export const encodeIndex = (groups: ReadonlyArray<Pick<Group, "headLength" | "runs">>): Uint8Array => {
  const writer = new ByteWriter(16_384)
  let previous: string | undefined
  let last: Uint8Array = new Uint8Array(0)
  writer.appendVarInt(groups.length)
  for (const { headLength, runs } of groups) {
    writer.appendVarInt(headLength)
    writer.appendVarInt(runs.length)
    for (const { firstName, lastName, length, points } of runs) {
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

/** Walks the runs in order. Throws where the index is of another version or damaged. */
export const walkIndex = function*(index: Uint8Array): Generator<IndexedRun> {
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
  let offset = MAGIC.length
  let separator = new Uint8Array(0)
  for (let groups = varint(); groups > 0; groups--) {
    const head = { offset, length: varint() }
    offset += head.length
    let firstPoint = 0
    for (let runs = varint(); runs > 0; runs--) {
      const points = varint()
      const length = varint()
      const shared = varint()
      const own = varint()
      if (shared > separator.length || at + own > body.length) throw new RangeError("the index is cut")
      const next = new Uint8Array(shared + own)
      next.set(separator.subarray(0, shared))
      next.set(body.subarray(at, at + own), shared)
      at += own
      separator = next
      yield { head, offset, length, firstPoint, points, separator }
      firstPoint += points
      offset += length
    }
  }
}
