/**
 * One run of a job for a site: its report is logged, however it ends, and status pages show it.
 */
import { Cause, Clock, Effect, Random } from "effect"
import { formatInstant } from "../domain/time/instant.ts"
import type { RunKind, RunReport } from "../domain/jobs/run.ts"
import { JobState } from "../ports/JobState.ts"
import { SampleSourceError } from "../ports/SampleSource.ts"

/** How a run ended. */
export type RunOutcome = Pick<RunReport, "status" | "reason" | "needsKey">

/** What a run counts while it works, so that one that fails half-way reports what it had done. */
export interface RunTally {
  samples: number
  dropped: RunReport["dropped"]
  readonly counts: Record<string, number>
}

export interface RunContext {
  readonly id: string
  readonly startedAt: number
}

/** Unique even for two runs that begin in one millisecond. */
const makeRunId = Effect.fnUntraced(function*(kind: RunKind, site: string, startedAt: number) {
  const suffix = (yield* Random.nextIntBetween(0, 2 ** 32)).toString(16).padStart(8, "0")
  return `${kind}/${site}/${formatInstant(startedAt)}/${suffix}`
})

const failed = (error: Error): RunOutcome => {
  const needsKey = error instanceof SampleSourceError && error.reason._tag === "BadCredentials"
  return { status: "failed", reason: error.message, ...needsKey ? { needsKey } : {} }
}

const LEVELS = { completed: "Info", warning: "Warn", failed: "Error" } as const

/** Does the work of a run and logs its report. Fails only if the report itself cannot be logged. */
export const reportRun = Effect.fnUntraced(function*<E extends Error, R>(
  kind: RunKind,
  site: string,
  tally: RunTally,
  work: (context: RunContext) => Effect.Effect<RunOutcome, E, R>
) {
  const jobs = yield* JobState
  const startedAt = yield* Clock.currentTimeMillis
  const id = yield* makeRunId(kind, site, startedAt)
  const outcome = yield* work({ id, startedAt }).pipe(
    Effect.catch((error: E) => Effect.succeed(failed(error))),
    // A defect is a bug: it is reported like any other failure, but only the log has its details.
    Effect.catchDefect((defect) =>
      Effect.logError(`${kind} failed unexpectedly`, Cause.die(defect)).pipe(
        Effect.as<RunOutcome>({ status: "failed", reason: "an unexpected error; the log has the details" })
      )
    ),
    Effect.annotateLogs({ run: id, kind, site })
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
  yield* Effect.logWithLevel(LEVELS[outcome.status])(kind, report).pipe(Effect.annotateLogs({ run: id, kind, site }))
  return report
})

/**
 * Does a job for one site after the other, even if some fail. They share the time: each may take an equal part of it,
 * and what the sites before it left over. Once all have had their turn, fails with the first failure.
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
