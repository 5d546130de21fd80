/**
 * Timelines that several points of a block share on a day: stored once, beside the points' chunks.
 */
import { Result } from "effect"
import type { Columns } from "../series.ts"
import { BitReader, BitWriter } from "./bits.ts"
import { ChunkError } from "./error.ts"
import { open, seal } from "./frame.ts"
import { readTimestamps, writeTimestamps } from "./timestamps.ts"

/** Most timelines of one block and day: as many as it has points. */
export const MAX_TIMELINES = 64

/** The timelines worth sharing among the points of one block and day; empty where none is. */
export const shareTimelines = (_columns: ReadonlyArray<Columns>): ReadonlyArray<Float64Array> => []

export const encodeTimelines = (timelines: ReadonlyArray<Float64Array>): Uint8Array => {
  const writer = new BitWriter(1024)
  writer.writeVarint(timelines.length)
  for (const timeline of timelines) {
    writer.writeVarint(timeline.length)
    writeTimestamps(writer, timeline)
  }
  return seal("timelines", writer.finish())
}

export const decodeTimelines = (bytes: Uint8Array): Result.Result<ReadonlyArray<Float64Array>, ChunkError> => {
  const fail = (reason: ChunkError["reason"], detail: string) =>
    Result.fail(new ChunkError({ part: "timelines", reason, detail }))
  const opened = open("timelines", bytes, 0)
  if (Result.isFailure(opened)) return Result.fail(opened.failure)
  const { end, start } = opened.success
  if (end !== bytes.length) return fail("damaged", `${bytes.length - end} bytes follow the timelines`)
  const reader = new BitReader(bytes, start, end)
  const count = reader.readVarint()
  if (count > MAX_TIMELINES) return fail("damaged", `it claims ${count} timelines`)
  const timelines: Array<Float64Array> = []
  for (let i = 0; i < count; i++) {
    const timeline = readTimestamps(reader, reader.readVarint())
    if (timeline === undefined) return fail("damaged", `timeline ${i}`)
    timelines.push(timeline)
  }
  return reader.overrun ? fail("damaged", "it ends too early") : Result.succeed(timelines)
}
