/**
 * Requests to ACE: attempts with bounded retries, behind a circuit breaker for each site.
 */
import { Duration, Effect, Exit, Schedule } from "effect"
import { CircuitBreaker } from "effect/persistence"
import { BadCredentials, SampleSourceError, type SourceReason, Transient } from "../../ports/SampleSource.ts"
import { type AceRequest, type AttemptOptions, makeAttempts } from "./attempt.ts"
import type { AttemptFailure } from "./failure.ts"

export interface RequestOptions extends AttemptOptions {
  /** Attempts after the first. */
  readonly maxRetries: number
}

export type SendRequest = <A>(request: AceRequest<A>) => Effect.Effect<A, SampleSourceError>

/** A request does not wait for a `Retry-After` that is longer than this. */
const RETRY_AFTER_LIMIT_MS = 60_000

/** 1, 2, 4 … 30 s, each ±20 %, but not before the server's `Retry-After` has passed. */
const retrySchedule = (maxRetries: number) =>
  Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("30 seconds")]).pipe(
    Schedule.jittered,
    Schedule.upTo({ times: maxRetries }),
    Schedule.setInputType<AttemptFailure>(),
    Schedule.modifyDelay(({ duration, input }) =>
      Effect.succeed(Math.max(Duration.toMillis(duration), input.retryAfterMs)))
  )

/** The failures of one request. */
interface Failures {
  readonly attempts: number
  /** Whether ACE answered each attempt as it answers a wrong key, and has never accepted the key. */
  readonly isKey: boolean
}

const finalReason = ({ reason }: AttemptFailure, { attempts, isKey }: Failures): typeof SourceReason.Type => {
  if (isKey) {
    const detail = `an unhandled exception on each of ${attempts} attempts, which is how ACE answers a wrong key`
    return new BadCredentials({ status: 500, detail })
  }
  return reason._tag === "Transient" ? new Transient({ detail: reason.detail, attempts }) : reason
}

/** Opens the circuit only where the service is down. A refusal shows that it is up. */
const classify = <A>(exit: Exit.Exit<A, SampleSourceError>): CircuitBreaker.Outcome => {
  if (Exit.isSuccess(exit)) return CircuitBreaker.success
  const failed = exit.cause.reasons.some((reason) =>
    reason._tag === "Fail" && (reason.error.reason._tag === "Transient" || reason.error.reason._tag === "BadPayload")
  )
  return failed ? CircuitBreaker.failure() : CircuitBreaker.ignored
}

export const makeRequests = Effect.fnUntraced(function*(options: RequestOptions) {
  const attempt = yield* makeAttempts(options)
  const breaker = yield* CircuitBreaker.make({ tripPolicy: CircuitBreaker.consecutive(5), openDuration: "30 seconds" })
  const schedule = retrySchedule(options.maxRetries)
  /** Whether ACE has ever accepted the key. Then an unhandled exception has another cause. */
  let keyWorked = false

  const withRetries = <A>(request: AceRequest<A>): Effect.Effect<A, SampleSourceError> =>
    Effect.suspend(() => {
      const { operation, site } = request
      let attempts = 0
      let alwaysMaybeKey = true
      return attempt(request).pipe(
        Effect.tap(() => Effect.sync(() => keyWorked = true)),
        Effect.tapError((failure) => {
          attempts++
          alwaysMaybeKey &&= failure.maybeKey
          return Effect.logWarning("ACE request failed", { operation, site, attempt: attempts, reason: failure.reason })
        }),
        Effect.retry({ schedule, while: (failure) => failure.retry && failure.retryAfterMs <= RETRY_AFTER_LIMIT_MS }),
        Effect.mapError((failure) => {
          const reason = finalReason(failure, { attempts, isKey: alwaysMaybeKey && !keyWorked })
          return new SampleSourceError({ operation, site, reason })
        })
      )
    })

  const request: SendRequest = (asked) =>
    withRetries(asked).pipe(
      // One circuit for each site: the failures of one say nothing about the others.
      breaker.execute({ key: asked.site, classify }),
      Effect.catchTag("CircuitBreakerError", (error) => {
        const reason = new Transient({ detail: `not asked: ${error.message}`, attempts: 0 })
        return Effect.fail(new SampleSourceError({ operation: asked.operation, site: asked.site, reason }))
      })
    )
  return request
})
