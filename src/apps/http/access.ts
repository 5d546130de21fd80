/**
 * Who may ask what, and how often: API keys with a scope and, if wanted, sites, sent as `Authorization: Bearer <key>`. No
 * key configured means closed.
 *
 * Keys are kept as SHA-256 digests; the presented one is hashed and compared with all of them in constant time. Requests
 * with a good key are counted by it, all others by where they come from: nobody without a key can use up a key's limit,
 * and a good key passes whatever comes from the same place.
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

/** Guards everything that changes or triggers something: an `admin` key of all sites, whatever the settings say. */
export class AdminAccess extends HttpApiMiddleware.Service<AdminAccess>()("building-vitals/http/AdminAccess", middleware) {}

/** Guards status pages: a `read` or `admin` key of all sites, or none where `OPEN_READS` says so. */
export class ReadAccess extends HttpApiMiddleware.Service<ReadAccess>()("building-vitals/http/ReadAccess", middleware) {}

/** Guards queries as {@link ReadAccess} does, but lets keys of some sites pass: the handler must ask {@link Caller}. */
export class QueryAccess extends HttpApiMiddleware.Service<QueryAccess, { provides: Caller }>()(
  "building-vitals/http/QueryAccess",
  middleware
) {}

/** Looks at every character whatever it finds, so that the time taken tells nothing. */
const sameText = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

const requireAllSites = Effect.fnUntraced(function*({ sites }: ApiKey) {
  if (sites !== null) {
    return yield* new Forbidden({ code: "forbidden", detail: "this shows all sites; the API key is for some of them" })
  }
})

/** The configured key that a credential is; undefined for an unknown one. An `admin` entry of a key outranks a `read` one. */
const identify = Effect.fnUntraced(function*(settings: Settings, credential: Redacted.Redacted<string>) {
  const text = Redacted.value(credential)
  if (text === "") return undefined
  const presented = yield* sha256(text)
  const keys = [...settings.apiKeys]
  if (Option.isSome(settings.backfillApiKey)) {
    keys.push({ scope: "admin", digest: yield* sha256(Redacted.value(settings.backfillApiKey.value)), sites: null })
  }
  const matches = keys.filter((key) => sameText(presented, key.digest))
  return matches.find((key) => key.scope === "admin") ?? matches[0]
})

/** What a request without a good key is counted as; undefined inside the platform, where no address is told. */
const originOf = Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => {
  const address = headers["cf-connecting-ip"]
  return address === undefined ? undefined : `network ${networkOf(address)}`
})

/** All guards. */
export const layer = (settings: Settings): Layer.Layer<AdminAccess | ReadAccess | QueryAccess> =>
  Layer.unwrap(Effect.gen(function*() {
    const limit = yield* RateLimit

    /** Lets a request pass that is not one too many, with its key if it has a good one. */
    const admit = Effect.fnUntraced(function*(credential: Redacted.Redacted<string>) {
      const key = yield* identify(settings, credential)
      const client = key === undefined ? yield* originOf : key.digest
      if (client !== undefined && !(yield* limit(client))) {
        const whose = key === undefined ? "without a good API key" : "with this API key"
        return yield* new TooManyRequests({ code: "rate_limited", detail: `too many requests ${whose}: wait a minute` })
      }
      return key
    })

    const authenticate = Effect.fnUntraced(function*(scope: ApiKey["scope"], credential: Redacted.Redacted<string>) {
      const key = yield* admit(credential)
      if (key === undefined) {
        const detail = Redacted.value(credential) === ""
          ? "send an API key as Authorization: Bearer <key>"
          : "the API key is not one of this Worker's"
        return yield* new Unauthorized({ code: "unauthorized", detail })
      }
      if (scope === "admin" && key.scope === "read") {
        return yield* new Forbidden({ code: "forbidden", detail: "this needs an API key with the scope admin" })
      }
      return key
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
            : Effect.flatMap(authenticate("read", credential), (key) => Effect.provideService(next, Caller, key))
      })
    )
  }))
