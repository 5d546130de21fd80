/**
 * Everything that can be wrong with a request, as RFC 9457 problem documents: `application/problem+json` with a stable
 * `code`. The `detail` is for the caller: it never holds a stack trace, SQL, a key or the name of a binding.
 */
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"

/** `field` names the invalid input and `text` repeats its value, shortened. */
const fields = <const Code extends string>(...codes: ReadonlyArray<Code>) => ({
  code: Schema.Literals(codes),
  detail: Schema.String,
  field: Schema.optionalKey(Schema.String),
  text: Schema.optionalKey(Schema.String)
})

const declare = <const Status extends number>(status: Status, title: string) => ({ type: "about:blank", status, title })

export class BadRequest extends HttpApiError.Problem<BadRequest>()(
  "BadRequest",
  declare(400, "Bad request"),
  fields(
    "malformed_url",
    "malformed_body",
    "missing_parameter",
    "unknown_parameter",
    "repeated_parameter",
    "invalid_parameter",
    "invalid_instant",
    "invalid_day",
    "invalid_range",
    "invalid_window",
    "invalid_interval",
    "invalid_zone",
    "invalid_aggregation",
    "invalid_combination",
    "invalid_name"
  )
) {}

export class Unauthorized extends HttpApiError.Problem<Unauthorized>()(
  "Unauthorized",
  declare(401, "An API key is needed"),
  fields("unauthorized")
) {}

export class Forbidden extends HttpApiError.Problem<Forbidden>()(
  "Forbidden",
  declare(403, "The API key does not allow this"),
  fields("forbidden", "forbidden_site")
) {}

export class NotFound extends HttpApiError.Problem<NotFound>()("NotFound", declare(404, "Not found"), {
  ...fields("unknown_path", "unknown_site", "unknown_points", "no_job", "day_not_archived"),
  /** Names that differ only in case, in spaces at the ends or in how Unicode composes a letter. */
  near: Schema.optionalKey(Schema.Array(Schema.String)),
  unknown_points: Schema.optionalKey(
    Schema.Array(Schema.Struct({ point_name: Schema.String, near: Schema.Array(Schema.String) }))
  )
}) {}

export class MethodNotAllowed extends HttpApiError.Problem<MethodNotAllowed>()(
  "MethodNotAllowed",
  declare(405, "Method not allowed"),
  fields("method_not_allowed")
) {}

export class Conflict extends HttpApiError.Problem<Conflict>()(
  "Conflict",
  declare(409, "Conflict"),
  fields("job_live", "job_ended", "partition_busy", "day_readable")
) {}

export class ContentTooLarge extends HttpApiError.Problem<ContentTooLarge>()(
  "ContentTooLarge",
  declare(413, "Content too large"),
  fields("body_too_large", "too_much_data")
) {}

export class UnsupportedMediaType extends HttpApiError.Problem<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  declare(415, "Unsupported media type"),
  fields("unsupported_media_type")
) {}

export class Unprocessable extends HttpApiError.Problem<Unprocessable>()(
  "Unprocessable",
  declare(422, "The request exceeds a limit"),
  fields("range_too_wide", "too_many_points", "too_many_buckets", "too_many_objects")
) {}

export class TooManyRequests extends HttpApiError.Problem<TooManyRequests>()(
  "TooManyRequests",
  declare(429, "Too many requests"),
  fields("rate_limited")
) {}

/** An unexpected error: only the Worker's log has the details. */
export class InternalFault extends HttpApiError.Problem<InternalFault>()(
  "InternalFault",
  declare(500, "Internal error"),
  fields("internal")
) {}

/** A store or the source failed or is not ready, or the isolate is busy: the same request may succeed later. */
export class Unavailable extends HttpApiError.Problem<Unavailable>()(
  "Unavailable",
  declare(503, "Unavailable"),
  fields("store_unavailable", "schema_not_ready", "archive_damaged", "too_many_streams")
) {}

/** What any endpoint may answer besides the problems that it declares itself. */
export const ANYWHERE = [BadRequest, ContentTooLarge, UnsupportedMediaType, InternalFault, Unavailable] as const

/** For the description of every API: the problems that belong to none of its operations. */
export const ELSEWHERE = "Problems are documents with a stable `code`. A path that is not listed here answers 404 " +
  "`unknown_path`, a method that is not listed 405 `method_not_allowed`."

/** Every problem that an endpoint or the edge may answer. */
export const Problem = Schema.Union([
  BadRequest,
  Unauthorized,
  Forbidden,
  NotFound,
  MethodNotAllowed,
  Conflict,
  ContentTooLarge,
  UnsupportedMediaType,
  Unprocessable,
  TooManyRequests,
  InternalFault,
  Unavailable
])
export type Problem = typeof Problem.Type

export const isProblem = Schema.is(Problem)
