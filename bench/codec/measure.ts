/**
 * Size and speed of the chunk codec on day chunks with their timestamps, a block of 64 points at a time.
 */
import { readFileSync } from "node:fs"
import { Result } from "effect"
import { decodeChunk, encodeChunk } from "../../src/domain/codec/chunk/chunk.ts"
import { SLOTS } from "../../src/domain/codec/segment/segment.ts"
import { decodeTimelines, encodeTimelines, shareTimelines } from "../../src/domain/codec/chunk/timelines.ts"
import { dayFromDate } from "../../src/domain/time/calendar.ts"
import type { Columns } from "../../src/domain/samples/series.ts"
import type { Mix } from "../mixes.ts"
import { daysOfColumns, readRecording } from "../mixes/recordings.ts"
import { gorillaBits } from "./gorilla.ts"

export interface CodecFigures {
  readonly samples: number
  readonly bytesPerSample: number
  readonly gorillaBytesPerSample: number
  /** Nanoseconds for each sample; encoding includes finding and writing the timelines. */
  readonly encodeNs: number
  readonly decodeNs: number
}

/** Each measurement is repeated this often and the fastest counts, because other load only makes it slower. */
const REPEATS = 12

const sameBytes = (a: Float64Array, b: Float64Array): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength))

const fastest = <A>(work: () => A): { readonly result: A; readonly ms: number } => {
  let ms = Infinity
  let result = work()
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now()
    result = work()
    ms = Math.min(ms, performance.now() - start)
  }
  return { result, ms }
}

/** Measures blocks one after the other, so that only one is in memory. Every decoded sample is compared. */
export const measureBlocks = (blocks: Iterable<ReadonlyArray<Columns>>): CodecFigures => {
  let samples = 0
  let bytes = 0
  let gorilla = 0
  let encodeMs = 0
  let decodeMs = 0
  for (const block of blocks) {
    const shared = fastest(() => {
      const timelines = shareTimelines(block)
      return { timelines, blob: timelines.length === 0 ? undefined : encodeTimelines(timelines) }
    })
    const { blob, timelines } = shared.result
    const stored = fastest(() => blob === undefined ? [] : Result.getOrThrow(decodeTimelines(blob)))
    encodeMs += shared.ms
    decodeMs += stored.ms
    bytes += blob?.length ?? 0
    for (const columns of block) {
      const encoded = fastest(() => encodeChunk(columns, timelines))
      const decoded = fastest(() => Result.getOrThrow(decodeChunk(encoded.result, stored.result)))
      const back = decoded.result
      if (!sameBytes(columns.timestamps, back.timestamps) || !sameBytes(columns.values, back.values)) {
        throw new Error("a decoded chunk differs")
      }
      samples += columns.timestamps.length
      gorilla += gorillaBits(columns) / 8
      bytes += encoded.result.length
      encodeMs += encoded.ms
      decodeMs += decoded.ms
    }
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

/** A recording: for each day a block of its points. */
export const blocksOfRecording = (file: string): ReadonlyArray<ReadonlyArray<Columns>> => {
  const points = readRecording(readFileSync(file, "utf8")).map(daysOfColumns)
  const days = Math.max(0, ...points.map((of) => of.length))
  return Array.from({ length: days }, (_, day) => points.flatMap((of) => of[day] ?? []))
}
