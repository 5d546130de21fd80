/**
 * The query Worker's API.
 *
 * Timestamps of samples are stored and answered as integers: milliseconds since the epoch, UTC. Instants that people
 * write (`start_time`, `end_time`, `origin`) may have any form that `domain/time/instant.ts` reads.
 */
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AGGREGATIONS } from "../../domain/answers/aggregate.ts"
import { FILLS } from "../../domain/answers/fill.ts"
import { QueryAccess } from "../http/access.ts"
import { describe, describeInUrl } from "../http/describe.ts"
import { ELSEWHERE, NotFound, Unprocessable } from "../http/problem.ts"
import { Ready } from "../http/ready.ts"
import { metrics, status } from "../status/api.ts"
import { health } from "../status/health.ts"
import { ColumnsAnswer, CoverageAnswer, LatestAnswer, PointsAnswer, RowsAnswer } from "./answers.ts"

/** The width of the widest chart, pixels. */
const MAX_WIDTH = 10_000
/** Points on one page of results of `/points`. */
export const MAX_PAGE = 1_000

const instant = (description: string) =>
  `${description}: epoch s, ms, µs or ns, or ISO 8601 (in tz, or UTC, if it has no zone), or now, now-7d, ` +
  "now-90min, …, where now is rounded to five minutes, in end_time up"

const Site = Schema.String.annotate({ description: "the exact name, as listed by /sites", examples: ["plant-1"] })
const names = {
  point_names: describe(Schema.String, "exact full names, separated by commas without spaces"),
  point_name: describe(Schema.Array(Schema.String), "one full name, which may contain commas; may be repeated")
}

/** The resolution of a query, the same in a URL and in a body. */
const resolution = {
  interval: describe(
    Schema.String,
    "raw (default), a bucket width from 1s to 1d such as 5min, 1w, 1mo, 1q, 1y, or auto for one that suits the window"
  ),
  tz: describe(
    Schema.String,
    "IANA zone such as Europe/Zurich: buckets follow its clock, and instants without a zone are in it; UTC by default"
  ),
  origin: describe(
    Schema.String,
    "an instant at which a bucket begins, such as 2026-04-01T06:00; by default midnight, Monday and 1 January"
  ),
  fill: describe(
    Schema.Literals(FILLS),
    "the value of buckets without samples; none (default) leaves them out. Their count is 0"
  ),
  max_gap: describe(Schema.String, "the widest gap that previous and linear fill, such as 2h; no limit by default")
}

const Width = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: MAX_WIDTH }))
const WIDTH = "width of a chart in pixels: answers the first, smallest, largest and last sample of each column of " +
  "pixels, which draw the same line as all samples"
const EXPLAIN = "adds how the answer was made"
const SPREADSHEET = "of csv: an apostrophe before each name that a spreadsheet would take for a formula"

const form = {
  layout: describe(
    Schema.Literals(["rows", "columns"]),
    "rows (default), or columns: for each point an array of timestamps and one of values"
  ),
  format: describe(
    Schema.Literals(["json", "ndjson", "csv", "parquet"]),
    "by default what the Accept header asks for, or json; ndjson, csv and parquet are always in rows"
  )
}

export const QueryParameters = Schema.Struct({
  site_name: Site,
  ...names,
  start_time: Schema.String.annotate({ description: instant("first instant"), examples: ["2026-11-23T14:05:00Z"] }),
  end_time: Schema.String.annotate({ description: instant("first instant after the window"), examples: ["now"] }),
  ...resolution,
  width: describeInUrl(Width, WIDTH),
  agg: describe(Schema.String, `one or more of ${AGGREGATIONS.join(", ")}, separated by commas; default avg`),
  ...form,
  spreadsheet: describeInUrl(Schema.Boolean, SPREADSHEET),
  explain: describeInUrl(Schema.Boolean, EXPLAIN)
})

const InstantInBody = Schema.Union([Schema.String, Schema.Finite])

