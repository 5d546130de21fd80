/**
 * `QueryCache` on KV: the body is the value, the headers are its metadata.
 *
 * **Gotchas** KV is eventually consistent. That is no problem here: an answer that is found is right, and one that is
 * not found is made again.
 */
import { Effect, Layer, Option, Schema } from "effect"
import { QueryCache, QueryCacheError } from "../../ports/QueryCache.ts"

/** Seconds an answer is kept: about as long as people look at the same data. */
const LIFETIME_SECONDS = 86_400

const keyOf = (key: string): string => `query:${key}`

const readHeaders = Schema.decodeUnknownOption(Schema.Record(Schema.String, Schema.String))

/** @param later keeps a put running after the answer has been sent; its promise never rejects */
export const layer = (kv: KVNamespace, later: (work: Promise<unknown>) => void): Layer.Layer<QueryCache> =>
  Layer.sync(QueryCache, () => {
    const request = <A>(operation: string, key: string, send: () => Promise<A>): Effect.Effect<A, QueryCacheError> =>
      Effect.tryPromise({ try: send, catch: (cause) => new QueryCacheError({ operation, key, cause }) })
    return QueryCache.of({
      get: Effect.fnUntraced(function*(key) {
        const { metadata, value } = yield* request("get", key, () => kv.getWithMetadata(keyOf(key), "arrayBuffer"))
        const headers = readHeaders(metadata)
        return value === null || Option.isNone(headers)
          ? Option.none()
          : Option.some({ body: new Uint8Array(value), headers: headers.value })
      }),
      put: Effect.fnUntraced(function*(key, { body, headers }) {
        const options = { metadata: headers, expirationTtl: LIFETIME_SECONDS }
        const put = request("put", key, () => kv.put(keyOf(key), body, options))
        const logged = put.pipe(Effect.catch((error) => Effect.logWarning(error.message, error)))
        const services = yield* Effect.context<never>()
        later(Effect.runPromise(Effect.provideContext(logged, services)))
      })
    })
  })
