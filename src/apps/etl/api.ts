/**
 * The etl Worker's API.
 */
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AdminAccess, ReadAccess } from "../http/access.ts"
import { RunAnswer } from "../http/answers.ts"
import { describe } from "../http/describe.ts"
import { ELSEWHERE, NotFound } from "../http/problem.ts"
import { Ready } from "../http/ready.ts"
import { health } from "../status/health.ts"

/** How late samples were when they came; null before any was counted. */
const Lag = Schema.Struct({
  /** Counted samples; halved each day, so that the last days weigh most. */
  samples: Schema.Int,
  /** Half of the samples, and 95 of 100, come within so many minutes, as far as the classes of lags tell. */
  p50_minutes: Schema.Int,
  p95_minutes: Schema.Int,
  /** The latest sample of the last seven days. */
  max_minutes: Schema.Int
})

export const SiteStats = Schema.Struct({
  site_name: Schema.String,
  /** The site is synced up to this instant; null before the first sync. */
  synced_through: Schema.NullOr(Schema.String),
  /** What syncs have still to read before the newest samples, oldest first. */
  behind: Schema.Array(Schema.Struct({ start_time: Schema.String, end_time: Schema.String })),
  points: Schema.Int,
  hot_days: Schema.Int,
  oldest_hot_day: Schema.NullOr(Schema.String),
  newest_hot_day: Schema.NullOr(Schema.String),
  chunks: Schema.Int,
  chunk_bytes: Schema.Int,
  tail_rows: Schema.Int,
  tail_bytes: Schema.Int,
  cold_days: Schema.Int,
  cold_rows: Schema.Int,
  cold_bytes: Schema.Int,
  lag: Schema.NullOr(Lag),
  /** Points whose samples came more than an hour late in the last seven days, those that lag most. */
  lagging_points: Schema.Array(
    Schema.Struct({ point_name: Schema.String, lag_minutes: Schema.Int, seen_at: Schema.String })
  )
})

export class EtlApi extends HttpApi.make("etl")
  .add(
    HttpApiGroup.make("etl", { topLevel: true })
      .add(
        HttpApiEndpoint.post("trigger", "/trigger", {
          query: { site_name: describe(Schema.String, "sync this site only") },
          success: Schema.Struct({
            status: Schema.Literals(["completed", "warning", "failed"]),
            runs: Schema.Array(RunAnswer)
          }),
          error: NotFound
        }).middleware(AdminAccess)
          .annotate(OpenApi.Summary, "Syncs all sites, or one, and answers when that has ended")
      )
      .add(
        HttpApiEndpoint.get("stats", "/stats", {
          success: Schema.Struct({ sites: Schema.Array(SiteStats), runs: Schema.Array(RunAnswer) })
        }).middleware(ReadAccess)
          .annotate(OpenApi.Summary, "What is stored of each site, how late samples come, and the last runs")
      )
      .middleware(Ready)
      .add(health)
  )
  .annotate(OpenApi.Title, "Building Vitals: sync")
  .annotate(OpenApi.Description, ELSEWHERE)
  .annotate(HttpApi.QueryParseOptions, { onExcessProperty: "error" })
{}
