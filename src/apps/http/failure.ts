/**
 * The one place where failures become problem documents. What the caller may not see is logged here in full.
 */
import { Cause, Effect, SchemaIssue } from "effect"
import { HttpServerError } from "effect/http"
import { HttpApiError } from "effect/http-api"
import type { InvalidDay } from "../../domain/time/calendar.ts"
import type { ColdStoreError } from "../../ports/ColdStore.ts"
import type { MonthStoreError } from "../../ports/MonthStore.ts"
import type { HotStoreError } from "../../ports/HotStoreError.ts"
import type { JobStateError } from "../../ports/JobState.ts"
import type { StepQueueError } from "../../ports/StepQueue.ts"
import {
  BadRequest,
  ContentTooLarge,
  InternalFault,
  isProblem,
  NotFound,
  type Problem,
  Unavailable
} from "./problem.ts"

/** The part of a text that an answer may repeat. */
export const shorten = (text: string): string => text.length > 100 ? `${text.slice(0, 100)}…` : text

type StoreFailure = HotStoreError | ColdStoreError | MonthStoreError | JobStateError | StepQueueError

/** The problem that a caller sees if a store fails; the failure itself is logged. */
export const storeProblem = Effect.fnUntraced(function*(error: StoreFailure) {
  yield* Effect.logError(error.message, error)
  return yield* new Unavailable(
    error._tag === "ColdStoreError" && (error.reason._tag === "ObjectMissing" || error.reason._tag === "ObjectDamaged")
      ? { code: "archive_damaged", detail: "an archived day cannot be read, so the answer would not be complete" }
      : { code: "store_unavailable", detail: "a store did not answer; try again later" }
  )
})

export const invalidDay = ({ field, message, text }: InvalidDay) =>
  Effect.fail(new BadRequest({ code: "invalid_day", field, text: shorten(text), detail: message }))

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

const keyOf = (segment: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof segment === "object" ? segment.key : segment)

const requestProblem = (error: HttpApiError.HttpApiSchemaError): BadRequest => {
  const inBody = error.kind === "Payload"
  const [issue] = formatIssues(error.cause.issue).issues
  const message = issue?.message ?? "it is not as expected"
  const [first] = issue?.path ?? []
  if (first === undefined) {
    return inBody
      ? new BadRequest({ code: "malformed_body", detail: `the body is not the expected JSON object: ${message}` })
      : new BadRequest({ code: "invalid_parameter", detail: message })
  }
  const field = keyOf(first)
  const where = inBody ? "the body" : "the query"
  if (/missing/i.test(message)) {
    return new BadRequest({ code: "missing_parameter", field, detail: `${field} is missing from ${where}` })
  }
  if (/excess|unexpected/i.test(message)) {
    const name = shorten(field)
    return new BadRequest({ code: "unknown_parameter", field: name, detail: `${name} is not a field of ${where}` })
  }
  // A parameter is a text or, if repeated, a list of texts: only the list is not a string.
  if (!inBody && message === "Expected string") {
    return new BadRequest({ code: "repeated_parameter", field, detail: `${field} may be given only once` })
  }
  return new BadRequest({ code: "invalid_parameter", field, detail: `${field}: ${message}` })
}

export const unknownPath = new NotFound({ code: "unknown_path", detail: "there is nothing at this path" })

/** The problem for any failure or defect of a request; what the caller did not cause is logged. */
export const problemOf = (cause: Cause.Cause<unknown>): Effect.Effect<Problem> => {
  const error = Cause.squash(cause)
  if (isProblem(error)) return Effect.succeed(error)
  if (HttpApiError.HttpApiSchemaError.is(error) && error.kind !== "Body" && error.kind !== "ResponseHeaders") {
    return Effect.succeed(requestProblem(error))
  }
  if (HttpServerError.isHttpServerError(error)) {
    const reason = error.reason
    if (reason._tag === "RouteNotFound") {
      return Effect.succeed(unknownPath)
    }
    if (reason._tag === "RequestParseError") {
      return Effect.succeed(
        reason.reason === "BodyTooLarge"
          ? new ContentTooLarge({ code: "body_too_large", detail: "the body is too large" })
          : new BadRequest({ code: "malformed_body", detail: "the body could not be read" })
      )
    }
  }
  return Effect.as(
    Effect.logError("a request failed unexpectedly", cause),
    new InternalFault({ code: "internal", detail: "something went wrong in the service; it has been logged" })
  )
}
