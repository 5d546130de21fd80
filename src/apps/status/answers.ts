/**
 * What `GET /status` answers: how every site and every job is. Instants are ISO 8601, days `YYYY-MM-DD`.
 */
import { Schema } from "effect"
import { countStatus } from "../../domain/jobs/backfill/days.ts"
import { countDays } from "../../domain/jobs/backfill/job.ts"
import { DEGRADED, syncLag, UNHEALTHY } from "../../domain/jobs/health.ts"
import { lagOfShare } from "../../domain/jobs/lateness.ts"
import type { RunReport } from "../../domain/jobs/run.ts"
import { type Day, formatDay, formatMonth, MINUTE_MS, SECOND_MS } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { RunAnswer, runAnswer } from "../http/answers.ts"
import type { BackfillSurvey, SiteSurvey, Survey } from "./survey.ts"

const Instant = Schema.NullOr(Schema.String)

export const Reasons = Schema.Array(
  Schema.Struct({ code: Schema.Literals([...DEGRADED, ...UNHEALTHY]), detail: Schema.String })
)

const SiteStatus = Schema.Struct({
  site_name: Schema.String,
  /** The newest run of its sync; null where none is known. */
  last_sync: Schema.NullOr(RunAnswer),
  synced_through: Instant,
  newest_sample: Instant,
  /** Since the source was last asked for everything up to the present; null where it never was. */
  sync_lag_minutes: Schema.NullOr(Schema.Int),
  /** Half of the samples, and 95 of 100, came within so many minutes of late. */
  lag_p50_minutes: Schema.Int,
  lag_p95_minutes: Schema.Int,
  /** Rows that the newest sync found late. */
  late_rows: Schema.Int,
  hot_days: Schema.Int,
  oldest_hot_day: Instant,
  /** Bytes appended since the last compaction. */
  pending_bytes: Schema.Int,
  /** The newest archived day before every hot one. */
  archived_through: Instant,
  /** Days that are due to be archived. */
  backlog_days: Schema.Int,
  last_archival: Schema.NullOr(RunAnswer),
  /** Closed months that are made, and the newest of them. */
  months: Schema.Int,
  newest_month: Instant,
  /** What the last inventory found of missing or damaged objects; empty where nothing. */
  archive_findings: Schema.String
})

const BackfillStatus = Schema.Struct({
  backfill_id: Schema.String,
  status: Schema.String,
  reason: Schema.String,
  days_total: Schema.Int,
  days_done: Schema.Int,
  failed_days: Schema.Array(
    Schema.Struct({ site: Schema.String, date: Schema.String, reason: Schema.String })
  ),
  samples: Schema.Int,
  samples_per_second: Schema.Int,
  /** Of the newest steps, at most 100. */
  recent_steps: Schema.Int,
  recent_pages: Schema.Int,
  last_updated: Schema.String,
  /** When the next try is due where the last has failed; else null. */
  next_try: Instant,
  estimated_completion: Instant
})

export const StatusAnswer = Schema.Struct({
  status: Schema.Literals(["healthy", "degraded", "unhealthy"]),
  reasons: Reasons,
  at: Schema.String,
  sites: Schema.Array(SiteStatus),
  /** The newest backfill; null where there never was one. */
  backfill: Schema.NullOr(BackfillStatus),
  /** The newest failed runs of all kinds. */
  failures: Schema.Array(RunAnswer),
  /** Bytes of the database; null where the platform does not say. */
  database_bytes: Schema.NullOr(Schema.Int)
})

const minutes = (ms: number): number => Math.round(ms / MINUTE_MS)
const instant = (ms: number | null): string | null => ms === null ? null : formatInstant(ms)
const day = (one: Day | null | undefined): string | null => one === null || one === undefined ? null : formatDay(one)
const run = (report: RunReport | undefined): RunAnswer | null => report === undefined ? null : runAnswer(report)

const siteStatus = (one: SiteSurvey, at: number): typeof SiteStatus.Type => {
  const lag = syncLag(one.lateness, at)
  const newestMonth = one.months.at(-1)
  return {
    site_name: one.site,
    last_sync: run(one.runs.get("sync")),
    synced_through: instant(one.syncedThrough),
    newest_sample: instant(one.newestSample),
    sync_lag_minutes: lag === null ? null : minutes(lag),
    lag_p50_minutes: minutes(lagOfShare(one.lateness, 0.5)),
    lag_p95_minutes: minutes(lagOfShare(one.lateness, 0.95)),
    late_rows: one.runs.get("sync")?.counts["lateRows"] ?? 0,
    hot_days: one.reach?.hotDays ?? 0,
    oldest_hot_day: day(one.reach?.oldestHotDay),
    pending_bytes: one.reach?.pendingBytes ?? 0,
    archived_through: day(one.reach?.archivedThrough),
    backlog_days: one.dueDays,
    last_archival: run(one.runs.get("archival")),
    months: one.months.length,
    newest_month: newestMonth === undefined ? null : formatMonth(newestMonth),
    archive_findings: one.runs.get("inventory")?.reason ?? ""
  }
}

const backfillStatus = ({ days, job, rest, runs }: BackfillSurvey, at: number): typeof BackfillStatus.Type => {
  const { completed, empty } = countStatus(days)
  return {
    backfill_id: job.id,
    status: job.status,
    reason: job.reason,
    days_total: countDays(job),
    days_done: completed + empty,
    failed_days: days.filter(({ status }) => status === "failed")
      .map((failed) => ({ site: failed.site, date: formatDay(failed.day), reason: failed.reason })),
    samples: job.samples,
    samples_per_second: Math.round(job.samples / Math.max(1, job.workedMs / SECOND_MS)),
    recent_steps: runs.length,
    recent_pages: runs.reduce((sum, { counts }) => sum + (counts["pages"] ?? 0), 0),
    last_updated: formatInstant(job.lastUpdated),
    next_try: job.status === "in_progress" && job.dueAt > job.lastUpdated ? formatInstant(job.dueAt) : null,
    estimated_completion: rest === null ? null : formatInstant(at + rest)
  }
}

export const statusAnswer = ({ at, backfill, bytes, failures, sites, verdict }: Survey): typeof StatusAnswer.Type => ({
  status: verdict.status,
  reasons: verdict.reasons,
  at: formatInstant(at),
  sites: sites.map((one) => siteStatus(one, at)),
  backfill: backfill === null ? null : backfillStatus(backfill, at),
  failures: failures.map(runAnswer),
  database_bytes: bytes
})
