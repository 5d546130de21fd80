/**
 * The backfill Worker's API.
 */
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AdminAccess, ReadAccess } from "../http/access.ts"
import { health, RunAnswer } from "../http/answers.ts"
import { Conflict, ELSEWHERE, NotFound, UnsupportedMediaType } from "../http/problem.ts"
import { Ready } from "../http/ready.ts"

const Started = Schema.Struct({
  status: Schema.Literal("started"),
  backfill_id: Schema.String,
  start_date: Schema.String,
  end_date: Schema.String,
  /** Days still to be done, each site's counted. */
  estimated_days: Schema.Int,
  message: Schema.String
}).pipe(HttpApiSchema.status(202))

const DayNote = Schema.Struct({
  site: Schema.String,
  date: Schema.String,
  reason: Schema.String,
  attempts: Schema.Int
})

/** See `domain/backfill-progress.ts` for the meaning of each field. */
const Progress = Schema.Struct({
  status: Schema.Literals(["in_progress", "completed", "cancelled", "failed"]),
  backfill_id: Schema.String,
  sites: Schema.Array(Schema.String),
  start_date: Schema.String,
  end_date: Schema.String,
  current_date: Schema.NullOr(Schema.String),
  current_site: Schema.NullOr(Schema.String),
  days_completed: Schema.Int,
  days_total: Schema.Int,
  progress_percent: Schema.String,
  records_processed: Schema.Int,
  started_at: Schema.String,
  last_updated: Schema.String,
  estimated_completion: Schema.NullOr(Schema.String),
  reason: Schema.String,
  failed_days: Schema.Array(DayNote),
  empty_days: Schema.Array(DayNote),
  retrying_days: Schema.Array(DayNote),
  dropped_rows: Schema.Array(Schema.Struct({ site: Schema.String, date: Schema.String, dropped: Schema.String })),
  runs: Schema.Array(RunAnswer)
})

export class BackfillApi extends HttpApi.make("backfill")
  .add(
    HttpApiGroup.make("backfill", { topLevel: true })
      .add(
        HttpApiEndpoint.post("start", "/backfill/start", {
          payload: Schema.Struct({
            start_date: Schema.String.annotate({ description: "YYYY-MM-DD, the first day" }),
            end_date: Schema.String.annotate({ description: "YYYY-MM-DD, the last day, included" }),
            force_restart: Schema.optionalKey(Schema.Boolean)
          }),
          success: Started,
          error: [Conflict, UnsupportedMediaType]
        }).middleware(AdminAccess)
      )
      .add(
        HttpApiEndpoint.post("cancel", "/backfill/cancel", {
          success: Schema.Struct({ status: Schema.Literal("cancelled"), backfill_id: Schema.String }),
          error: [NotFound, Conflict]
        }).middleware(AdminAccess)
      )
      .add(
        HttpApiEndpoint.post("resume", "/backfill/resume", {
          success: Started,
          error: [NotFound, Conflict]
        }).middleware(AdminAccess)
      )
      .add(
        HttpApiEndpoint.get("status", "/backfill/status", {
          success: [Progress, Schema.Struct({ status: Schema.Literal("not_started") })]
        }).middleware(ReadAccess)
      )
      .add(
        HttpApiEndpoint.get("index", "/", {
          success: Schema.Struct({ service: Schema.String, endpoints: Schema.Array(Schema.String) })
        })
      )
      .add(health)
      .middleware(Ready)
  )
  .annotate(OpenApi.Title, "Building Vitals: backfill")
  .annotate(OpenApi.Description, ELSEWHERE)
  .annotate(HttpApi.PayloadParseOptions, { onExcessProperty: "error" })
{}
