/**
 * Answers that several Workers share: their health, and the log of runs with the reasons of failures.
 */
import { Effect, Schema } from "effect"
import { HttpApiEndpoint } from "effect/http-api"
import { formatInstant } from "../../domain/time/instant.ts"
import { RUN_KINDS, type RunReport } from "../../domain/jobs/run.ts"

const Health = Schema.Struct({ status: Schema.Literal("healthy") })

/** Open to everybody; fails if the database does not have the schema that this version needs. */
export const health = HttpApiEndpoint.get("health", "/health", { success: Health })

/** The answer of {@link health}, once the check of the schema has passed. */
export const healthy = Effect.succeed(Health.make({ status: "healthy" }))

/** One run as the status pages show it; instants are ISO 8601. */
export const RunAnswer = Schema.Struct({
  id: Schema.String,
  kind: Schema.Literals(RUN_KINDS),
  site_name: Schema.String,
  status: Schema.Literals(["completed", "warning", "failed"]),
  /** What failed, why nothing was done, or what needs attention. */
  reason: Schema.String,
  started_at: Schema.String,
  finished_at: Schema.String,
  samples: Schema.Int,
  /** How many rows were dropped, by reason. */
  dropped: Schema.Record(Schema.String, Schema.Int),
  counts: Schema.Record(Schema.String, Schema.Finite)
})
export type RunAnswer = typeof RunAnswer.Type

export const runAnswer = (report: RunReport): RunAnswer => ({
  id: report.id,
  kind: report.kind,
  site_name: report.site,
  status: report.status,
  reason: report.reason,
  started_at: formatInstant(report.startedAt),
  finished_at: formatInstant(report.finishedAt),
  samples: report.samples,
  dropped: { ...report.dropped },
  counts: report.counts
})

/** The worst status of several runs. */
export const worstOf = (reports: ReadonlyArray<RunReport>): RunReport["status"] =>
  reports.some((report) => report.status === "failed")
    ? "failed"
    : reports.some((report) => report.status === "warning")
    ? "warning"
    : "completed"
