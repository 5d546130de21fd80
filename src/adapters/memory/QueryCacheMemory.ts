/**
 * `QueryCache` in memory.
 */
import { Effect, Layer, Option } from "effect"
import { type CachedAnswer, QueryCache } from "../../ports/QueryCache.ts"

export const layer: Layer.Layer<QueryCache> = Layer.sync(QueryCache, () => {
  const answers = new Map<string, CachedAnswer>()
  return QueryCache.of({
    get: (key) => Effect.sync(() => Option.fromUndefinedOr(answers.get(key))),
    put: (key, { body, headers }) => Effect.sync(() => void answers.set(key, { body: body.slice(), headers }))
  })
})
