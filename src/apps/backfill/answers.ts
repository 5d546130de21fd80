/**
 * What the backfill Worker answers: a job that has started, and the progress of a job. Days are `YYYY-MM-DD`.
 */
import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { type BackfillDay, countDays } from "../../domain/jobs/backfill/job.ts"
import { estimateRest } from "../../domain/jobs/backfill/estimate.ts"
import { countStatus } from "../../domain/jobs/backfill/days.ts"
import { formatDropped } from "../../domain/samples/page.ts"
import { formatDay } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { RunAnswer, runAnswer } from "../http/answers.ts"
import type { JobStatus, Started } from "./program.ts"

export const StartedAnswer = Schema.Struct({
  status: Schema.Literal("started"),
  backfill_id: Schema.String,
  start_date: Schema.String,
  end_date: Schema.String,
  /** Days still to be done, counted for each site. */
  estimated_days: Schema.Int,
  message: Schema.String
}).pipe(HttpApiSchema.status(202))

export const startedAnswer = ({ daysToDo, job, verb }: Started): typeof StartedAnswer.Type => {
  const sites = job.sites.length === 1 ? "" : ` of ${job.sites.length} sites`
  return {
    status: "started",
    backfill_id: job.id,
    start_date: formatDay(job.startDay),
    end_date: formatDay(job.endDay),
    estimated_days: daysToDo,
    message: `backfill ${verb}: ${daysToDo} of ${countDays(job)} days${sites} to do`
  }
}

/** A day that did not end as completed, or is being tried again. */
const DayNote = Schema.Struct({
  site: Schema.String,
  date: Schema.String,
  reason: Schema.String,
  attempts: Schema.Int
})

/** Days are counted for each site: a job of 30 days and 2 sites has 60. */
export const ProgressAnswer = Schema.Struct({
  status: Schema.Literals(["in_progress", "completed", "cancelled", "failed"]),
  backfill_id: Schema.String,
  sites: Schema.Array(Schema.String),
  start_date: Schema.String,
  end_date: Schema.String,
  /** Null once every day has ended. */
  current_date: Schema.NullOr(Schema.String),
  current_site: Schema.NullOr(Schema.String),
  /** Days that ended with their samples published, or empty. */
  days_completed: Schema.Int,
  days_total: Schema.Int,
  /** `days_completed` of `days_total`, such as `"45.21"`. */
  progress_percent: Schema.String,
  records_processed: Schema.Int,
  started_at: Schema.String,
  last_updated: Schema.String,
  /** Null before the first day was done, while the job waits for another try, and when it has ended. */
  estimated_completion: Schema.NullOr(Schema.String),
  /** Why the job failed or was cancelled, or what to know of a completed one; empty if there is nothing to say. */
  reason: Schema.String,
  failed_days: Schema.Array(DayNote),
  empty_days: Schema.Array(DayNote),
  /** Days that are tried again after a failure. */
  retrying_days: Schema.Array(DayNote),
  /** Days of which rows were dropped, with the counts by reason. */
  dropped_rows: Schema.Array(Schema.Struct({ site: Schema.String, date: Schema.String, dropped: Schema.String })),
  /** The newest runs of the log, failures included. */
  runs: Schema.Array(RunAnswer)
})

export const progressAnswer = ({ at, days, job, runs }: JobStatus): typeof ProgressAnswer.Type => {
  const total = countDays(job)
  const { completed, empty } = countStatus(days)
  const done = completed + empty
  const rest = estimateRest(job, days)
  const notes = (isNoted: (day: BackfillDay) => boolean): ReadonlyArray<typeof DayNote.Type> =>
    days.filter(isNoted).map(({ site, day, reason, attempts }) => ({ site, date: formatDay(day), reason, attempts }))
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
    estimated_completion: rest === null ? null : formatInstant(at + rest),
    reason: job.reason,
    failed_days: notes((day) => day.status === "failed"),
    empty_days: notes((day) => day.status === "empty"),
    retrying_days: notes((day) => day.status === "in_progress" && day.attempts > 0),
    dropped_rows: days.flatMap(({ site, day, dropped }) => {
      const text = formatDropped(dropped)
      return text === "" ? [] : [{ site, date: formatDay(day), dropped: text }]
    }),
    runs: runs.map(runAnswer)
  }
}
