/**
 * One attempt of a request to ACE: waits for the budget that all isolates share, sends, and reads the answer.
 */
import { Clock, Effect, Redacted, type Result } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { JobState } from "../../ports/JobState.ts"
import { Throttled } from "../../ports/SampleSource.ts"
import { AttemptFailure, connectionFailure, payloadFailure, statusFailure } from "./failure.ts"

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
  readonly read: (body: string) => Result.Result<A, string>
}

/** The name of the budget in `JobState`. */
const BUDGET = "ace"
/** The longest that an attempt waits for the budget. */
const BUDGET_WAIT_MS = 120_000

export const makeAttempts = Effect.fnUntraced(function*(options: AttemptOptions) {
  const http = yield* HttpClient.HttpClient
  const jobs = yield* JobState
  const secret = Redacted.value(options.key)

  /** Removes the key from what the server or the runtime says. */
  const clean = (text: string): string => secret === "" ? text : text.replaceAll(secret, "<key>")

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

  const send = Effect.fnUntraced(function*(path: string, params: Readonly<Record<string, string>>) {
    const response = yield* http.execute(
      HttpClientRequest.get(`${options.baseUrl.replace(/\/+$/, "")}${path}`).pipe(
        HttpClientRequest.setUrlParams(params),
        HttpClientRequest.bearerToken(options.key),
        HttpClientRequest.acceptJson
      )
    )
    return { status: response.status, headers: response.headers, body: yield* response.text }
  }, Effect.mapError((error) => {
    const cause = error.reason.cause
    return connectionFailure(clean(`${error.reason._tag}${cause instanceof Error ? `: ${cause.message}` : ""}`))
  }))

  return Effect.fnUntraced(function*<A>({ params, path, read }: AceRequest<A>) {
    yield* takeBudget
    const { body, headers, status } = yield* send(path, params).pipe(
      Effect.timeoutOrElse({
        duration: options.timeoutMs,
        orElse: () => Effect.fail(connectionFailure(`no answer within ${options.timeoutMs} ms`))
      })
    )
    if (status < 200 || status > 299) {
      return yield* statusFailure(status, headers, clean(body), yield* Clock.currentTimeMillis)
    }
    return yield* Effect.fromResult(read(body)).pipe(Effect.mapError((detail) => payloadFailure(clean(detail))))
  })
})
