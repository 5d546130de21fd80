/**
 * `SchemaCheck`: whether the database has the schema that this code needs. A Worker does nothing before it has.
 */
import { Context, type Effect, Schema } from "effect"
import type { HotStoreError } from "./HotStoreError.ts"

/** The schema is older than the code, or newer and not made for code this old. */
export class WrongSchema extends Schema.TaggedError<WrongSchema>()("WrongSchema", {
  /** 0 where no migration was ever run. */
  version: Schema.Int,
  expected: Schema.Int
}) {
  override get message() {
    const cure = this.version < this.expected ? "run the migrations" : "deploy a newer Worker"
    return `the database is at schema version ${this.version}, this code needs ${this.expected}: ${cure}`
  }
}

export class SchemaCheck extends Context.Service<SchemaCheck, {
  readonly check: Effect.Effect<void, HotStoreError | WrongSchema>
}>()("building-vitals/ports/SchemaCheck") {}
