/**
 * The tail format: what one sync appends for one block of points. Segments are self-delimiting, so that one blob is any
 * number of them, one after the other.
 */
import { Result } from "effect"
import type { Columns } from "../series.ts"
import { BitReader, BitWriter } from "./bits.ts"
import { ChunkError } from "./error.ts"
import { open, seal } from "./frame.ts"
import { readRaw, writeRaw } from "./raw.ts"

/** Points of one block. */
export const SLOTS = 64

export interface SegmentEntry extends Columns {
  /** Which point of the block: 0 to 63. */
  readonly slot: number
}

export interface SegmentPart {
  readonly slot: number
  readonly columns: Columns
}

export const encodeSegment = (entries: ReadonlyArray<SegmentEntry>): Uint8Array => {
  const writer = new BitWriter(1024)
  writer.writeVarint(entries.length)
  for (const entry of entries) {
    writer.write(entry.slot, 6)
    writer.writeVarint(entry.timestamps.length)
    writeRaw(writer, entry.timestamps)
    writeRaw(writer, entry.values)
  }
  return seal("segment", writer.finish())
}

/** The parts of every segment in append order; only those of slots that are `wanted`. */
export const decodeSegments = (
  bytes: Uint8Array,
  wanted: (slot: number) => boolean = () => true
): Result.Result<ReadonlyArray<SegmentPart>, ChunkError> => {
  const parts: Array<SegmentPart> = []
  for (let from = 0; from < bytes.length;) {
    const opened = open("segment", bytes, from)
    if (Result.isFailure(opened)) return Result.fail(opened.failure)
    const { end, start } = opened.success
    const reader = new BitReader(bytes, start, end)
    const count = reader.readVarint()
    for (let i = 0; i < count; i++) {
      const slot = reader.read(6)
      const samples = reader.readVarint()
      const timestamps = readRaw(reader, samples)
      const values = readRaw(reader, samples)
      if (timestamps === undefined || values === undefined) {
        return Result.fail(new ChunkError({ part: "segment", reason: "damaged", detail: `entry ${i}` }))
      }
      if (wanted(slot)) parts.push({ slot, columns: { timestamps, values } })
    }
    from = end
  }
  return Result.succeed(parts)
}
