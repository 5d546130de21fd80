/**
 * `SchemaCheck`: whether the stores have the schema that this code was built for. A Worker does nothing before it
 * holds.
 */
import { Context, type Effect } from "effect"
import type { HotStoreError } from "./HotStoreError.ts"

export class SchemaCheck extends Context.Service<SchemaCheck, {
  /** Fails where the schema is of another version. */
  readonly check: Effect.Effect<void, HotStoreError>
}>()("building-vitals/ports/SchemaCheck") {}
