/**
 * Rate limiting by API key. The platform's binding counts in each location on its own and lets short bursts pass: it
 * protects from runaway clients, it is no quota.
 */
import { Context, Effect, Layer } from "effect"

/** Whether one more request with this key may pass now; without a limiter all may. */
export const RateLimit = Context.Reference<(key: string) => Effect.Effect<boolean>>("building-vitals/http/RateLimit", {
  defaultValue: () => () => Effect.succeed(true)
})

interface Limiter {
  readonly limit: (options: { readonly key: string }) => Promise<{ readonly success: boolean }>
}

/** Over the binding; a limiter that fails lets requests pass, and says so in the log. */
export const layer = (limiter: Limiter): Layer.Layer<never> =>
  Layer.succeed(RateLimit, (key) =>
    Effect.tryPromise(() => limiter.limit({ key })).pipe(
      Effect.map(({ success }) => success),
      Effect.catch((error) => Effect.as(Effect.logWarning("the rate limiter failed", error), true))
    ))
