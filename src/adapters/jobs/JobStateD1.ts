/**
 * `JobState` on D1, the adapter that decides: every change is one statement or one batch. Tables and rules are
 * described in docs/format-job-state.md.
 */
import { Effect, Layer, Option, type Result, type Schema } from "effect"
import { budgetTerms, budgetWait } from "../../domain/jobs/budget.ts"
import { DAY_MS } from "../../domain/time/calendar.ts"
import { dayCodec, jobCodec, type JsonCodec, runCodec } from "../../domain/jobs/codec.ts"
import { JobConflict, JobState, JobStateError, type Watermark } from "../../ports/JobState.ts"
import * as D1 from "../cloudflare/database.ts"

/** How long the run log is kept. */
const RUNS_KEPT_MS = 90 * DAY_MS
/** Days a statement saves: as JSON well below the 2 MB of a bound text. */
const DAYS_PER_STATEMENT = 1_000

const SAVEABLE = `coalesce((SELECT version FROM backfill_job WHERE id = ?1), 0) = ?2
  AND (?3 <> 'in_progress' OR NOT EXISTS (
    SELECT 1 FROM backfill_job
    WHERE id <> ?1 AND (status = 'in_progress' OR seq > (SELECT seq FROM backfill_job WHERE id = ?1))))`
const SAVE_JOB = `INSERT INTO backfill_job (id, version, status, body) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status, body = excluded.body`
const SAVE_DAYS = `INSERT INTO backfill_day (job_id, day, site, body)
  SELECT ?1, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2) WHERE true
  ON CONFLICT DO UPDATE SET body = excluded.body`
const ACQUIRE = `INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?4)
  ON CONFLICT DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE holder = ?2 OR until <= ?3
  RETURNING holder`
const TAKE = `INSERT INTO request_budget (name, paid_until) VALUES (?1, ?2 + ?3)
  ON CONFLICT DO UPDATE SET paid_until = max(paid_until, ?2) + ?3 WHERE paid_until <= ?2 + ?4
  RETURNING paid_until`

interface Body {
  readonly body: string
}

/** Site names contain no slash, so that no two watermarks share a name. */
const WATERMARK_PREFIX: Readonly<Record<Watermark["kind"], string>> = {
  synced: "",
  started: "start/",
  described: "points/",
  reread: "reread/"
}

const watermarkName = ({ kind, site }: Watermark): string => `${WATERMARK_PREFIX[kind]}${site}`

const leaseName = (jobId: string): string => `backfill:${jobId}`

const stateError = ({ cause, operation, subject }: D1.D1Error): JobStateError =>
  new JobStateError({ operation, subject, cause })

