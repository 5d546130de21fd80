/**
 * `SchemaCheck`: whether the database has the schema that this code needs. A Worker does nothing before it has.
 */
import { Context, type Effect } from "effect"
import type { HotStoreError } from "./HotStoreError.ts"

export class SchemaCheck extends Context.Service<SchemaCheck, {
  /** Fails if the schema has another version. */
  readonly check: Effect.Effect<void, HotStoreError>
}>()("building-vitals/ports/SchemaCheck") {}
