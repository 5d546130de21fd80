/**
 * One attempt of a request to ACE: waits for the budget that all isolates share, sends, and reads the answer.
 */
import { Clock, Effect, Option, Redacted, Result } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpClientResponse } from "effect/http"
import { JobState } from "../../ports/JobState.ts"
import { Throttled } from "../../ports/SampleSource.ts"
import { type BodyReader, readPieces, readText } from "./body.ts"
import { type Clean, makeClean } from "./cleaner.ts"
import { AttemptFailure, connectionFailure, payloadFailure, statusFailure, tooLarge } from "./failure.ts"

export interface AttemptOptions {
  /** Such as `https://flightdeck.aceiot.cloud/api`. */
  readonly baseUrl: string
  readonly key: Redacted.Redacted<string>
  /** The budget of all isolates together. */
  readonly requestsPerMinute: number
  /** For one attempt, including the reading of its body. ACE takes 10 to 25 s for a full page. */
  readonly timeoutMs: number
}

export interface AceRequest<A> {
  readonly operation: string
  readonly site: string
  /** Below the base, percent-encoded. */
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  /** Reads the body of a good answer, or says what is wrong with it. */
  readonly read: (clean: Clean) => BodyReader<A>
}

/** The name of the budget in `JobState`. */
const BUDGET = "ace"
/** The longest that an attempt waits for the budget. */
const BUDGET_WAIT_MS = 120_000

/** Most bytes of an answer. A page of 100,000 rows has 16 MB; the rest is room for longer names. */
const MAX_BODY_BYTES = 48_000_000

/** A cause as text, without the key. */
const describe = (reason: string, cause: unknown): string =>
  `${reason}${cause instanceof Error ? `: ${cause.message}` : ""}`

/** Reads a body piece by piece; fails as soon as it is larger than any page. */
const readBody = <A>(response: HttpClientResponse.HttpClientResponse, reader: BodyReader<A>, clean: Clean) =>
  Effect.suspend(() => {
    const body = Option.getOrUndefined(HttpClientResponse.toWeb(response))?.body ?? null
    let bytes = 0
    const take = (part: Uint8Array): boolean => {
      bytes += part.length
      if (bytes <= MAX_BODY_BYTES) reader.push(part)
      return bytes <= MAX_BODY_BYTES
    }
    return Effect.tryPromise({
      try: (signal) => body === null ? Promise.resolve() : readPieces(body, take, signal),
      catch: (cause) => connectionFailure(clean(describe("DecodeError", cause)))
    }).pipe(
      Effect.andThen(Effect.suspend(() =>
        bytes > MAX_BODY_BYTES ? Effect.fail(tooLarge(MAX_BODY_BYTES)) : Effect.succeed(reader.finish())))
    )
  })

export const makeAttempts = Effect.fnUntraced(function*(options: AttemptOptions) {
  const http = yield* HttpClient.HttpClient
  const jobs = yield* JobState
  const clean = makeClean(Redacted.value(options.key))

  const takeBudget = Effect.gen(function*() {
    for (let waited = 0;;) {
      const wait = yield* jobs.takeRequest(BUDGET, options.requestsPerMinute, yield* Clock.currentTimeMillis).pipe(
        Effect.mapError((error) => connectionFailure(error.message))
      )
      if (wait === 0) return
      waited += wait
      if (waited > BUDGET_WAIT_MS) {
        const reason = new Throttled({ retryAfterMs: wait })
        return yield* new AttemptFailure({ reason, retry: false, retryAfterMs: wait, maybeKey: false })
      }
      yield* Effect.sleep(wait)
    }
  })

  const send = Effect.fnUntraced(function*<A>({ params, path, read }: AceRequest<A>) {
    const response = yield* http.execute(
      HttpClientRequest.get(`${options.baseUrl.replace(/\/+$/, "")}${path}`).pipe(
        HttpClientRequest.setUrlParams(params),
        HttpClientRequest.bearerToken(options.key),
        HttpClientRequest.acceptJson
      )
    ).pipe(
      // The key is for this address and no other.
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" })
    )
    const { headers, status } = response
    if (status >= 200 && status <= 299) {
      const answer = yield* readBody(response, read(clean), clean)
      return yield* Effect.mapError(Effect.fromResult(answer), payloadFailure)
    }
    const body = Result.getOrElse(yield* readBody(response, readText((text) => Result.succeed(text)), clean), () => "")
    return yield* statusFailure({ status, headers, body, clean, now: yield* Clock.currentTimeMillis })
  }, Effect.catchTag("HttpClientError", ({ reason }) =>
    Effect.fail(connectionFailure(clean(describe(reason._tag, reason.cause))))))

  return <A>(request: AceRequest<A>) =>
    Effect.andThen(
      takeBudget,
      send(request).pipe(
        Effect.timeoutOrElse({
          duration: options.timeoutMs,
          orElse: () => Effect.fail(connectionFailure(`no answer within ${options.timeoutMs} ms`))
        })
      )
    )
})
