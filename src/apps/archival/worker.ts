/** The archival Worker: every night days older than the boundary become cold, every hour closed months are derived. */
import { env } from "cloudflare:workers"
import { Layer, Result } from "effect"
import * as HotStoreD1 from "../../adapters/hot/HotStoreD1.ts"
import * as JobStateD1 from "../../adapters/jobs/JobStateD1.ts"
import * as MonthStoreCloudflare from "../../adapters/months/MonthStoreCloudflare.ts"
import * as ColdStoreR2 from "../../adapters/cold/ColdStoreR2.ts"
import * as RateLimit from "../http/rate-limit.ts"
import { serve } from "../http/serve.ts"
import { orMisconfigured } from "../misconfigured.ts"
import * as Runtime from "../runtime.ts"
import { readSettings } from "../settings.ts"
import * as Archival from "./routes.ts"

/** What the Worker is over the bindings and settings of `env`. */
export const make = (env: Cloudflare.Env) => {
  const settings = Result.getOrThrow(readSettings(env))
  const runtime = Runtime.layer(settings)
  const services = Runtime.once(
    Layer.mergeAll(
      HotStoreD1.layer(env.DB),
      JobStateD1.layer(env.DB),
      ColdStoreR2.layer(env.BUCKET),
      MonthStoreCloudflare.layer(env.DB, env.BUCKET),
      RateLimit.layer(env.RATE_LIMITER)
    )
  )
  return {
    fetch: serve(Archival.layer(settings).pipe(Layer.provide(services)), runtime),
    scheduled: async ({ cron }: Pick<ScheduledController, "cron">) => {
      await Runtime.background(Archival.onCron(settings, cron), services, runtime)
    }
  } satisfies ExportedHandler
}

export default orMisconfigured(() => make(env))
