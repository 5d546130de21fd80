/**
 * The one place where failures become problem documents. What a caller may not know is logged here, in full.
 */
import { Cause, Effect, SchemaIssue } from "effect"
import { HttpServerError } from "effect/http"
import { HttpApiError } from "effect/http-api"
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

/** As much of a text as an answer repeats. */
export const shorten = (text: string): string => text.length > 100 ? `${text.slice(0, 100)}…` : text

type StoreFailure = HotStoreError | ColdStoreError | MonthStoreError | JobStateError | StepQueueError

/** A failing store as what the caller may do about it; the failure itself is logged. */
export const storeProblem = Effect.fnUntraced(function*(error: StoreFailure) {
  yield* Effect.logError(error.message, error)
  return yield* new Unavailable(
    error._tag === "ColdStoreError" && (error.reason._tag === "ObjectMissing" || error.reason._tag === "ObjectDamaged")
      ? { code: "archive_damaged", detail: "an archived day cannot be read, so the answer would be incomplete" }
      : { code: "store_unavailable", detail: "a store did not answer; ask again" }
  )
})

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

const keyOf = (segment: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof segment === "object" ? segment.key : segment)

const requestProblem = (error: HttpApiError.HttpApiSchemaError): BadRequest => {
  const inBody = error.kind === "Payload"
  const [issue] = formatIssues(error.cause.issue).issues
  const message = issue?.message ?? "not what was expected"
  const [first] = issue?.path ?? []
  if (first === undefined) {
    return inBody
      ? new BadRequest({ code: "malformed_body", detail: `the body is not the JSON object expected: ${message}` })
      : new BadRequest({ code: "invalid_parameter", detail: message })
  }
  const field = keyOf(first)
  const where = inBody ? "the body" : "the query"
  if (/missing/i.test(message)) {
    return new BadRequest({ code: "missing_parameter", field, detail: `${field} is missing from ${where}` })
  }
  if (/excess|unexpected/i.test(message)) {
    return new BadRequest({ code: "unknown_parameter", field: shorten(field), detail: `${shorten(field)} is unknown in ${where}` })
  }
  // A parameter is a text or, repeated, a list of texts: only the latter is no string.
  if (!inBody && message === "Expected string") {
    return new BadRequest({ code: "repeated_parameter", field, detail: `${field} may be given once only` })
  }
  return new BadRequest({ code: "invalid_parameter", field, detail: `${field}: ${message}` })
}

export const unknownPath = new NotFound({ code: "unknown_path", detail: "there is nothing at this path" })

/** Any failure or defect of a request as its problem; what is not the caller's doing is logged. */
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
    new InternalFault({ code: "internal", detail: "something went wrong on our side; it has been logged" })
  )
}
