/**
 * `QueryCache`: finished answers, kept under keys that name the question and the version of the data it was asked of.
 *
 * Laws (conformance suite `test/conformance/QueryCache.ts`):
 * - `get` gives what was put under exactly this key, byte for byte, or nothing.
 * - It may forget anything at any time. Nothing ever needs to be removed: other data is another key.
 */
import { Context, type Effect, type Option, Schema } from "effect"

export class QueryCacheError extends Schema.TaggedError<QueryCacheError>()("QueryCacheError", {
  operation: Schema.String,
  key: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `QueryCache.${this.operation} of ${this.key} failed: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

export interface CachedAnswer {
  readonly body: Uint8Array<ArrayBuffer>
  /** Of the response; small. */
  readonly headers: Readonly<Record<string, string>>
}

export class QueryCache extends Context.Service<QueryCache, {
  readonly get: (key: string) => Effect.Effect<Option.Option<CachedAnswer>, QueryCacheError>
  readonly put: (key: string, answer: CachedAnswer) => Effect.Effect<void, QueryCacheError>
}>()("building-vitals/ports/QueryCache") {}
