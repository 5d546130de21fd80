/**
 * The archival Worker's API.
 */
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AdminAccess, ReadAccess } from "../http/access.ts"
import { RunAnswer } from "../http/answers.ts"
import { describe } from "../http/describe.ts"
import { ELSEWHERE, NotFound } from "../http/problem.ts"
import { Ready } from "../http/ready.ts"
import { health } from "../status/health.ts"
import { RepairGroup } from "./repair-api.ts"

/** What archival has to do for a site. Days are `YYYY-MM-DD`. */
export const SitePlan = Schema.Struct({
  site_name: Schema.String,
  /** Days that end at or before this instant are due. */
  boundary: Schema.String,
  due_days: Schema.Array(Schema.String),
  /** Due, but more than one run may move. */
  postponed_days: Schema.Array(Schema.String),
  oldest_hot_day: Schema.NullOr(Schema.String)
})

const Refused = Schema.Array(Schema.Struct({ key: Schema.String, reason: Schema.String }))

const scope = {
  site_name: describe(Schema.String, "archive this site only"),
  dry_run: describe(Schema.Literals(["true", "false"]), "true: answers what a run would do, and changes nothing")
}

export class ArchivalApi extends HttpApi.make("archival")
  .add(
    HttpApiGroup.make("archival", { topLevel: true })
      .add(
        HttpApiEndpoint.post("run", "/archive/run", {
          query: scope,
          /** Optional, the same fields as in the query. If either has `dry_run`, nothing changes. */
          payload: [
            Schema.Struct({
              site_name: Schema.optionalKey(Schema.String),
              dry_run: Schema.optionalKey(Schema.Boolean)
            }),
            Schema.Null
          ],
          success: Schema.Struct({
            status: Schema.Literals(["completed", "warning", "failed", "dry_run"]),
            dry_run: Schema.Boolean,
            /** What each run did; empty in a dry run. */
            runs: Schema.Array(RunAnswer),
            /** What a run would do; empty in a real run. */
            plans: Schema.Array(SitePlan)
          }),
          error: NotFound
        }).middleware(AdminAccess)
          .annotate(OpenApi.Summary, "Moves the days that are due to the archive, or says which those are")
      )
      .add(
        HttpApiEndpoint.post("derive", "/archive/derive", {
          query: { site_name: describe(Schema.String, "derive the months of this site only") },
          success: Schema.Struct({
            status: Schema.Literals(["completed", "warning", "failed"]),
            runs: Schema.Array(RunAnswer)
          }),
          error: NotFound
        }).middleware(AdminAccess)
          .annotate(OpenApi.Summary, "Makes the closed months and their hourly rollups")
      )
      .add(
        HttpApiEndpoint.post("adopt", "/archive/adopt", {
          query: {
            rewrite: describe(Schema.Literals(["true", "false"]), "true: rewrites adopted days in the current format"),
            retry: describe(
              Schema.Literals(["true", "false"]),
              "true: reads objects again that were refused and have not changed"
            )
          },
          success: Schema.Struct({
            /** Objects of other tools in the bucket. */
            objects: Schema.Int,
            /** Recorded as they are. */
            recorded: Schema.Int,
            /** Merged into the day's own object. */
            merged: Schema.Int,
            /** Rows of recorded and merged objects that are not samples, by reason. */
            dropped: Schema.Record(Schema.String, Schema.Int),
            /** Not adopted. One that was refused before is read again only when it has changed. */
            refused: Refused,
            /** Objects left for the next call because time ran out. */
            postponed: Schema.Int
          })
        }).middleware(AdminAccess)
          .annotate(OpenApi.Summary, "Takes objects of other tools into the archive")
      )
      .add(
        HttpApiEndpoint.get("status", "/archive/status", {
          success: Schema.Struct({
            plans: Schema.Array(SitePlan),
            runs: Schema.Array(RunAnswer),
            /** Objects of other tools that are refused until they change. */
            refused: Refused
          })
        }).middleware(ReadAccess)
          .annotate(OpenApi.Summary, "What is due to be archived, and the last runs")
      )
      .middleware(Ready)
      .add(health)
  )
  .add(RepairGroup)
  .annotate(OpenApi.Title, "Building Vitals: archive")
  .annotate(OpenApi.Description, ELSEWHERE)
  .annotate(HttpApi.QueryParseOptions, { onExcessProperty: "error" })
  .annotate(HttpApi.PayloadParseOptions, { onExcessProperty: "error" })
{}
