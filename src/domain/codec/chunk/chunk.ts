/**
 * One point's samples of (up to) one UTC day as one blob. The format is described in `docs/format-hot-chunk.md`.
 */
import { Result } from "effect"
import { type Columns, emptyColumns } from "../../samples/series.ts"
import { BitReader, BitWriter } from "../streams/bits.ts"
import { ChunkError } from "../error.ts"
import { open, seal } from "../frame.ts"
import { findTimeline, readDifference, writeDifference } from "./shared.ts"
import { planTimestamps, readTimestamps } from "./timestamps.ts"
import { readValues, writeValues } from "./values.ts"

/** Samples of one chunk: 12 a second for a whole day. */
export const MAX_SAMPLES = 2 ** 20

const fail = (reason: ChunkError["reason"], detail: string) =>
  Result.fail(new ChunkError({ part: "chunk", reason, detail }))

/**
 * Encodes 1 to {@link MAX_SAMPLES} samples. With `timelines` (those of the point's block and day) the timestamps may
 * be written as a reference to one of them; the same list, in the same order, must then be given to `decodeChunk`.
 *
 * **Gotchas** More than {@link MAX_SAMPLES} samples are a defect of the caller: it throws a `RangeError`.
 */
export const encodeChunk = (columns: Columns, timelines: ReadonlyArray<Float64Array> = []): Uint8Array => {
  const { timestamps, values } = columns
  if (timestamps.length > MAX_SAMPLES) throw new RangeError(`a chunk holds ${MAX_SAMPLES} samples at most`)
  const writer = new BitWriter(64 + timestamps.length * 2)
  writer.writeVarint(timestamps.length)
  const shared = findTimeline(timestamps, timelines)
  writer.write(shared === undefined ? 0 : 1, 1)
  if (shared === undefined) planTimestamps(timestamps).write(writer)
  else writeDifference(writer, shared)
  writeValues(writer, values)
  return seal("chunk", writer.finish())
}

/** The inverse of {@link encodeChunk}; never a wrong series, whatever the bytes. */
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
  if (timestamps === "timeline") return fail("timeline", `written against another timeline than the ${timelines.length} given`)
  if (timestamps === undefined || timestamps === "damaged") return fail("damaged", "its timestamps are none")
  const values = readValues(reader, count)
  return values === undefined || reader.overrun
    ? fail("damaged", "its values are none")
    : Result.succeed({ timestamps, values })
}
