import { Schema } from "effect"

/**
 * Bytes that cannot be read back.
 *
 * - `truncated`: the bytes end before the blob does
 * - `damaged`: the checksum disagrees, or a part says what no encoder writes
 * - `version`: another kind of blob, or a version this build does not know
 * - `timeline`: the chunk was written against a shared timeline that was not given, or is not the one given
 */
export class ChunkError extends Schema.TaggedError<ChunkError>()("ChunkError", {
  /** What was being read. */
  part: Schema.Literals(["chunk", "timelines", "segment"]),
  reason: Schema.Literals(["truncated", "damaged", "version", "timeline"]),
  detail: Schema.String
}) {
  override get message() {
    return `cannot decode ${this.part}: ${this.reason}: ${this.detail}`
  }
}
