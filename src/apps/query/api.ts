/**
 * The query Worker's API.
 *
 * Timestamps of samples are integers of milliseconds since the epoch, UTC, as they are stored; instants that people
 * write (`start_time`, `end_time`) take every form of `domain/instant.ts`.
 */
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { ReadAccess } from "../http/access.ts"
import { health } from "../http/answers.ts"
import { BadRequest, NotFound, Unavailable, Unprocessable } from "../http/problem.ts"
import { Ready } from "../http/ready.ts"
import { UnknownPoint } from "./program.ts"

const instant = (description: string) =>
  Schema.String.annotate({
    description: `${description}: epoch s, ms, µs or ns, or ISO 8601; without a zone it is UTC`,
    examples: ["2026-11-23T14:05:00Z"]
  })

const QueryParameters = Schema.Struct({
  site_name: Schema.String,
  point_names: Schema.optionalKey(Schema.String.annotate({ description: "full names, separated by commas" })),
  point_name: Schema.optionalKey(
    Schema.Array(Schema.String).annotate({ description: "one full name; may be repeated, and may hold commas" })
  ),
  start_time: instant("first instant"),
  end_time: instant("first instant after the window"),
  interval: Schema.optionalKey(
    Schema.String.annotate({ description: "raw, or a bucket width from 1s to 1d such as 5min: averages per bucket" })
  )
})

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const QueryAnswer = Schema.Struct({
  site_name: Schema.String,
  /** The asked points that the site has, in the order asked. */
  point_names: Schema.Array(Schema.String),
  /** Asked points that the site does not have. */
  unknown_points: Schema.Array(UnknownPoint),
  /** In the order of the points asked, then time. */
  samples: Schema.Array(
    Schema.Struct({ point_name: Schema.String, timestamp: Schema.Int, value: Schema.Finite })
  ),
  metadata: Schema.Struct({
    source: Schema.Literals(["d1", "r2", "split", "none"]),
    d1_samples: Count,
    r2_samples: Count,
    returned_samples: Count,
    resolution: Schema.String,
    truncated: Schema.Boolean,
    partitions: Count,
    r2_gets: Count,
    r2_bytes: Count,
    d1_rows_read: Count,
    query_time_ms: Count,
    start_time: Schema.String,
    end_time: Schema.String
  })
})

const PointAnswer = Schema.Struct({
  point_name: Schema.String,
  unit: Schema.NullOr(Schema.String),
  device: Schema.NullOr(Schema.String),
  description: Schema.NullOr(Schema.String),
  interval_seconds: Schema.NullOr(Schema.Finite),
  tags: Schema.Array(Schema.String),
  collected: Schema.Boolean
})

export class QueryApi extends HttpApi.make("query")
  .add(
    HttpApiGroup.make("query", { topLevel: true })
      .add(
        HttpApiEndpoint.get("timeseries", "/timeseries/query", {
          query: QueryParameters,
          success: QueryAnswer,
          error: [BadRequest, NotFound, Unprocessable, Unavailable]
        }).middleware(ReadAccess)
      )
      .add(
        HttpApiEndpoint.get("sites", "/sites", {
          success: Schema.Struct({ sites: Schema.Array(Schema.String) }),
          error: Unavailable
        }).middleware(ReadAccess)
      )
      .add(
        HttpApiEndpoint.get("points", "/points", {
          query: {
            site_name: Schema.String,
            search: Schema.optionalKey(Schema.String.annotate({ description: "part of a name, in any case" }))
          },
          success: Schema.Struct({ site_name: Schema.String, total: Count, points: Schema.Array(PointAnswer) }),
          error: [BadRequest, NotFound, Unavailable]
        }).middleware(ReadAccess)
      )
      .add(health)
      .middleware(Ready)
  )
  .annotate(HttpApi.QueryParseOptions, { onExcessProperty: "error" })
{}
