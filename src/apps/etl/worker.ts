/** The etl Worker: a sync of every site, every five minutes. */
import { env } from "cloudflare:workers"
import { Layer, Result } from "effect"
import { FetchHttpClient } from "effect/http"
import * as SampleSourceAce from "../../adapters/ace/SampleSourceAce.ts"
import * as HotStoreD1 from "../../adapters/hot/HotStoreD1.ts"
import * as JobStateD1 from "../../adapters/jobs/JobStateD1.ts"
import * as RateLimit from "../http/rate-limit.ts"
import { serve } from "../http/serve.ts"
import { orMisconfigured } from "../misconfigured.ts"
import * as Runtime from "../runtime.ts"
import { readSettings, readSourceSettings } from "../settings.ts"
import { syncAll } from "./program.ts"
import * as Etl from "./routes.ts"

/** What the Worker is over the bindings and settings of `env`. */
export const make = (env: Cloudflare.Env) => {
  const settings = Result.getOrThrow(readSettings(env))
  const source = Result.getOrThrow(readSourceSettings(env))
  const runtime = Runtime.layer(settings)
  const services = Runtime.once(
    SampleSourceAce.layer(source).pipe(
      Layer.orDie,
      Layer.provide(FetchHttpClient.layer),
      Layer.provideMerge(
        Layer.mergeAll(HotStoreD1.layer(env.DB), JobStateD1.layer(env.DB), RateLimit.layer(env.RATE_LIMITER))
      )
    )
  )
  return {
    fetch: serve(Etl.layer(settings).pipe(Layer.provide(services)), runtime),
    scheduled: async () => {
      await Runtime.background(syncAll(settings.sites, Etl.syncOptions(settings)), services, runtime)
    }
  } satisfies ExportedHandler
}

export default orMisconfigured(() => make(env))
