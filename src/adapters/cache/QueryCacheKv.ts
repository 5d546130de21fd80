/**
 * `QueryCache` on KV: the body is the value, the headers are its metadata.
 *
 * **Gotchas** KV is eventually consistent, which no key here minds: what is found is right, what is not is made again.
 */
import { Effect, Layer, Option, Schema } from "effect"
import { QueryCache, QueryCacheError } from "../../ports/QueryCache.ts"

/** How long an answer is kept, seconds: about as long as people look at the same data. */
const LIFETIME_SECONDS = 86_400

const keyOf = (key: string): string => `query:${key}`

const readHeaders = Schema.decodeUnknownOption(Schema.Record(Schema.String, Schema.String))

/** @param later lets a put go on when the answer has been sent; it may not reject */
export const layer = (kv: KVNamespace, later: (work: Promise<unknown>) => void): Layer.Layer<QueryCache> =>
  Layer.sync(QueryCache, () => {
    const run = <A>(operation: string, key: string, call: () => Promise<A>): Effect.Effect<A, QueryCacheError> =>
      Effect.tryPromise({ try: call, catch: (cause) => new QueryCacheError({ operation, key, cause }) })
    return QueryCache.of({
      get: Effect.fnUntraced(function*(key) {
        const { metadata, value } = yield* run("get", key, () => kv.getWithMetadata(keyOf(key), "arrayBuffer"))
        const headers = readHeaders(metadata)
        return value === null || Option.isNone(headers)
          ? Option.none()
          : Option.some({ body: new Uint8Array(value), headers: headers.value })
      }),
      put: Effect.fnUntraced(function*(key, { body, headers }) {
        const put = run("put", key, () => kv.put(keyOf(key), body, { metadata: headers, expirationTtl: LIFETIME_SECONDS }))
        const logged = put.pipe(Effect.catch((error) => Effect.logWarning(error.message, error)))
        const services = yield* Effect.context<never>()
        later(Effect.runPromise(Effect.provideContext(logged, services)))
      })
    })
  })
