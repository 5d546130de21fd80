/**
 * `JobState` on D1: every change is one statement or one batch. Tables and rules are described in
 * docs/format-job-state.md.
 */
import { Effect, Layer, Option, Result } from "effect"
import { budgetTerms, budgetWait } from "../../domain/jobs/budget.ts"
import { rereadingCodec, runCodec } from "../../domain/jobs/codec.ts"
import type { Rereading } from "../../domain/jobs/reread-plan.ts"
import type { RunKind, RunReport } from "../../domain/jobs/run.ts"
import { DAY_MS } from "../../domain/time/calendar.ts"
import { JobState, type Watermark } from "../../ports/JobState.ts"
import * as D1 from "../cloudflare/database.ts"
import { makeBackfill } from "./backfill.ts"
import { type Body, decodeBodies, makeQueries, type Queries } from "./queries.ts"

/** How long the run log is kept. */
const RUNS_KEPT_MS = 90 * DAY_MS

const ADVANCE = `INSERT INTO watermark (name, at) VALUES (?1, ?2)
  ON CONFLICT DO UPDATE SET at = excluded.at WHERE at < excluded.at`

const ACQUIRE = `INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?4)
  ON CONFLICT DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE holder = ?2 OR until <= ?3
  RETURNING holder`

const SAVE_REREADING = `INSERT INTO rereading (site, body) VALUES (?1, ?2)
  ON CONFLICT DO UPDATE SET body = excluded.body`

const RUNS =
  "SELECT id, finished_at AS finishedAt, body FROM run WHERE kind = ?1 ORDER BY finished_at DESC, id DESC LIMIT ?2"

const TAKE = `INSERT INTO request_budget (name, paid_until) VALUES (?1, ?2 + ?3)
  ON CONFLICT DO UPDATE SET paid_until = max(paid_until, ?2) + ?3 WHERE paid_until <= ?2 + ?4
  RETURNING paid_until`

/** Site names contain no slash, so that no two watermarks share a name. */
const WATERMARK_PREFIX: Readonly<Record<Watermark["kind"], string>> = {
  synced: "",
  started: "start/",
  described: "points/"
}

const watermarkName = ({ kind, site }: Watermark): string => `${WATERMARK_PREFIX[kind]}${site}`

const leaseName = (jobId: string): string => `backfill:${jobId}`

const logRun = Effect.fnUntraced(function*(db: D1.Database, { batch, encode }: Queries, report: RunReport) {
  const body = yield* encode("logRun", report.id, runCodec, report)
  yield* batch("logRun", report.id, [
    db.prepare("INSERT OR REPLACE INTO run (kind, finished_at, id, body) VALUES (?1, ?2, ?3, ?4)")
      .bind(report.kind, report.finishedAt, report.id, body),
    db.prepare("DELETE FROM run WHERE kind = ?1 AND finished_at < ?2")
      .bind(report.kind, report.finishedAt - RUNS_KEPT_MS)
  ])
})

interface RunRow extends Body, Pick<RunReport, "id" | "finishedAt"> {}

const unreadableRun = (kind: RunKind) => ({ finishedAt, id }: RunRow, reason: string): RunReport => ({
  id,
  kind,
  reason,
  finishedAt,
  startedAt: finishedAt,
  site: "",
  status: "failed",
  samples: 0,
  dropped: {},
  counts: {}
})

const takeRequest = Effect.fnUntraced(function*(
  db: D1.Database,
  { batch }: Queries,
  budget: string,
  perMinute: number,
  now: number
) {
  const terms = budgetTerms(perMinute)
  const results = yield* batch<{ paidUntil: number }>("takeRequest", budget, [
    db.prepare(TAKE).bind(budget, now, terms.intervalMs, terms.toleranceMs),
    db.prepare("SELECT paid_until AS paidUntil FROM request_budget WHERE name = ?1").bind(budget)
  ])
  if (D1.rowsOf(results, 0).length > 0) return 0
  const paidUntil = D1.rowsOf<{ paidUntil: number }>(results, 1)[0]?.paidUntil ?? now
  return Math.max(1, budgetWait(terms, paidUntil, now))
})

/** A body that cannot be read counts as none: the passes begin anew, which costs requests only. */
const rereading = Effect.fnUntraced(function*({ all }: Queries, site: string) {
  const [row] = yield* all<Body>("rereading", site, "SELECT body FROM rereading WHERE site = ?1", site)
  if (row === undefined) return Option.none<Rereading>()
  const state = rereadingCodec.read(row.body)
  if (Result.isSuccess(state)) return Option.some(state.success)
  yield* Effect.logWarning(`rereading of ${site} begins anew: ${state.failure.message.slice(0, 200)}`)
  return Option.none<Rereading>()
})

export const layer = (db: D1.Database): Layer.Layer<JobState> =>
  Layer.sync(JobState, () => {
    const queries = makeQueries(db)
    const { all, encode } = queries
    return JobState.of({
      ...makeBackfill(db, queries),
      watermark: (mark) => {
        const name = watermarkName(mark)
        return Effect.map(
          all<{ at: number }>("watermark", name, "SELECT at FROM watermark WHERE name = ?1", name),
          ([row]) => Option.map(Option.fromUndefinedOr(row), ({ at }) => at)
        )
      },
      advanceWatermark: (mark, to) => {
        const name = watermarkName(mark)
        return Effect.asVoid(all("advanceWatermark", name, ADVANCE, name, to))
      },
      rereading: (site) => rereading(queries, site),
      saveRereading: (site, state) =>
        Effect.flatMap(encode("saveRereading", site, rereadingCodec, state), (body) =>
          Effect.asVoid(all("saveRereading", site, SAVE_REREADING, site, body))),
      acquireLease: (jobId, holder, now, until) =>
        Effect.map(
          all("acquireLease", jobId, ACQUIRE, leaseName(jobId), holder, now, until),
          (rows) => rows.length > 0
        ),
      releaseLease: (jobId, holder) => {
        const name = leaseName(jobId)
        return Effect.asVoid(
          all("releaseLease", jobId, "DELETE FROM lease WHERE name = ?1 AND holder = ?2", name, holder)
        )
      },
      logRun: (report) => logRun(db, queries, report),
      runs: (kind, limit) =>
        Effect.map(all<RunRow>("runs", kind, RUNS, kind, limit), (rows) =>
          decodeBodies(runCodec, rows, unreadableRun(kind))),
      takeRequest: (budget, perMinute, now) => takeRequest(db, queries, budget, perMinute, now)
    })
  })
