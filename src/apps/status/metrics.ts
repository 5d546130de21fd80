/**
 * `GET /metrics`: what is stored of the system's work as Prometheus reads it. Every series is explained in
 * docs/operations/monitoring.md.
 */
import { countStatus } from "../../domain/jobs/backfill/days.ts"
import { countDays } from "../../domain/jobs/backfill/job.ts"
import { archivalLag, DEGRADED, syncLag, UNHEALTHY } from "../../domain/jobs/health.ts"
import { lagOfShare } from "../../domain/jobs/lateness.ts"
import type { RunReport } from "../../domain/jobs/run.ts"
import { SECOND_MS } from "../../domain/time/calendar.ts"
import type { BackfillSurvey, SiteSurvey, Survey } from "./survey.ts"

/** Every series, without the prefix that all share, and what it says. All are gauges: they show what is stored now. */
export const SERIES = {
  health: "0 healthy, 1 degraded, 2 unhealthy",
  health_reason: "1 for each reason that holds",
  sync_lag_seconds: "since the source was last asked for everything up to the present; absent before",
  source_silent: "1 where the newest sync found that the source sends nothing any more",
  newest_sample_timestamp_seconds: "the newest sample of the site in any tier; absent before the first",
  sample_lag_seconds: "how late half and 95 of 100 samples came, as far as classes tell",
  late_rows: "rows that the newest sync found late",
  run_finished_timestamp_seconds: "when the newest run of the kind ended",
  run_failed: "1 where it failed",
  run_duration_seconds: "how long it took",
  run_samples: "samples that it wrote",
  hot_days: "days that have hot samples",
  pending_bytes: "bytes appended since the last compaction",
  archival_lag_seconds: "for how long the oldest hot day has been due to be archived; 0 where none is",
  archival_due_days: "days that are due to be archived",
  archive_findings: "1 where the last inventory found missing or damaged objects",
  months: "closed months that are made",
  backfill_in_progress: "1 while a backfill is in progress",
  backfill_days: "days of the newest backfill that are done, have failed, and in all",
  backfill_samples: "samples that the newest backfill has published",
  backfill_last_step_timestamp_seconds: "when its last step ended",
  backfill_rest_seconds: "how much longer it takes; absent where nobody can say",
  database_bytes: "bytes of the database"
} as const

type Name = keyof typeof SERIES

export const PREFIX = "building_vitals_"

interface Sample {
  readonly name: Name
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const sample = (
  name: Name,
  value: number | null,
  labels: Readonly<Record<string, string>> = {}
): ReadonlyArray<Sample> =>
  value === null ? [] : [{ name, labels, value }]

const flag = (holds: boolean): number => holds ? 1 : 0
const seconds = (ms: number | null): number | null => ms === null ? null : ms / SECOND_MS

const LEVELS = { healthy: 0, degraded: 1, unhealthy: 2 } as const

const runSamples = (run: RunReport): ReadonlyArray<Sample> => {
  const labels = { kind: run.kind, site: run.site }
  return [
    ...sample("run_finished_timestamp_seconds", seconds(run.finishedAt), labels),
    ...sample("run_failed", flag(run.status === "failed"), labels),
    ...sample("run_duration_seconds", seconds(run.finishedAt - run.startedAt), labels),
    ...sample("run_samples", run.samples, labels)
  ]
}

const siteSamples = (one: SiteSurvey, { at, hotDays }: Survey): ReadonlyArray<Sample> => {
  const labels = { site: one.site }
  const sync = one.runs.get("sync")
  return [
    ...sample("sync_lag_seconds", seconds(syncLag(one.lateness, at)), labels),
    ...sample("source_silent", flag((sync?.counts["silentMinutes"] ?? 0) > 0), labels),
    ...sample("newest_sample_timestamp_seconds", seconds(one.newestSample), labels),
    ...sample("sample_lag_seconds", seconds(lagOfShare(one.lateness, 0.5)), { ...labels, quantile: "0.5" }),
    ...sample("sample_lag_seconds", seconds(lagOfShare(one.lateness, 0.95)), { ...labels, quantile: "0.95" }),
    ...sample("late_rows", sync?.counts["lateRows"] ?? 0, labels),
    ...[...one.runs.values()].flatMap(runSamples),
    ...sample("hot_days", one.reach?.hotDays ?? 0, labels),
    ...sample("pending_bytes", one.reach?.pendingBytes ?? 0, labels),
    ...sample("archival_lag_seconds", seconds(archivalLag(one.reach?.oldestHotDay ?? null, hotDays, at)), labels),
    ...sample("archival_due_days", one.dueDays, labels),
    ...sample("archive_findings", flag(one.runs.get("inventory")?.status === "warning"), labels),
    ...sample("months", one.months.length, labels)
  ]
}

const backfillSamples = ({ days, job, rest }: BackfillSurvey): ReadonlyArray<Sample> => {
  const { completed, empty, failed } = countStatus(days)
  return [
    ...sample("backfill_in_progress", flag(job.status === "in_progress")),
    ...sample("backfill_days", completed + empty, { state: "done" }),
    ...sample("backfill_days", failed, { state: "failed" }),
    ...sample("backfill_days", countDays(job), { state: "all" }),
    ...sample("backfill_samples", job.samples),
    ...sample("backfill_last_step_timestamp_seconds", seconds(job.lastUpdated)),
    ...sample("backfill_rest_seconds", seconds(rest))
  ]
}

const samplesOf = (survey: Survey): ReadonlyArray<Sample> => {
  const { backfill, bytes, sites, verdict } = survey
  const holding = new Set(verdict.reasons.map(({ code }) => code))
  return [
    ...sample("health", LEVELS[verdict.status]),
    ...[...DEGRADED, ...UNHEALTHY].flatMap((code) => sample("health_reason", flag(holding.has(code)), { code })),
    ...sites.flatMap((site) => siteSamples(site, survey)),
    ...backfill === null ? sample("backfill_in_progress", 0) : backfillSamples(backfill),
    ...sample("database_bytes", bytes)
  ]
}

const lineOf = ({ labels, name, value }: Sample): string => {
  // Names of sites hold no control characters: of the others JSON quotes as Prometheus does.
  const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`)
  return `${PREFIX}${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`
}

/** The text format of Prometheus, version 0.0.4: the lines of a series stand together, below what it says. */
export const metricsText = (survey: Survey): string => {
  const byName = Map.groupBy(samplesOf(survey), ({ name }) => name)
  return [...byName].flatMap(([name, samples]) => [
    `# HELP ${PREFIX}${name} ${SERIES[name]}`,
    `# TYPE ${PREFIX}${name} gauge`,
    ...samples.map(lineOf)
  ]).map((line) => `${line}\n`).join("")
}
