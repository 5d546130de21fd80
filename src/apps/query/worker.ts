/** The query Worker: any points over any window, from both tiers. */
import { env, waitUntil } from "cloudflare:workers"
import { Layer, Result } from "effect"
import * as HotStoreD1 from "../../adapters/hot/HotStoreD1.ts"
import * as JobStateD1 from "../../adapters/jobs/JobStateD1.ts"
import * as MonthStoreCloudflare from "../../adapters/months/MonthStoreCloudflare.ts"
import * as QueryCacheKv from "../../adapters/cache/QueryCacheKv.ts"
import * as AnswerFileParquet from "../../adapters/answers/AnswerFileParquet.ts"
import * as ColdStoreR2 from "../../adapters/cold/ColdStoreR2.ts"
import * as RateLimit from "../http/rate-limit.ts"
import { serve } from "../http/serve.ts"
import { orMisconfigured } from "../misconfigured.ts"
import * as Runtime from "../runtime.ts"
import { readSettings } from "../settings.ts"
import { forward } from "./forward.ts"
import * as Query from "./routes.ts"

/** What the Worker is over the bindings and settings of `env`. */
export const make = (env: Cloudflare.Env) => {
  const settings = Result.getOrThrow(readSettings(env))
  const services = Runtime.once(
    Layer.mergeAll(
      HotStoreD1.layer(env.DB),
      JobStateD1.layer(env.DB),
      ColdStoreR2.layer(env.BUCKET),
      MonthStoreCloudflare.layer(env.DB, env.BUCKET),
      AnswerFileParquet.layer,
      env.CACHE === undefined || !settings.enableQueryCache ? Layer.empty : QueryCacheKv.layer(env.CACHE, waitUntil),
      RateLimit.layer(env.RATE_LIMITER)
    )
  )
  const answer = serve(Query.layer(settings).pipe(Layer.provide(services)), Runtime.layer(settings))
  return {
    fetch: (request: Request) => forward(request, env) ?? answer(request)
  } satisfies ExportedHandler
}

export default orMisconfigured(() => make(env))
