/**
 * Size and speed of the chunk codec on day chunks with their timestamps, a block of 64 points at a time.
 */
import { readFileSync } from "node:fs"
import { Result } from "effect"
import { decodeChunk, encodeChunk } from "../../src/domain/codec/chunk.ts"
import { SLOTS } from "../../src/domain/codec/segment.ts"
import { decodeTimelines, encodeTimelines, shareTimelines } from "../../src/domain/codec/timelines.ts"
import { dayFromDate } from "../../src/domain/calendar.ts"
import type { Columns } from "../../src/domain/series.ts"
import type { Mix } from "../mixes.ts"
import { daysOfColumns, readRecording } from "../mixes/recordings.ts"
import { gorillaBits } from "./gorilla.ts"

export interface CodecFigures {
  readonly samples: number
  readonly bytesPerSample: number
  readonly gorillaBytesPerSample: number
  /** Per sample; encoding finds, writes and uses the timelines. */
  readonly encodeNs: number
  readonly decodeNs: number
}

/** Each block is encoded and decoded so many times; the fastest counts, since a shared machine only ever adds. */
const REPEATS = 5

const sameColumns = (a: Columns, b: Columns): boolean =>
  Buffer.compare(Buffer.from(a.timestamps.buffer), Buffer.from(b.timestamps.buffer)) === 0 &&
  Buffer.compare(Buffer.from(a.values.buffer), Buffer.from(b.values.buffer)) === 0

const encodeBlock = (block: ReadonlyArray<Columns>) => {
  const timelines = shareTimelines(block)
  return {
    timelines: timelines.length === 0 ? undefined : encodeTimelines(timelines),
    chunks: block.map((columns) => encodeChunk(columns, timelines))
  }
}

const decodeBlock = ({ chunks, timelines }: ReturnType<typeof encodeBlock>): ReadonlyArray<Columns> => {
  const shared = timelines === undefined ? [] : Result.getOrThrow(decodeTimelines(timelines))
  return chunks.map((bytes) => Result.getOrThrow(decodeChunk(bytes, shared)))
}

/** Measures blocks one after the other, so that only one is in memory; every sample read back is compared. */
export const measureBlocks = (blocks: Iterable<ReadonlyArray<Columns>>): CodecFigures => {
  let samples = 0
  let bytes = 0
  let gorilla = 0
  let encodeMs = 0
  let decodeMs = 0
  for (const block of blocks) {
    let encodeBest = Infinity
    let decodeBest = Infinity
    for (let i = 0; i < REPEATS; i++) {
      const start = performance.now()
      const encoded = encodeBlock(block)
      const middle = performance.now()
      const decoded = decodeBlock(encoded)
      const end = performance.now()
      encodeBest = Math.min(encodeBest, middle - start)
      decodeBest = Math.min(decodeBest, end - middle)
      if (i > 0) continue
      block.forEach((columns, at) => {
        const back = decoded[at]
        if (back === undefined || !sameColumns(columns, back)) throw new Error(`chunk ${at} came back different`)
        samples += columns.timestamps.length
        gorilla += gorillaBits(columns) / 8
      })
      for (const blob of encoded.chunks) bytes += blob.length
      bytes += encoded.timelines?.length ?? 0
    }
    encodeMs += encodeBest
    decodeMs += decodeBest
  }
  return {
    samples,
    bytesPerSample: bytes / samples,
    gorillaBytesPerSample: gorilla / samples,
    encodeNs: (encodeMs * 1e6) / samples,
    decodeNs: (decodeMs * 1e6) / samples
  }
}

const DAY = dayFromDate(2026, 11, 2)

/** One day of a mix, a block at a time. */
export const blocksOfMix = function*(mix: Mix): Generator<ReadonlyArray<Columns>> {
  for (let start = 0; start < mix.names.length; start += SLOTS) {
    const end = Math.min(start + SLOTS, mix.names.length)
    yield Array.from({ length: end - start }, (_, i) => mix.day(DAY, start + i))
  }
}

/** A recording, each day a block of its points. */
export const blocksOfRecording = (file: string): ReadonlyArray<ReadonlyArray<Columns>> => {
  const points = readRecording(readFileSync(file, "utf8")).map(daysOfColumns)
  const days = Math.max(0, ...points.map((of) => of.length))
  return Array.from({ length: days }, (_, day) => points.flatMap((of) => of[day] ?? []))
}
