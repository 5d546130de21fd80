/**
 * The endpoints of audits. The backfill Worker has them: it alone has the source and both tiers.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AdminAccess, ReadAccess } from "../../http/access.ts"
import { RunAnswer } from "../../http/answers.ts"
import { NotFound } from "../../http/problem.ts"

/** Samples that are not stored, that have another value at the source, and that the source has no longer. */
const difference = { missing: Schema.Int, differing: Schema.Int, extra: Schema.Int }

const AuditAnswer = Schema.Struct({
  status: Schema.Literals(["completed", "warning", "failed"]),
  site_name: Schema.String,
  audited_from: Schema.String,
  /** Everything before it was compared. */
  audited_to: Schema.String,
  /** The `from` of the next step; null after the last. */
  next: Schema.NullOr(Schema.String),
  /** What was compared of each day in this step. */
  days: Schema.Array(Schema.Struct({
    date: Schema.String,
    source_samples: Schema.Int,
    stored_samples: Schema.Int,
    ...difference,
    /**
     * `reread`: a sync will read the day again; `backfill`: start a backfill of the day, with `force_restart`; `none`:
     * nothing is to be done.
     */
    cure: Schema.Literals(["reread", "backfill", "none"])
  })),
  points: Schema.Array(Schema.Struct({ date: Schema.String, point_name: Schema.String, ...difference })),
  /** More points differ than one answer names. */
  more_points: Schema.Boolean,
  run: RunAnswer
})
export type AuditAnswer = typeof AuditAnswer.Type

export const AuditGroup = HttpApiGroup.make("audit", { topLevel: true })
  .add(
    HttpApiEndpoint.post("audit", "/audit", {
      payload: Schema.Struct({
        site_name: Schema.String,
        start_date: Schema.String.annotate({ description: "YYYY-MM-DD, the first day" }),
        end_date: Schema.String.annotate({ description: "YYYY-MM-DD, the last day, included" }),
        from: Schema.optionalKey(
          Schema.String.annotate({ description: "where to go on: `next` of the step before, with the same days" })
        )
      }),
      success: AuditAnswer,
      error: NotFound
    }).middleware(AdminAccess)
      .annotate(OpenApi.Summary, "Compares days with the source, a step at a time")
  )
  .add(
    HttpApiEndpoint.get("audits", "/audit", {
      success: Schema.Struct({ runs: Schema.Array(RunAnswer) })
    }).middleware(ReadAccess)
      .annotate(OpenApi.Summary, "The last audits and what they found")
  )
