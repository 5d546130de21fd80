/**
 * What `/backfill/status` says of a job.
 */
import { type BackfillDay, type BackfillJob, type BackfillStatus, countDays } from "../../domain/jobs/backfill/job.ts"
import { countStatus } from "../../domain/jobs/backfill/machine.ts"
import { formatDay } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { formatDropped } from "../../domain/samples/page.ts"
import type { RunReport } from "../../domain/jobs/run.ts"

/** A day that did not end as completed, or is being tried again. */
export interface DayNote {
  readonly site: string
  readonly date: string
  readonly reason: string
  readonly attempts: number
}

/** Days are counted a site: a job of 30 days and 2 sites has 60. */
export interface BackfillProgress {
  readonly status: BackfillStatus
  readonly backfill_id: string
  readonly sites: ReadonlyArray<string>
  readonly start_date: string
  readonly end_date: string
  /** Null once every day has ended. */
  readonly current_date: string | null
  readonly current_site: string | null
  /** Days that ended with their samples published, or empty. */
  readonly days_completed: number
  readonly days_total: number
  /** `days_completed` of `days_total`, such as `"45.21"`. */
  readonly progress_percent: string
  readonly records_processed: number
  readonly started_at: string
  readonly last_updated: string
  /** Null unless the job is in progress and a day has ended. */
  readonly estimated_completion: string | null
  /** Why it failed or was cancelled; empty where there is nothing to say. */
  readonly reason: string
  readonly failed_days: ReadonlyArray<DayNote>
  readonly empty_days: ReadonlyArray<DayNote>
  /** Days that are being tried again after a failure. */
  readonly retrying_days: ReadonlyArray<DayNote>
  /** Days of which rows were left out, with the counts by reason. */
  readonly dropped_rows: ReadonlyArray<{ readonly site: string; readonly date: string; readonly dropped: string }>
  /** The newest runs of the log, failures included. */
  readonly runs: ReadonlyArray<RunReport>
}

export const describeProgress = (
  job: BackfillJob,
  days: ReadonlyArray<BackfillDay>,
  runs: ReadonlyArray<RunReport>,
  now: number
): BackfillProgress => {
  const total = countDays(job)
  const { completed, empty, failed } = countStatus(days)
  const done = completed + empty
  const ended = done + failed
  const notes = (keep: (day: BackfillDay) => boolean): ReadonlyArray<DayNote> =>
    days.filter(keep).map(({ site, day, reason, attempts }) => ({ site, date: formatDay(day), reason, attempts }))
  return {
    status: job.status,
    backfill_id: job.id,
    sites: job.sites,
    start_date: formatDay(job.startDay),
    end_date: formatDay(job.endDay),
    current_date: job.cursor === null ? null : formatDay(job.cursor.day),
    current_site: job.cursor?.site ?? null,
    days_completed: done,
    days_total: total,
    progress_percent: (done / total * 100).toFixed(2),
    records_processed: job.samples,
    started_at: formatInstant(job.startedAt),
    last_updated: formatInstant(job.lastUpdated),
    estimated_completion: job.status === "in_progress" && ended > 0
      ? formatInstant(Math.round(now + job.workedMs / ended * (total - ended)))
      : null,
    reason: job.reason,
    failed_days: notes((day) => day.status === "failed"),
    empty_days: notes((day) => day.status === "empty"),
    retrying_days: notes((day) => day.status === "in_progress" && day.attempts > 0),
    dropped_rows: days.flatMap(({ site, day, dropped }) => {
      const text = formatDropped(dropped)
      return text === "" ? [] : [{ site, date: formatDay(day), dropped: text }]
    }),
    runs
  }
}
