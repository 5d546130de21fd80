/**
 * Rate limiting by API key, and of requests without a good one by where they come from. The platform's binding counts
 * in each location on its own and lets short bursts pass: it protects from runaway clients, it is no quota.
 */
import { Context, Effect, Layer } from "effect"

/** How long a client waits at most, seconds: the `period` of the binding in every `wrangler.jsonc`. */
export const PERIOD_SECONDS = 60

/** Counts a request of a client, and says whether it may pass; without a limiter all may. */
export const RateLimit = Context.Reference<(client: string) => Effect.Effect<boolean>>("building-vitals/http/RateLimit", {
  defaultValue: () => () => Effect.succeed(true)
})

interface Limiter {
  readonly limit: (options: { readonly key: string }) => Promise<{ readonly success: boolean }>
}

/** Over the binding, where there is one; a limiter that fails lets requests pass, and says so in the log. */
export const layer = (limiter: Limiter | undefined): Layer.Layer<never> =>
  limiter === undefined ? Layer.empty : Layer.succeed(RateLimit, (client) =>
    Effect.tryPromise(() => limiter.limit({ key: client })).pipe(
      Effect.map(({ success }) => success),
      Effect.catch((error) => Effect.as(Effect.logWarning("the rate limiter failed", error), true))
    ))

/** What an address is counted as: of IPv6 its first 64 bits, because the others are one client's to choose. */
export const networkOf = (address: string): string => {
  if (!address.includes(":")) return address
  const [before = [], after] = address.split("::").map((part) => part === "" ? [] : part.split(":"))
  const zeros = after === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after ?? []].slice(0, 4).join(":")
}
