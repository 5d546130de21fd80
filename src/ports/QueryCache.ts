/**
 * `QueryCache`: finished answers, under keys that name the question and the version of the data.
 *
 * Laws (conformance suite `test/conformance/QueryCache.ts`):
 * - `get` gives what was put under exactly this key, byte for byte, or nothing.
 * - It may forget anything at any time. Nothing ever has to be removed, because other data has another key.
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
  /** Headers of the response; they are small. */
  readonly headers: Readonly<Record<string, string>>
}

export class QueryCache extends Context.Service<QueryCache, {
  readonly get: (key: string) => Effect.Effect<Option.Option<CachedAnswer>, QueryCacheError>
  readonly put: (key: string, answer: CachedAnswer) => Effect.Effect<void, QueryCacheError>
}>()("building-vitals/ports/QueryCache") {}
