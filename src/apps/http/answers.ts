/**
 * What several Workers answer of the log of runs, with the reasons of failures.
 */
import { Schema } from "effect"
import { formatInstant } from "../../domain/time/instant.ts"
import { RUN_KINDS, type RunReport } from "../../domain/jobs/run.ts"

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
