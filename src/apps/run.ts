/**
 * One run of a job for a site: whatever becomes of it, its report is logged where `/status` shows it.
 */
import { Cause, Clock, Effect, Random } from "effect"
import { formatInstant } from "../domain/time/instant.ts"
import type { RunKind, RunReport } from "../domain/jobs/run.ts"
import { JobState } from "../ports/JobState.ts"

export type Outcome = Pick<RunReport, "status" | "reason">

/** What a run adds up while it works; a run that fails half-way reports what it had done. */
export interface Tally {
  samples: number
  dropped: RunReport["dropped"]
  readonly counts: Record<string, number>
}

export interface RunContext {
  readonly id: string
  readonly startedAt: number
}

/** Unique also for two runs that begin in one millisecond. */
const makeRunId = Effect.fnUntraced(function*(kind: RunKind, site: string, startedAt: number) {
  const suffix = (yield* Random.nextIntBetween(0, 2 ** 32)).toString(16).padStart(8, "0")
  return `${kind}/${site}/${formatInstant(startedAt)}/${suffix}`
})

/** Carries out a run and logs its report. Fails only where the report itself cannot be logged. */
export const reportRun = Effect.fnUntraced(function*<E extends Error, R>(
  kind: RunKind,
  site: string,
  tally: Tally,
  work: (context: RunContext) => Effect.Effect<Outcome, E, R>
) {
  const jobs = yield* JobState
  const startedAt = yield* Clock.currentTimeMillis
  const id = yield* makeRunId(kind, site, startedAt)
  const outcome = yield* work({ id, startedAt }).pipe(
    Effect.catch((error: E) => Effect.succeed<Outcome>({ status: "failed", reason: error.message })),
    // A defect is a fault of ours: reported like any other failure, in full only in the log.
    Effect.catchDefect((defect) =>
      Effect.logError(`${kind} failed unexpectedly`, Cause.die(defect)).pipe(
        Effect.as<Outcome>({ status: "failed", reason: "an unexpected fault; the log has the details" })
      )
    )
  )
  const report: RunReport = {
    id,
    kind,
    site,
    ...outcome,
    startedAt,
    finishedAt: yield* Clock.currentTimeMillis,
    samples: tally.samples,
    dropped: tally.dropped,
    counts: tally.counts
  }
  yield* jobs.logRun(report)
  yield* Effect.logInfo(kind, report)
  return report
})

/**
 * Does a job for one site after the other, whatever becomes of each. They share the time: each may take an equal part of it,
 * and what those before it have left. Fails with the first failure, once all have had their turn.
 */
export const inTurn = Effect.fnUntraced(function*<E, R>(
  sites: ReadonlyArray<string>,
  timeoutMs: number,
  work: (site: string, turnMs: number) => Effect.Effect<RunReport, E, R>
) {
  const end = (yield* Clock.currentTimeMillis) + timeoutMs
  const results = yield* Effect.forEach(sites, (site, i) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.result(work(site, Math.max(timeoutMs / sites.length, (end - now) / (sites.length - i))))))
  return yield* Effect.forEach(results, Effect.fromResult)
})
