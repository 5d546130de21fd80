import { Schema } from "effect"

/**
 * Bytes that cannot be decoded.
 *
 * - `truncated`: the bytes end before the blob does
 * - `damaged`: the checksum does not match, or the bytes are not what an encoder writes
 * - `version`: another kind of blob, or a version that this code does not know
 * - `timeline`: the chunk refers to a shared timeline that was not given, or that differs from the one given
 */
export class ChunkError extends Schema.TaggedError<ChunkError>()("ChunkError", {
  /** What was decoded. */
  blob: Schema.Literals(["chunk", "timelines", "segment"]),
  reason: Schema.Literals(["truncated", "damaged", "version", "timeline"]),
  detail: Schema.String
}) {
  override get message() {
    return `cannot decode ${this.blob}: ${this.reason}: ${this.detail}`
  }
}
