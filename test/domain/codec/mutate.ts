/** Blobs and what can happen to them: the fuzzing of the decoders. */
import { Result } from "effect"
import { type Random, randomOf } from "../../random.ts"
import { decodeChunk, encodeChunk } from "../../../src/domain/codec/chunk/chunk.ts"
import { decodeSegments, encodeSegment } from "../../../src/domain/codec/segment/segment.ts"
import { decodeTimelines, encodeTimelines } from "../../../src/domain/codec/chunk/timelines.ts"
import type { Columns } from "../../../src/domain/samples/series.ts"
import { sameBits, sameColumns } from "../../samples.ts"
import { anyColumns, disturb, makeTimestamps, makeValues, VALUE_SHAPES } from "./generate.ts"

/** One kind of blob: its bytes, and whether other bytes still decode to the same; undefined where they are refused. */
interface Subject {
  readonly bytes: Uint8Array
  readonly decodesToSame: (bytes: Uint8Array) => boolean | undefined
}

const chunkOf = (columns: Columns, timelines: ReadonlyArray<Float64Array>): Subject => ({
  bytes: encodeChunk(columns, timelines),
  decodesToSame: (bytes) => {
    const decoded = decodeChunk(bytes, timelines)
    return Result.isFailure(decoded) ? undefined : sameColumns(decoded.success, columns)
  }
})

const makeSubject = (random: Random): Subject => {
  const count = random.integer(1, 120)
  const kind = random.integer(0, 3)
  if (kind === 0) return chunkOf(anyColumns(random, count), [])
  const timeline = makeTimestamps("jittered", random, count + 64)
  if (kind === 1) {
    const timestamps = disturb(random, timeline, 0.02, 0.02)
    return chunkOf({ timestamps, values: makeValues("tenths", random, timestamps.length) }, [timeline])
  }
  if (kind === 2) {
    const timelines = [timeline, makeTimestamps("with gaps", random, count)]
    return {
      bytes: encodeTimelines(timelines),
      decodesToSame: (bytes) => {
        const decoded = decodeTimelines(bytes)
        if (Result.isFailure(decoded)) return undefined
        return decoded.success.length === 2 &&
          decoded.success.every((one, i) => sameBits(one, timelines[i] as Float64Array))
      }
    }
  }
  const timestamps = timeline.slice(0, 5)
  const entries = Array.from({ length: random.integer(1, 8) }, (_, slot) => ({
    slot,
    timestamps,
    values: makeValues(random.pick(VALUE_SHAPES), random, 5)
  }))
  return {
    bytes: encodeSegment(entries),
    decodesToSame: (bytes) => {
      const decoded = decodeSegments(bytes)
      if (Result.isFailure(decoded)) return undefined
      return decoded.success.length === entries.length &&
        decoded.success.every((entry, i) => entry.slot === i && sameColumns(entry, entries[i] as Columns))
    }
  }
}

/** Bits flipped, bytes changed, cut out, put in, swapped, or the end cut off; never the blob itself. */
const mutate = (random: Random, bytes: Uint8Array): Uint8Array => {
  const at = random.integer(0, bytes.length - 1)
  const out = Uint8Array.from(bytes)
  switch (random.integer(0, 6)) {
    case 0:
      return out.subarray(0, Math.max(1, at))
    case 1:
      return Uint8Array.of(...bytes.subarray(0, at), random.integer(0, 255), ...bytes.subarray(at))
    case 2:
      return Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + 1))
    case 3:
      for (let i = random.integer(1, 8); i > 0; i--) out[random.integer(0, out.length - 1)] = random.integer(0, 255)
      return out
    case 4:
      out.copyWithin(at, random.integer(0, bytes.length - 1), bytes.length)
      return out
    case 5:
      out.fill(random.pick([0, 255]), at, at + random.integer(1, 16))
      return out
    default:
      out[at] = (out[at] as number) ^ (1 << random.integer(0, 7))
      return out
  }
}

const BLOBS_EACH = 200

export interface FuzzFigures {
  readonly mutated: number
  readonly refused: number
}

/**
 * Decodes `count` mutated blobs. A mutation that changes nothing must decode to the same; any other must be refused,
 * or decode to the same.
 */
export const fuzzCodec = (seed: number, count: number): FuzzFigures => {
  const random = randomOf(seed)
  let refused = 0
  let subject = makeSubject(random)
  for (let i = 0; i < count; i++) {
    if (i % BLOBS_EACH === 0) subject = makeSubject(random)
    const mutated = mutate(random, subject.bytes)
    const same = subject.decodesToSame(mutated)
    if (same === undefined) refused++
    else if (!same) throw new Error(`SEED=${seed}, mutation ${i}: a damaged blob decoded to something else`)
  }
  return { mutated: count, refused }
}