export const QueryBody = Schema.Struct({
  site_name: Site,
  point_names: Schema.Array(Schema.String),
  start_time: InstantInBody.annotate({ description: instant("first instant") }),
  end_time: InstantInBody.annotate({ description: instant("first instant after the window") }),
  ...resolution,
  width: describe(Width, WIDTH),
  agg: describe(Schema.Array(Schema.String), `one or more of ${AGGREGATIONS.join(", ")}; default avg`),
  ...form,
  spreadsheet: describe(Schema.Boolean, SPREADSHEET),
  explain: describe(Schema.Boolean, EXPLAIN)
})

export const PointsParameters = Schema.Struct({
  site_name: Site,
  search: describe(
    Schema.String,
    "words that must all occur in the name, unit, device, description or tags of a point; case does not matter"
  ),
  limit: describeInUrl(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: MAX_PAGE })),
    `points on a page of results, at most ${MAX_PAGE}`
  ),
  cursor: describe(Schema.String, "next_cursor of the page before")
})

const answer = [
  Schema.Union([RowsAnswer, ColumnsAnswer]),
  Schema.String.pipe(HttpApiSchema.asText({ contentType: "application/x-ndjson" })),
  Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/csv" })),
  Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array({ contentType: "application/vnd.apache.parquet" }))
] as const

const ofPoints = [NotFound, Unprocessable] as const

/** For the document only: clients of this API send no `If-None-Match`, so they need no type for it. */
const withNotModified = OpenApi.annotations({
  transform: (operation) => ({
    ...operation,
    responses: {
      ...operation["responses"],
      304: { description: "If-None-Match names the answer that the caller has: nothing has changed" }
    }
  })
})

export class QueryApi extends HttpApi.make("query")
  .add(
    HttpApiGroup.make("query", { topLevel: true })
      .add(
        HttpApiEndpoint.get("timeseries", "/timeseries/query", {
          query: QueryParameters,
          success: answer,
          error: ofPoints
        }).middleware(QueryAccess).annotateMerge(withNotModified)
          .annotate(OpenApi.Summary, "Samples, buckets or the pixels of a chart, of any points over any window"),
        HttpApiEndpoint.post("timeseriesByBody", "/timeseries/query", {
          payload: QueryBody,
          success: answer,
          error: ofPoints
        }).middleware(QueryAccess).annotateMerge(withNotModified)
          .annotate(OpenApi.Summary, "The same with a body, for many points"),
        HttpApiEndpoint.get("coverage", "/timeseries/coverage", {
          query: {
            site_name: Site,
            start_time: Schema.String.annotate({ description: instant("first instant") }),
            end_time: Schema.String.annotate({ description: instant("first instant after the window") })
          },
          success: CoverageAnswer,
          error: ofPoints
        }).middleware(QueryAccess)
          .annotate(OpenApi.Summary, "The days of a window that have samples, and how many"),
        HttpApiEndpoint.get("sites", "/sites", {
          success: Schema.Struct({ sites: Schema.Array(Schema.String) })
        }).middleware(QueryAccess)
          .annotate(OpenApi.Summary, "The sites that the key may see"),
        HttpApiEndpoint.get("points", "/points", {
          query: PointsParameters,
          success: PointsAnswer,
          error: NotFound
        }).middleware(QueryAccess)
          .annotate(OpenApi.Summary, "The points of a site, all or those that match words"),
        HttpApiEndpoint.get("latest", "/points/latest", {
          query: { site_name: Site, ...names },
          success: LatestAnswer,
          error: ofPoints
        }).middleware(QueryAccess)
          .annotate(OpenApi.Summary, "The last value of each point"),
        HttpApiEndpoint.post("latestByBody", "/points/latest", {
          payload: Schema.Struct({ site_name: Site, point_names: Schema.Array(Schema.String) }),
          success: LatestAnswer,
          error: ofPoints
        }).middleware(QueryAccess)
          .annotate(OpenApi.Summary, "The same with a body, for up to 1,000 points")
      )
      .add(status, metrics)
      .middleware(Ready)
      .add(health)
  )
  .annotate(OpenApi.Title, "Building Vitals: queries")
  .annotate(OpenApi.Description, ELSEWHERE)
  .annotate(HttpApi.QueryParseOptions, { onExcessProperty: "error" })
  .annotate(HttpApi.PayloadParseOptions, { onExcessProperty: "error" })
{}
