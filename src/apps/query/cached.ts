/**
 * Answers by ETag and from the cache. The tag names the question and the version of the data. The version is read
 * before the data, so a cached answer is never older than its tag says, and no request uses that tag once the data has
 * changed.
 */
import { Effect, Option } from "effect"
import { HttpServerResponse } from "effect/http"
import { type CachedAnswer, QueryCache } from "../../ports/QueryCache.ts"
import { lookBackMs } from "../../domain/answers/look-back.ts"
import { Reads } from "../../ports/Reads.ts"
import { sha256 } from "../sha256.ts"
import type { QueryRequest } from "./reading/plan.ts"
import type { Form } from "./respond.ts"

/** Part of every key: raised when the same question gets other bytes. */
const ANSWER_VERSION = 4

/** Larger bodies are not kept. */
const MAX_CACHED_BYTES = 4_194_304

/** Browsers may keep an answer but must revalidate it each time; shared caches may not keep it. */
const REVALIDATE = { "cache-control": "private, no-cache", vary: "Accept" }

/** SHA-256 of the question, normalized, and of the version of the data that it is about. */
const keyOf = Effect.fnUntraced(function*({ points, resolution, site, tz, window }: QueryRequest, form: Form) {
  const reads = yield* Reads
  const version = yield* reads.version(site, { start: window.start - lookBackMs(resolution), end: window.end })
  const { format, layout, spreadsheet } = form
  const { end, start } = window
  const question = [ANSWER_VERSION, site, points, start, end, { ...resolution, zone: tz }, format, layout, spreadsheet]
  return yield* sha256(JSON.stringify([question, version]))
})

/** Whether `If-None-Match` names the tag, by weak comparison as RFC 9110 requires. */
const isKnown = (ifNoneMatch: string, tag: string): boolean =>
  ifNoneMatch.split(",").some((text) => text.trim().replace(/^W\//, "") === tag)

/** A failure of the cache is logged and counts as a miss. */
const orNothing = <A, E extends { readonly message: string }>(effect: Effect.Effect<Option.Option<A>, E>) =>
  effect.pipe(Effect.catch((error) => Effect.as(Effect.logWarning(error.message, error), Option.none<A>())))

const responseOf = ({ body, headers }: CachedAnswer): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.uint8Array(body, {
    ...(headers["content-type"] === undefined ? {} : { contentType: headers["content-type"] }),
    headers
  })

/** Keeps an answer under its key if it is small. */
const keep = Effect.fnUntraced(function*(
  cache: typeof QueryCache.Service,
  key: string,
  { body, headers }: HttpServerResponse.HttpServerResponse
) {
  if (body._tag !== "Uint8Array" || body.body.length > MAX_CACHED_BYTES) return
  const answer = { body: new Uint8Array(body.body), headers: { ...headers, "content-type": body.contentType } }
  yield* orNothing(Effect.as(cache.put(key, answer), Option.none<never>()))
})

/** What the cache has under the key, and otherwise what `make` makes. */
const fromCache = Effect.fnUntraced(function*<E, R>(
  cache: typeof QueryCache.Service,
  key: string,
  make: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) {
  const hit = yield* orNothing(cache.get(key))
  if (Option.isSome(hit)) return HttpServerResponse.setHeader(responseOf(hit.value), "x-cache", "hit")
  const response = yield* make
  yield* keep(cache, key, response)
  return HttpServerResponse.setHeader(response, "x-cache", "miss")
})

/**
 * Answers 304 if the caller has the answer, from the cache if that has it, and otherwise with what `make` makes. A
 * query with `explain` is always made anew.
 */
export const cached = Effect.fnUntraced(function*<E, R>(
  request: QueryRequest,
  form: Form,
  ifNoneMatch: string | undefined,
  make: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) {
  if (form.explain) return HttpServerResponse.setHeader(yield* make, "x-cache", "off")
  const key = yield* keyOf(request, form)
  const tag = `"${key}"`
  // Weak: two answers of one version may differ in their metadata, such as the time that they took.
  const headers = { ...REVALIDATE, etag: `W/${tag}` }
  const notModified = HttpServerResponse.empty({ status: 304, headers })
  if (isKnown(ifNoneMatch ?? "", tag)) return notModified
  const cache = yield* Effect.serviceOption(QueryCache)
  const response = yield* Option.match(cache, {
    onNone: () => Effect.map(make, (made) => HttpServerResponse.setHeader(made, "x-cache", "off")),
    onSome: (kept) => fromCache(kept, key, make)
  })
  // `*` names whatever answer there is: only one that was found or made tells that there is one.
  return ifNoneMatch?.trim() === "*" ? notModified : HttpServerResponse.setHeaders(response, headers)
})
