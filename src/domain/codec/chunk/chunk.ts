/**
 * Chunks: the samples of one point, of a UTC day or less, as one blob. See docs/format-hot-chunk.md.
 */
import { Result } from "effect"
import { type Columns, emptyColumns } from "../../samples/series.ts"
import { BitReader, BitWriter } from "../streams/bits.ts"
import { ChunkError } from "../error.ts"
import { open, seal } from "../frame.ts"
import { findTimeline, readDifference, writeDifference } from "./shared.ts"
import { planTimestamps, readTimestamps } from "./timestamps.ts"
import { readValues, writeValues } from "./values.ts"

/** The most samples of a chunk: 12 a second for a whole day. */
export const MAX_SAMPLES = 2 ** 20

const fail = (reason: ChunkError["reason"], detail: string) =>
  Result.fail(new ChunkError({ blob: "chunk", reason, detail }))

/**
 * Encodes up to {@link MAX_SAMPLES} samples.
 *
 * **Gotchas** Throws a `RangeError` for more samples: that is a bug of the caller.
 *
 * @param timelines timelines that the timestamps may refer to; `decodeChunk` needs the same list in the same order
 */
export const encodeChunk = (columns: Columns, timelines: ReadonlyArray<Float64Array> = []): Uint8Array => {
  const { timestamps, values } = columns
  if (timestamps.length > MAX_SAMPLES) throw new RangeError(`a chunk has at most ${MAX_SAMPLES} samples`)
  const writer = new BitWriter(64 + timestamps.length * 2)
  writer.writeVarint(timestamps.length)
  const shared = findTimeline(timestamps, timelines)
  writer.write(shared === undefined ? 0 : 1, 1)
  if (shared === undefined) planTimestamps(timestamps).write(writer)
  else writeDifference(writer, shared)
  writeValues(writer, values)
  return seal("chunk", writer.finish())
}

/** Decodes a chunk, and checks that all of `bytes` is this chunk. Damaged bytes are an error, never wrong samples. */
export const decodeChunk = (
  bytes: Uint8Array,
  timelines: ReadonlyArray<Float64Array> = []
): Result.Result<Columns, ChunkError> => {
  const opened = open("chunk", bytes, 0)
  if (Result.isFailure(opened)) return Result.fail(opened.failure)
  const { end, start } = opened.success
  if (end !== bytes.length) return fail("damaged", `${bytes.length - end} bytes follow the chunk`)
  const reader = new BitReader(bytes, start, end)
  const count = reader.readVarint()
  if (count > MAX_SAMPLES) return fail("damaged", `it claims ${count} samples`)
  if (count === 0) return Result.succeed(emptyColumns)
  const shared = reader.read(1) === 1
  const timestamps = shared ? readDifference(reader, count, timelines) : readTimestamps(reader, count)
  if (timestamps === "timeline") return fail("timeline", `its timeline is none of the ${timelines.length} given`)
  if (timestamps === undefined || timestamps === "damaged") return fail("damaged", "the timestamps cannot be decoded")
  const values = readValues(reader, count)
  return values === undefined || reader.overrun
    ? fail("damaged", "the values cannot be decoded")
    : Result.succeed({ timestamps, values })
}
