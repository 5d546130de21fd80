/**
 * Who may ask what: API keys with a scope, sent as `Authorization: Bearer <key>`. No key configured means closed.
 *
 * Keys are kept as SHA-256 digests; the presented one is hashed and compared with all of them in constant time.
 */
import { Effect, Layer, Option, Redacted } from "effect"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import type { Settings } from "../settings.ts"
import { Forbidden, Unauthorized } from "./problem.ts"

type Scope = "read" | "admin"

const middleware = { error: [Unauthorized, Forbidden], security: { bearer: HttpApiSecurity.bearer } } as const

/** Guards everything that changes or triggers something: an `admin` key, whatever the settings say. */
export class AdminAccess extends HttpApiMiddleware.Service<AdminAccess>()("building-vitals/http/AdminAccess", middleware) {}

/** Guards queries and status pages: a `read` or `admin` key, or none where `OPEN_READS` says so. */
export class ReadAccess extends HttpApiMiddleware.Service<ReadAccess>()("building-vitals/http/ReadAccess", middleware) {}

interface Key {
  readonly scope: Scope
  readonly digest: Uint8Array
}

const encoder = new TextEncoder()

const sha256 = (text: string) =>
  Effect.promise(() => crypto.subtle.digest("SHA-256", encoder.encode(text))).pipe(
    Effect.map((buffer) => new Uint8Array(buffer))
  )

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))

/** Looks at every byte whatever it finds, so that the time taken says nothing. */
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] ?? 0)
  return difference === 0
}

const configuredKeys = (settings: Settings): ReadonlyArray<Key> =>
  settings.apiKeys.map((entry) => {
    const [scope, digest] = entry.split(":") as [Scope, string]
    return { scope, digest: fromHex(digest) }
  })

/** Succeeds where the credential may act in `scope`. */
const authorize = Effect.fnUntraced(function*(settings: Settings, scope: Scope, credential: Redacted.Redacted<string>) {
  const text = Redacted.value(credential)
  if (text === "") {
    return yield* new Unauthorized({ code: "unauthorized", detail: "send an API key as Authorization: Bearer <key>" })
  }
  const presented = yield* sha256(text)
  const keys = [...configuredKeys(settings)]
  if (Option.isSome(settings.backfillApiKey)) {
    keys.push({ scope: "admin", digest: yield* sha256(Redacted.value(settings.backfillApiKey.value)) })
  }
  const scopes = keys.map((key) => sameBytes(presented, key.digest) ? key.scope : null)
  if (scopes.includes("admin") || (scope === "read" && scopes.includes("read"))) return
  return yield* scopes.includes("read")
    ? new Forbidden({ code: "forbidden", detail: "this needs an API key with the scope admin" })
    : new Unauthorized({ code: "unauthorized", detail: "the API key is not one of this Worker's" })
})

/** Both guards. */
export const layer = (settings: Settings): Layer.Layer<AdminAccess | ReadAccess> =>
  Layer.mergeAll(
    Layer.succeed(AdminAccess, {
      bearer: (next, { credential }) => Effect.andThen(authorize(settings, "admin", credential), next)
    }),
    Layer.succeed(ReadAccess, {
      bearer: (next, { credential }) =>
        settings.openReads ? next : Effect.andThen(authorize(settings, "read", credential), next)
    })
  )
