/**
 * The backfill Worker's API.
 */
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AuditGroup } from "./audit/api.ts"
import { AdminAccess, ReadAccess } from "../http/access.ts"
import { Conflict, ELSEWHERE, NotFound } from "../http/problem.ts"
import { Ready } from "../http/ready.ts"
import { health } from "../status/health.ts"
import { ProgressAnswer, StartedAnswer } from "./answers.ts"

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
          success: StartedAnswer,
          error: Conflict
        }).middleware(AdminAccess)
          .annotate(OpenApi.Summary, "Starts a backfill of the days named")
      )
      .add(
        HttpApiEndpoint.post("cancel", "/backfill/cancel", {
          success: Schema.Struct({ status: Schema.Literal("cancelled"), backfill_id: Schema.String }),
          error: [NotFound, Conflict]
        }).middleware(AdminAccess)
          .annotate(OpenApi.Summary, "Stops the backfill; what is done stays")
      )
      .add(
        HttpApiEndpoint.post("resume", "/backfill/resume", {
          success: StartedAnswer,
          error: [NotFound, Conflict]
        }).middleware(AdminAccess)
          .annotate(OpenApi.Summary, "Goes on with a backfill that was stopped or has failed days")
      )
      .add(
        HttpApiEndpoint.get("status", "/backfill/status", {
          success: [ProgressAnswer, Schema.Struct({ status: Schema.Literal("not_started") })]
        }).middleware(ReadAccess)
          .annotate(OpenApi.Summary, "How far the backfill is, and which days failed")
      )
      .add(
        HttpApiEndpoint.get("index", "/", {
          success: Schema.Struct({ service: Schema.String, endpoints: Schema.Array(Schema.String) })
        })
          .annotate(OpenApi.Summary, "The endpoints of this Worker")
      )
      .middleware(Ready)
      .add(health)
  )
  .add(AuditGroup.middleware(Ready))
  .annotate(OpenApi.Title, "Building Vitals: backfill")
  .annotate(OpenApi.Description, ELSEWHERE)
  .annotate(HttpApi.PayloadParseOptions, { onExcessProperty: "error" })
{}
