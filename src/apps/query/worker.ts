/** The query Worker: any points over any window, from both tiers. */
import { env, waitUntil } from "cloudflare:workers"
import { Layer, Result } from "effect"
import * as HotStoreD1 from "../../adapters/d1/HotStoreD1.ts"
import * as DerivedStoreCloudflare from "../../adapters/derived/DerivedStoreCloudflare.ts"
import * as QueryCacheKv from "../../adapters/kv/QueryCacheKv.ts"
import * as AnswerFileParquet from "../../adapters/answer/AnswerFileParquet.ts"
import * as ColdStoreR2 from "../../adapters/r2/ColdStoreR2.ts"
import * as Edge from "../http/edge.ts"
import * as RateLimit from "../http/rateLimit.ts"
import * as Runtime from "../runtime.ts"
import { readSettings } from "../settings.ts"
import * as Query from "./routes.ts"

/** What the Worker is over the bindings and settings of `env`. */
export const make = (env: Cloudflare.Env) => {
  const settings = Result.getOrThrow(readSettings(env))
  const services = Runtime.once(
    Layer.mergeAll(
      HotStoreD1.layer(env.DB),
      ColdStoreR2.layer(env.BUCKET),
      DerivedStoreCloudflare.layer(env.DB, env.BUCKET),
      AnswerFileParquet.layer,
      env.CACHE === undefined || !settings.enableQueryCache ? Layer.empty : QueryCacheKv.layer(env.CACHE, waitUntil),
      RateLimit.layer(env.RATE_LIMITER)
    )
  )
  return {
    fetch: Edge.serve(Query.layer(settings).pipe(Layer.provide(services)), Runtime.layer(settings))
  } satisfies ExportedHandler
}

export default make(env)
