import { Schema } from "effect"

/** What the runner could not do: it names the operation and what it worked on. */
export class LocalError extends Schema.TaggedError<LocalError>()("LocalError", {
  operation: Schema.String,
  subject: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.operation} ${this.subject}: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}
