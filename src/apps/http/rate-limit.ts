/**
 * Rate limits by API key; requests without a valid key are limited by their network. The platform counts in each of its
 * locations separately and lets short bursts pass: this stops runaway clients, it is not a quota.
 */
import { Context, Effect, Layer } from "effect"

/** The longest time that a client has to wait, seconds: the `period` of the binding in every `wrangler.jsonc`. */
export const PERIOD_SECONDS = 60

/** Counts a request of a client and answers whether it may pass. Without a limiter all may. */
export const RateLimit = Context.Reference<(client: string) => Effect.Effect<boolean>>(
  "building-vitals/http/RateLimit",
  { defaultValue: () => () => Effect.succeed(true) }
)

interface Limiter {
  readonly limit: (options: { readonly key: string }) => Promise<{ readonly success: boolean }>
}

/** Uses the binding if there is one. If the limiter fails, the request passes and the failure is logged. */
export const layer = (limiter: Limiter | undefined): Layer.Layer<never> =>
  limiter === undefined ? Layer.empty : Layer.succeed(RateLimit, (client) =>
    Effect.tryPromise(() => limiter.limit({ key: client })).pipe(
      Effect.map(({ success }) => success),
      Effect.catch((error) => Effect.as(Effect.logWarning("the rate limiter failed", error), true))
    ))

/** The network of an address: of IPv6 the first 64 bits, because one client can choose the others freely. */
export const networkOf = (address: string): string => {
  if (!address.includes(":")) return address
  const [before = [], after] = address.split("::").map((part) => part === "" ? [] : part.split(":"))
  const zeros = after === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after ?? []].slice(0, 4).join(":")
}
