/**
 * The error of the local runner.
 */
import { Schema } from "effect"

/** Names what the runner could not do, and to what. */
export class LocalError extends Schema.TaggedError<LocalError>()("LocalError", {
  operation: Schema.String,
  subject: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.operation} ${this.subject}: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}
