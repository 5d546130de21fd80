/**
 * One request to ACE: within the budget that all isolates share, with a timeout, bounded retries and a circuit breaker.
 */
import { Clock, Duration, Effect, Exit, Redacted, type Result, Schedule } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { CircuitBreaker } from "effect/persistence"
import { JobState } from "../../ports/JobState.ts"
import { BadCredentials, SampleSourceError, type SourceReason, Throttled, Transient } from "../../ports/SampleSource.ts"
import { AttemptFailure, connectionFailure, payloadFailure, statusFailure } from "./failure.ts"

export interface RequestOptions {
  /** Such as `https://flightdeck.aceiot.cloud/api`. */
  readonly baseUrl: string
  readonly key: Redacted.Redacted<string>
  /** The budget of all isolates together. */
  readonly requestsPerMinute: number
  /** Further attempts after the first. */
  readonly maxRetries: number
  /** For one attempt, the reading of its body included. A full page takes ACE 10 to 25 s. */
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

/** The budget's name in `JobState`. */
const BUDGET = "ace"
/** The longest wait for the budget, in all, and the longest `Retry-After` that is waited for. */
const BUDGET_WAIT_MS = 120_000
const RETRY_AFTER_LIMIT_MS = 60_000

export const makeRequests = Effect.fnUntraced(function*(options: RequestOptions) {
  const http = yield* HttpClient.HttpClient
  const jobs = yield* JobState
  const breaker = yield* CircuitBreaker.make({ tripPolicy: CircuitBreaker.consecutive(5), openDuration: "30 seconds" })
  const secret = Redacted.value(options.key)
  /** Whether ACE has ever taken the key: then an unhandled exception is not the key's fault. */
  let keyWorked = false

  /** Nothing that quotes the server or the runtime may quote the key. */
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

  const exchange = Effect.fnUntraced(function*(path: string, params: Readonly<Record<string, string>>) {
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

  const attempt = Effect.fnUntraced(function*<A>(request: AceRequest<A>) {
    yield* takeBudget
    const { body, headers, status } = yield* exchange(request.path, request.params).pipe(
      Effect.timeoutOrElse({
        duration: options.timeoutMs,
        orElse: () => Effect.fail(connectionFailure(`no answer within ${options.timeoutMs} ms`))
      })
    )
    if (status < 200 || status > 299) {
      return yield* statusFailure(status, headers, clean(body), yield* Clock.currentTimeMillis)
    }
    const answer = yield* Effect.fromResult(request.read(body)).pipe(
      Effect.mapError((detail) => payloadFailure(clean(detail)))
    )
    keyWorked = true
    return answer
  })

  /** 1, 2, 4 … 30 s, each ±20 %, but never before the server's `Retry-After`. */
  const schedule = Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("30 seconds")]).pipe(
    Schedule.jittered,
    Schedule.upTo({ times: options.maxRetries }),
    Schedule.setInputType<AttemptFailure>(),
    Schedule.modifyDelay(({ duration, input }) => Effect.succeed(Math.max(Duration.toMillis(duration), input.retryAfterMs)))
  )

  const finalReason = (
    failure: AttemptFailure,
    attempts: number,
    alwaysMaybeKey: boolean
  ): typeof SourceReason.Type => {
    if (alwaysMaybeKey && !keyWorked) {
      return new BadCredentials({
        status: 500,
        detail: `an unhandled exception on each of ${attempts} attempts, which is how ACE answers a wrong key`
      })
    }
    return failure.reason._tag === "Transient"
      ? new Transient({ detail: failure.reason.detail, attempts })
      : failure.reason
  }

  const withRetries = <A>(request: AceRequest<A>): Effect.Effect<A, SampleSourceError> =>
    Effect.suspend(() => {
      let attempts = 0
      let alwaysMaybeKey = true
      return attempt(request).pipe(
        Effect.tapError((failure) => {
          attempts++
          alwaysMaybeKey &&= failure.maybeKey
          return Effect.logWarning("ACE request failed", {
            operation: request.operation,
            site: request.site,
            attempt: attempts,
            reason: failure.reason
          })
        }),
        Effect.retry({ schedule, while: (failure) => failure.retry && failure.retryAfterMs <= RETRY_AFTER_LIMIT_MS }),
        Effect.mapError((failure) =>
          new SampleSourceError({
            operation: request.operation,
            site: request.site,
            reason: finalReason(failure, attempts, alwaysMaybeKey)
          })
        )
      )
    })

  /** Only what says that the service is down opens the circuit; a refusal shows that it is up. */
  const classify = <A>(exit: Exit.Exit<A, SampleSourceError>): CircuitBreaker.Outcome => {
    if (Exit.isSuccess(exit)) return CircuitBreaker.success
    const failed = exit.cause.reasons.some((reason) =>
      reason._tag === "Fail" && (reason.error.reason._tag === "Transient" || reason.error.reason._tag === "BadPayload")
    )
    return failed ? CircuitBreaker.failure() : CircuitBreaker.ignored
  }

  return <A>(request: AceRequest<A>): Effect.Effect<A, SampleSourceError> =>
    withRetries(request).pipe(
      // A circuit a site: one that fails says nothing of the others.
      breaker.execute({ key: request.site, classify }),
      Effect.catchTag("CircuitBreakerError", (error) =>
        Effect.fail(
          new SampleSourceError({
            operation: request.operation,
            site: request.site,
            reason: new Transient({ detail: `not asked: ${error.message}`, attempts: 0 })
          })
        ))
    )
})
