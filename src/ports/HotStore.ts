/**
 * The hot store: the hot tier and the catalog. One adapter provides all of its services, because recording a cold
 * partition and evicting its samples share a transaction, and so do the hot read and the catalog read of a query; a
 * program asks only for the services that it uses.
 */
import { Context, type Effect, Schema } from "effect"
import type { Catalog } from "./Catalog.ts"
import type { Directory } from "./Directory.ts"
import type { HotDays } from "./HotDays.ts"
import type { HotStoreError } from "./HotStoreError.ts"
import type { Intake } from "./Intake.ts"
import type { Reads } from "./Reads.ts"

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

/** Whether the database has the schema that this code needs. A Worker does nothing before it has. */
export class SchemaCheck extends Context.Service<SchemaCheck, {
  readonly check: Effect.Effect<void, HotStoreError | WrongSchema>
}>()("building-vitals/ports/SchemaCheck") {}

export type HotStore = Intake | HotDays | Catalog | Reads | Directory | SchemaCheck
