/** The backfill Worker: a job of closed days, one queue step after the other; a sweeper sends what the queue lost. */
import { env } from "cloudflare:workers"
import { Layer, Result } from "effect"
import { FetchHttpClient } from "effect/http"
import * as SampleSourceAce from "../../adapters/ace/SampleSourceAce.ts"
import * as HotStoreD1 from "../../adapters/hot/HotStoreD1.ts"
import * as JobStateD1 from "../../adapters/jobs/JobStateD1.ts"
import * as StagingD1 from "../../adapters/jobs/StagingD1.ts"
import * as StepQueueCloudflare from "../../adapters/steps/StepQueueCloudflare.ts"
import * as ColdStoreR2 from "../../adapters/cold/ColdStoreR2.ts"
import * as RateLimit from "../http/rate-limit.ts"
import { serve } from "../http/serve.ts"
import { orMisconfigured } from "../misconfigured.ts"
import * as Runtime from "../runtime.ts"
import { readSettings, readSourceSettings } from "../settings.ts"
import { consume } from "./consumer.ts"
import * as Backfill from "./routes.ts"
import { sweep } from "./steps.ts"

/** What the Worker is over the bindings and settings of `env`. */
export const make = (env: Cloudflare.Env) => {
  const settings = Result.getOrThrow(readSettings(env))
  const source = Result.getOrThrow(readSourceSettings(env))
  const runtime = Runtime.layer(settings)
  const services = Runtime.once(
    Layer.mergeAll(
      SampleSourceAce.layer(source).pipe(Layer.orDie, Layer.provide(FetchHttpClient.layer)),
      StepQueueCloudflare.layer(env.STEPS)
    ).pipe(
      Layer.provideMerge(
        Layer.mergeAll(
          HotStoreD1.layer(env.DB),
          JobStateD1.layer(env.DB),
          StagingD1.layer(env.DB),
          ColdStoreR2.layer(env.BUCKET),
          RateLimit.layer(env.RATE_LIMITER)
        )
      )
    )
  )
  return {
    fetch: serve(Backfill.layer(settings).pipe(Layer.provide(services)), runtime),
    queue: (batch: MessageBatch) =>
      Runtime.background(consume(batch.messages, { targetMs: settings.processTimeoutMs }), services, runtime),
    scheduled: async () => {
      await Runtime.background(sweep(), services, runtime)
    }
  } satisfies ExportedHandler
}

export default orMisconfigured(() => make(env))
