/**
 * Who may ask what, and how often. API keys have a scope and may be limited to some sites; they are sent as
 * `Authorization: Bearer <key>`. Without a configured key nobody may ask.
 *
 * Keys are kept as SHA-256 digests: the one sent is hashed and compared with all of them in constant time. Requests
 * with a valid key are counted for that key, all others for their network. So nobody without a key can use up the limit
 * of a key, and a valid key works even if its network has used up its own limit.
 */
import { Context, Effect, Layer, Option, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import type { ApiKey } from "../api-key.ts"
import type { Settings } from "../settings.ts"
import { sha256 } from "../sha256.ts"
import { Forbidden, TooManyRequests, Unauthorized } from "./problem.ts"
import { networkOf, RateLimit } from "./rate-limit.ts"

/** The sites that a request may ask about; null for all. */
export class Caller extends Context.Service<Caller, { readonly sites: ReadonlySet<string> | null }>()(
  "building-vitals/http/Caller"
) {}

const middleware = {
  error: [Unauthorized, Forbidden, TooManyRequests],
  security: { bearer: HttpApiSecurity.bearer }
} as const

/** Guards everything that changes or triggers something: always needs an `admin` key of all sites. */
export class AdminAccess extends HttpApiMiddleware.Service<AdminAccess>()(
  "building-vitals/http/AdminAccess",
  middleware
) {}

/** Guards status pages: needs a `read` or `admin` key of all sites, or with `OPEN_READS` none. */
export class ReadAccess extends HttpApiMiddleware.Service<ReadAccess>()(
  "building-vitals/http/ReadAccess",
  middleware
) {}

/** As {@link ReadAccess}, but accepts keys of some sites only: the handler must check the site with {@link Caller}. */
export class QueryAccess extends HttpApiMiddleware.Service<QueryAccess, { provides: Caller }>()(
  "building-vitals/http/QueryAccess",
  middleware
) {}

/** Always compares every character, so that the time taken tells nothing. */
const sameText = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

const requireAllSites = Effect.fnUntraced(function*({ sites }: typeof Caller.Service) {
  if (sites !== null) {
    return yield* new Forbidden({ code: "forbidden", detail: "this shows all sites, the API key is for some only" })
  }
})

/** The entries of the key that was sent; none if it is unknown. */
const identify = Effect.fnUntraced(function*(settings: Settings, credential: Redacted.Redacted<string>) {
  const text = Redacted.value(credential)
  if (text === "") return []
  const presented = yield* sha256(text)
  const keys = [...settings.apiKeys]
  if (Option.isSome(settings.backfillApiKey)) {
    keys.push({ scope: "admin", digest: yield* sha256(Redacted.value(settings.backfillApiKey.value)), sites: null })
  }
  return keys.filter((key) => sameText(presented, key.digest))
})

/** The sites of all entries together; null for all sites. */
const sitesOf = (entries: ReadonlyArray<ApiKey>): ReadonlySet<string> | null =>
  entries.some(({ sites }) => sites === null) ? null : new Set(entries.flatMap(({ sites }) => [...sites ?? []]))

/** What a request without a valid key is counted as; undefined if the platform does not tell the address. */
const originOf = Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => {
  const address = headers["cf-connecting-ip"]
  return address === undefined ? undefined : `network ${networkOf(address)}`
})

/** All three guards. */
export const layer = (settings: Settings): Layer.Layer<AdminAccess | ReadAccess | QueryAccess> =>
  Layer.unwrap(Effect.gen(function*() {
    const limit = yield* RateLimit

    /** Counts the request, and refuses it over the limit. Answers the entries of its key. */
    const admit = Effect.fnUntraced(function*(credential: Redacted.Redacted<string>) {
      const entries = yield* identify(settings, credential)
      const [key] = entries
      const client = key === undefined ? yield* originOf : key.digest
      if (client !== undefined && !(yield* limit(client))) {
        const whose = key === undefined ? "without a valid API key" : "with this API key"
        return yield* new TooManyRequests({ code: "rate_limited", detail: `too many requests ${whose}: wait a minute` })
      }
      return entries
    })

    const authenticate = Effect.fnUntraced(function*(scope: ApiKey["scope"], credential: Redacted.Redacted<string>) {
      const entries = yield* admit(credential)
      if (entries.length === 0) {
        const detail = Redacted.value(credential) === ""
          ? "send an API key as Authorization: Bearer <key>"
          : "the API key is unknown"
        return yield* new Unauthorized({ code: "unauthorized", detail })
      }
      const allowing = scope === "read" ? entries : entries.filter((entry) => entry.scope === "admin")
      if (allowing.length === 0) {
        return yield* new Forbidden({ code: "forbidden", detail: "this needs an API key of the scope admin" })
      }
      return { sites: sitesOf(allowing) }
    })

    return Layer.mergeAll(
      Layer.succeed(AdminAccess, {
        bearer: (next, { credential }) =>
          authenticate("admin", credential).pipe(Effect.flatMap(requireAllSites), Effect.andThen(next))
      }),
      Layer.succeed(ReadAccess, {
        bearer: (next, { credential }) =>
          settings.openReads
            ? Effect.andThen(admit(credential), next)
            : authenticate("read", credential).pipe(Effect.flatMap(requireAllSites), Effect.andThen(next))
      }),
      Layer.succeed(QueryAccess, {
        bearer: (next, { credential }) =>
          settings.openReads
            ? Effect.andThen(admit(credential), Effect.provideService(next, Caller, { sites: null }))
            : Effect.flatMap(authenticate("read", credential), (caller) => Effect.provideService(next, Caller, caller))
      })
    )
  }))
