/**
 * The steps of a backfill: a message of the queue is handled under the job's lease, and a sweeper sends what was lost.
 *
 * A step is acknowledged after its successor was sent. What survives a crash is the job's state, not the queue: the
 * sweeper sends the next step of a job in progress that nobody works on.
 */
import { Clock, Effect, Option, Random } from "effect"
import type { BackfillCursor, BackfillDay, BackfillJob } from "../../domain/jobs/backfill/job.ts"
import { advance, decideStep, type StepOutcome } from "../../domain/jobs/backfill/machine.ts"
import type { Catalog } from "../../ports/Catalog.ts"
import type { ColdStore } from "../../ports/ColdStore.ts"
import type { HotDays } from "../../ports/HotDays.ts"
import { JobState, type JobStateError } from "../../ports/JobState.ts"
import type { Reads } from "../../ports/Reads.ts"
import type { SampleSource } from "../../ports/SampleSource.ts"
import type { Staging } from "../../ports/Staging.ts"
import { type Step, StepQueue, type StepQueueError } from "../../ports/StepQueue.ts"
import { reportRun, type RunTally } from "../run.ts"
import { describeOutcome, failureOf, publishStaged, workAt } from "./work.ts"

/** After this long without a sign of life a step counts as dead: longer than the slowest page with its retries. */
const LEASE_MS = 90_000

export interface StepOptions {
  /** How long a step may begin new work, ms. */
  readonly targetMs: number
}

/** What a step works with. */
type StepPorts = SampleSource | Catalog | ColdStore | HotDays | JobState | Reads | Staging | StepQueue

/** What became of a delivered step; in every case the message may be acknowledged. */
export type StepResult =
  | { readonly kind: "acted"; readonly job: BackfillJob; readonly day: BackfillDay }
  | { readonly kind: "resent" }
  /** Another holder of the lease works at the step, and will send its successor. */
  | { readonly kind: "busy" }
  | { readonly kind: "ignored"; readonly reason: string }

/** Handles one delivered step. If it fails the message must not be acknowledged. */
export const handleStep = Effect.fn("backfill.handleStep")(function*(
  step: Step,
  options: StepOptions
): Effect.fn.Return<StepResult, JobStateError | StepQueueError, StepPorts> {
  const jobs = yield* JobState
  const decision = decideStep(yield* jobs.job, step)
  switch (decision.kind) {
    case "ignore":
      yield* Effect.logInfo("backfill step ignored", { ...step, reason: decision.reason })
      return { kind: "ignored", reason: decision.reason }
    case "resend":
      yield* sendNext(decision.job)
      return { kind: "resent" }
    case "act": {
      const result = yield* actUnderLease(decision.job, decision.cursor, options)
      if (result.kind === "acted") yield* sendNext(result.job)
      return result
    }
  }
})

const actUnderLease = Effect.fnUntraced(function*(
  job: BackfillJob,
  cursor: BackfillCursor,
  options: StepOptions
): Effect.fn.Return<StepResult, JobStateError, StepPorts> {
  const jobs = yield* JobState
  const holder = `step ${job.checkpoint + 1} ${(yield* Random.nextIntBetween(0, 2 ** 32)).toString(16)}`
  const hold = Effect.flatMap(
    Clock.currentTimeMillis,
    (now) => jobs.acquireLease(job.id, holder, now, now + LEASE_MS)
  )
  if (!(yield* hold)) return { kind: "busy" }
  return yield* act(job, cursor, Effect.asVoid(hold), options).pipe(
    // Released before the successor is sent, so that whoever handles that finds the lease free.
    Effect.ensuring(jobs.releaseLease(job.id, holder).pipe(Effect.catch((error) => Effect.logWarning(error.message))))
  )
})

/** @param beat keeps the lease */
const act = Effect.fnUntraced(function*(
  job: BackfillJob,
  cursor: BackfillCursor,
  beat: Effect.Effect<void, JobStateError>,
  options: StepOptions
) {
  const jobs = yield* JobState
  const tally: RunTally = { samples: 0, dropped: {}, counts: { step: job.checkpoint + 1 } }
  let found: StepOutcome | null = null
  const report = yield* reportRun("backfill", cursor.site, tally, ({ id }) =>
    workAt(cursor, tally, { runId: id, targetMs: options.targetMs, beat }).pipe(
      Effect.catch((error) => Effect.succeed(failureOf(error))),
      Effect.map((outcome) => {
        found = outcome
        return describeOutcome(cursor, outcome)
      })
    ))
  // Nothing was found if the work died: the report then has the reason.
  const outcome: StepOutcome = found ?? { kind: "fails", reason: report.reason, remedy: { kind: "wait", ms: 0 } }
  const now = yield* Clock.currentTimeMillis
  const days = yield* jobs.days(job.id)
  const next = advance(job, cursor, days, { outcome, endedAt: now })
  if (next.day.status === "failed") yield* publishRest(cursor)
  return yield* jobs.saveJob(next.job, [next.day]).pipe(
    Effect.as<StepResult>({ kind: "acted", ...next }),
    Effect.catchTag("JobConflict", ({ message }) => Effect.succeed<StepResult>({ kind: "ignored", reason: message }))
  )
})

/** Publishes what was read of a day that is given up: it was accepted, and stays. */
const publishRest = (cursor: BackfillCursor) =>
  cursor.staged === undefined || cursor.staged === null
    ? Effect.void
    : Effect.asVoid(publishStaged(cursor, cursor.staged)).pipe(
      Effect.catch((error) => Effect.logError("what was read of a day could not be published", error))
    )

/** Sends the step that is due; nothing once the job has ended. */
export const sendNext = Effect.fnUntraced(function*(job: BackfillJob) {
  if (job.status !== "in_progress") return
  const queue = yield* StepQueue
  const delayMs = Math.max(0, job.dueAt - (yield* Clock.currentTimeMillis))
  yield* queue.send({ jobId: job.id, step: job.checkpoint + 1 }, Math.ceil(delayMs / 1_000))
})

/** Sends the next step of a job in progress that is due and that nobody works on; answers whether it did. */
export const sweep = Effect.fn("backfill.sweep")(function*() {
  const jobs = yield* JobState
  const job = Option.getOrNull(yield* jobs.job)
  const now = yield* Clock.currentTimeMillis
  if (job === null || job.status !== "in_progress" || job.dueAt > now) return false
  const isFree = yield* jobs.acquireLease(job.id, "sweeper", now, now + 1)
  if (!isFree) return false
  yield* jobs.releaseLease(job.id, "sweeper")
  yield* sendNext(job)
  return true
})
