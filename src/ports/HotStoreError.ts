/**
 * The failure that every service of the hot store shares.
 */
import { Schema } from "effect"

/** The store failed: names the operation and what it worked on. */
export class HotStoreError extends Schema.TaggedError<HotStoreError>()("HotStoreError", {
  operation: Schema.String,
  subject: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `HotStore.${this.operation} of ${this.subject} failed: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}
