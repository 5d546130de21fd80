/** The adapter on KV keeps the laws of `QueryCache`, once KV has done what it does after the answer. */
import { assert } from "@effect/vitest"
import { env } from "cloudflare:workers"
import { Effect, Layer } from "effect"
import * as QueryCacheKv from "../../src/adapters/cache/QueryCacheKv.ts"
import { QueryCache } from "../../src/ports/QueryCache.ts"
import { suite } from "../conformance/QueryCache.ts"

const puts: Array<Promise<unknown>> = []
const kv = QueryCacheKv.layer(env.KV, (work) => puts.push(work))

/** Waits for what the platform would go on with after the answer. */
const patient = Layer.effect(
  QueryCache,
  Effect.map(QueryCache, (cache) => ({
    get: cache.get,
    put: (key: string, answer: Parameters<typeof cache.put>[1]) =>
      // The body is KV's by now: the caller may reuse it.
      Effect.andThen(
        cache.put(key, answer),
        Effect.promise(async () => {
          await Promise.all(puts)
          assert.isNotEmpty(puts)
        })
      )
  }))
).pipe(Layer.provide(kv))

suite("KV", patient)
