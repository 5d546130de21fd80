/**
 * Backfill jobs and their days in D1.
 */
import { Array as Arr, Effect, Option } from "effect"
import type { BackfillDay, BackfillJob } from "../../domain/jobs/backfill/job.ts"
import { dayCodec, jobCodec } from "../../domain/jobs/codec.ts"
import { JobConflict, JobStateError } from "../../ports/JobState.ts"
import * as D1 from "../cloudflare/database.ts"
import { type Body, decodeBodies, type Queries, stateError } from "./queries.ts"

/** Days that one statement saves: as JSON well below the 2 MB of a bound text. */
const DAYS_PER_STATEMENT = 1_000

const NEWEST = "SELECT id, version, status, body FROM backfill_job ORDER BY seq DESC LIMIT 1"

const DAYS = "SELECT day, site, body FROM backfill_day WHERE job_id = ?1 ORDER BY day, site"

interface JobRow extends Body, Pick<BackfillJob, "id" | "version" | "status"> {}

interface DayRow extends Body, Pick<BackfillDay, "day" | "site"> {}

/** As its columns say; a forced start or a cancellation takes its place. */
const unreadableJob = ({ id, status, version }: JobRow, reason: string): BackfillJob => ({
  id,
  status,
  version,
  reason,
  sites: [],
  startDay: 0,
  endDay: 0,
  checkpoint: 0,
  cursor: null,
  samples: 0,
  startedAt: 0,
  lastUpdated: 0,
  dueAt: 0,
  workedMs: 0
})

/** Failed, so that a resumed job asks for it again. */
const unreadableDay = ({ day, site }: DayRow, reason: string): BackfillDay =>
  ({ day, site, reason, status: "failed", samples: 0, dropped: {}, attempts: 0 })

const SAVEABLE = `coalesce((SELECT version FROM backfill_job WHERE id = ?1), 0) = ?2
  AND (?3 <> 'in_progress' OR NOT EXISTS (
    SELECT 1 FROM backfill_job
    WHERE id <> ?1 AND (status = 'in_progress' OR seq > (SELECT seq FROM backfill_job WHERE id = ?1))))`

const SAVE_JOB = `INSERT INTO backfill_job (id, version, status, body) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status, body = excluded.body`

const SAVE_DAYS = `INSERT INTO backfill_day (job_id, day, site, body)
  SELECT ?1, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2) WHERE true
  ON CONFLICT DO UPDATE SET body = excluded.body`

export const makeBackfill = (db: D1.Database, { all, encode }: Queries) => {
  const job = all<JobRow>("job", "the newest", NEWEST).pipe(
    Effect.map((rows) => Option.fromUndefinedOr(decodeBodies(jobCodec, rows, unreadableJob)[0]))
  )

  const days = (jobId: string) =>
    Effect.map(all<DayRow>("days", jobId, DAYS, jobId), (rows) => decodeBodies(dayCodec, rows, unreadableDay))

  const saveJob = Effect.fnUntraced(function*(saved: BackfillJob, changed: ReadonlyArray<BackfillDay>) {
    const body = yield* encode("saveJob", saved.id, jobCodec, saved)
    const rows = yield* Effect.forEach(changed, (day) =>
      Effect.map(encode("saveJob", `${saved.id} day ${day.day}`, dayCodec, day), (text) => [day.day, day.site, text]))
    const statements = [
      D1.guard(db, SAVEABLE, saved.id, saved.version - 1, saved.status),
      db.prepare(SAVE_JOB).bind(saved.id, saved.version, saved.status, body),
      ...Arr.chunksOf(rows, DAYS_PER_STATEMENT).map((some) =>
        db.prepare(SAVE_DAYS).bind(saved.id, JSON.stringify(some))
      )
    ]
    const stored = all<Body>("saveJob", saved.id, "SELECT body FROM backfill_job WHERE id = ?1", saved.id)
    yield* D1.batch(db, "saveJob", saved.id, statements).pipe(
      Effect.asVoid,
      // Perhaps the save was applied and only its answer was lost: what is stored tells.
      Effect.catchTag("D1Error", (lost) =>
        Effect.flatMap(stored, ([row]) => row?.body === body ? Effect.void : Effect.fail(lost))),
      D1.retryPlatform,
      Effect.catchTags({
        D1Error: (error) => Effect.fail(stateError(error)),
        GuardFailed: () => Effect.fail(new JobConflict({ id: saved.id, version: saved.version - 1 })),
        IdTaken: (cause) => Effect.fail(new JobStateError({ operation: "saveJob", subject: saved.id, cause }))
      })
    )
  })

  return { job, days, saveJob }
}