export const layer = (db: D1.Database): Layer.Layer<JobState> =>
  Layer.sync(JobState, () => {
    const batch = <T>(operation: string, subject: string, statements: ReadonlyArray<D1PreparedStatement>) =>
      Effect.mapError(D1.idempotentBatch<T>(db, operation, subject, statements), stateError)

    const all = <T>(operation: string, subject: string, sql: string, ...values: ReadonlyArray<unknown>) =>
      Effect.map(batch<T>(operation, subject, [db.prepare(sql).bind(...values)]), (results) => D1.rowsOf<T>(results, 0))

    const change = (operation: string, subject: string, sql: string, ...values: ReadonlyArray<unknown>) =>
      Effect.asVoid(all(operation, subject, sql, ...values))

    const decode = <A>(operation: string, subject: string, codec: JsonCodec<A>) => ({ body }: Body) =>
      Effect.fromResult(codec.read(body) satisfies Result.Result<A, Schema.SchemaError>).pipe(
        Effect.mapError((cause) => new JobStateError({ operation, subject, cause }))
      )

    return JobState.of({
      watermark: (mark) => {
        const name = watermarkName(mark)
        return Effect.map(
          all<{ at: number }>("watermark", name, "SELECT at FROM watermark WHERE name = ?1", name),
          ([row]) => Option.map(Option.fromUndefinedOr(row), ({ at }) => at)
        )
      },
      advanceWatermark: (mark, to) =>
        change(
          "advanceWatermark",
          watermarkName(mark),
          `INSERT INTO watermark (name, at) VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET at = excluded.at WHERE at < excluded.at`,
          watermarkName(mark),
          to
        ),
      acquireLease: (jobId, holder, now, until) =>
        Effect.map(
          all("acquireLease", jobId, ACQUIRE, leaseName(jobId), holder, now, until),
          (rows) => rows.length > 0
        ),
      releaseLease: (jobId, holder) =>
        change("releaseLease", jobId, "DELETE FROM lease WHERE name = ?1 AND holder = ?2", leaseName(jobId), holder),
      job: all<Body>("job", "the newest", "SELECT body FROM backfill_job ORDER BY seq DESC LIMIT 1").pipe(
        Effect.flatMap((rows) => Effect.forEach(rows, decode("job", "the newest", jobCodec))),
        Effect.map(([job]) => Option.fromUndefinedOr(job))
      ),
      saveJob: (job, changed) => {
        const body = jobCodec.write(job)
        const days = changed.map((day) => [day.day, day.site, dayCodec.write(day)])
        const statements = [
          D1.guard(db, SAVEABLE, job.id, job.version - 1, job.status),
          db.prepare(SAVE_JOB).bind(job.id, job.version, job.status, body)
        ]
        for (let i = 0; i < days.length; i += DAYS_PER_STATEMENT) {
          const part = JSON.stringify(days.slice(i, i + DAYS_PER_STATEMENT))
          statements.push(db.prepare(SAVE_DAYS).bind(job.id, part))
        }
        const stored = all<Body>("saveJob", job.id, "SELECT body FROM backfill_job WHERE id = ?1", job.id)
        return Effect.asVoid(D1.batch(db, "saveJob", job.id, statements)).pipe(
          // Perhaps the save was applied and only its answer was lost: what is stored tells.
          Effect.catchTag("D1Error", (lost) =>
            Effect.flatMap(stored, ([row]) => row?.body === body ? Effect.void : Effect.fail(lost))),
          D1.retryPlatform,
          Effect.catchTags({
            D1Error: (error) => Effect.fail(stateError(error)),
            GuardFailed: () => Effect.fail(new JobConflict({ id: job.id, version: job.version - 1 })),
            IdTaken: (cause) => Effect.fail(new JobStateError({ operation: "saveJob", subject: job.id, cause }))
          })
        )
      },
      days: (jobId) =>
        all<Body>("days", jobId, "SELECT body FROM backfill_day WHERE job_id = ?1 ORDER BY day, site", jobId).pipe(
          Effect.flatMap((rows) => Effect.forEach(rows, decode("days", jobId, dayCodec)))
        ),
      logRun: (report) =>
        Effect.asVoid(batch("logRun", report.id, [
          db.prepare("INSERT OR REPLACE INTO run (kind, finished_at, id, body) VALUES (?1, ?2, ?3, ?4)")
            .bind(report.kind, report.finishedAt, report.id, runCodec.write(report)),
          db.prepare("DELETE FROM run WHERE kind = ?1 AND finished_at < ?2")
            .bind(report.kind, report.finishedAt - RUNS_KEPT_MS)
        ])),
      runs: (kind, limit) =>
        all<Body>(
          "runs",
          kind,
          "SELECT body FROM run WHERE kind = ?1 ORDER BY finished_at DESC, id DESC LIMIT ?2",
          kind,
          limit
        ).pipe(Effect.flatMap((rows) => Effect.forEach(rows, decode("runs", kind, runCodec)))),
      takeRequest: (budget, perMinute, now) => {
        const terms = budgetTerms(perMinute)
        const select = db.prepare("SELECT paid_until AS paidUntil FROM request_budget WHERE name = ?1").bind(budget)
        const take = db.prepare(TAKE).bind(budget, now, terms.intervalMs, terms.toleranceMs)
        return Effect.map(
          batch<{ paidUntil: number }>("takeRequest", budget, [take, select]),
          ([taken, stored]) =>
            taken !== undefined && taken.results.length > 0
              ? 0
              : Math.max(1, budgetWait(terms, stored?.results[0]?.paidUntil ?? now, now))
        )
      }
    })
  })
