/**
 * Backfill: closed days straight from the source into the cold store, one queue step at a time.
 *
 * A step is acknowledged after its successor was sent. What survives a crash is the job's state, not the queue: the
 * sweeper sends the next step of a live job that nobody works on.
 */
import { Clock, Effect, Option, Random, Schema } from "effect"
import {
  type BackfillCursor,
  type BackfillDay,
  type BackfillJob,
  type BackfillRequest,
  countDays,
  planBackfill,
  samePlan,
  startJob
} from "../../domain/jobs/backfill/job.ts"
import { advance, cancelJob, countStatus, decideStep, resumeJob, type StepOutcome } from "../../domain/jobs/backfill/machine.ts"
import { type BackfillProgress, describeProgress } from "./progress.ts"
import { formatDay } from "../../domain/time/calendar.ts"
import type { Catalog } from "../../ports/Catalog.ts"
import type { ColdStore } from "../../ports/ColdStore.ts"
import { JobState, type JobStateError } from "../../ports/JobState.ts"
import type { SampleSource } from "../../ports/SampleSource.ts"
import { type Step, StepQueue, type StepQueueError } from "../../ports/StepQueue.ts"
import { reportRun, type Tally } from "../run.ts"
import { describeOutcome, failureOf, workAt } from "./work.ts"

/** How long a step may be silent before others take it for dead: longer than the slowest page with its retries. */
export const LEASE_MS = 90_000
/** Runs that the status shows. */
const RUNS_SHOWN = 20

export interface BackfillOptions {
  readonly sites: ReadonlyArray<string>
  readonly maxDays: number
  /** How long a step may begin new work, ms. */
  readonly targetMs: number
}

/** What a step works with. */
export type BackfillPorts = SampleSource | Catalog | ColdStore | JobState | StepQueue

/** A live job stands in the way (409). */
export class BackfillRunning extends Schema.TaggedError<BackfillRunning>()("BackfillRunning", { id: Schema.String }) {
  override get message() {
    return `backfill ${this.id} is in progress; cancel it first, or start with force_restart`
  }
}

/** There is no job, or none in a state that the call could change (409). */
export class BackfillNotThere extends Schema.TaggedError<BackfillNotThere>()("BackfillNotThere", {
  wanted: Schema.String,
  status: Schema.String
}) {
  override get message() {
    return `there is no ${this.wanted} backfill: the last one is ${this.status}`
  }
}

export interface Started {
  readonly status: "started"
  readonly backfill_id: string
  readonly start_date: string
  readonly end_date: string
  /** Days that are still to be done, each site's counted. */
  readonly estimated_days: number
  readonly message: string
}

export interface StartRequest {
  /** `YYYY-MM-DD`, both days included. */
  readonly startDate: string
  readonly endDate: string
  /** Starts over instead of resuming, and takes the place of a live job. */
  readonly forceRestart: boolean
}

/** Somebody else saved first: what was decided is decided again on what they saved. */
const decideAgain = <A, E extends { readonly _tag: string }, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.retry(call, { while: (error) => error._tag === "JobConflict", times: 5 })

/** Starts a job, or resumes the same one after it was cancelled or failed. */
export const start = Effect.fn("backfill.start")(function*(request: StartRequest, options: BackfillOptions) {
  const now = yield* Clock.currentTimeMillis
  const asked: BackfillRequest = { ...request, sites: options.sites }
  const plan = yield* Effect.fromResult(planBackfill(asked, now, options.maxDays))
  return yield* Effect.gen(function*() {
    const jobs = yield* JobState
    const last = Option.getOrNull(yield* jobs.job)
    if (last?.status === "in_progress") {
      if (!request.forceRestart) return yield* new BackfillRunning({ id: last.id })
      yield* jobs.saveJob(cancelJob(last, now, "replaced by a new start"), [])
    }
    const stopped = last?.status === "cancelled" || last?.status === "failed"
    if (last !== null && stopped && samePlan(last, plan) && !request.forceRestart) return yield* revive(last)
    const job = startJob(plan, now)
    yield* jobs.saveJob(job, [])
    yield* sendNext(job)
    return describeStart(job, 0, "started")
  }).pipe(decideAgain)
})

/** Resumes the last job after it was cancelled or failed. */
export const resume = Effect.fn("backfill.resume")(() =>
  Effect.gen(function*() {
    const last = Option.getOrNull(yield* (yield* JobState).job)
    if (last?.status === "in_progress") return yield* new BackfillRunning({ id: last.id })
    if (last === null || last.status === "completed") {
      return yield* new BackfillNotThere({ wanted: "cancelled or failed", status: last?.status ?? "not_started" })
    }
    return yield* revive(last)
  }).pipe(decideAgain)
)

const revive = Effect.fnUntraced(function*(last: BackfillJob) {
  const jobs = yield* JobState
  const days = yield* jobs.days(last.id)
  const { changed, job } = resumeJob(last, days, yield* Clock.currentTimeMillis)
  yield* jobs.saveJob(job, changed)
  yield* sendNext(job)
  const { completed, empty, failed } = countStatus(days)
  return describeStart(job, completed + empty + failed - changed.length, "resumed")
})

const describeStart = (job: BackfillJob, done: number, verb: string): Started => {
  const total = countDays(job)
  const sites = job.sites.length === 1 ? "" : ` of ${job.sites.length} sites`
  return {
    status: "started",
    backfill_id: job.id,
    start_date: formatDay(job.startDay),
    end_date: formatDay(job.endDay),
    estimated_days: total - done,
    message: `backfill ${verb}: ${total - done} of ${total} days${sites} to do`
  }
}

/** Cancels the live job; what it has published stays. */
export const cancel = Effect.fn("backfill.cancel")(() =>
  Effect.gen(function*() {
    const jobs = yield* JobState
    const last = Option.getOrNull(yield* jobs.job)
    if (last?.status !== "in_progress") {
      return yield* new BackfillNotThere({ wanted: "live", status: last?.status ?? "not_started" })
    }
    const job = cancelJob(last, yield* Clock.currentTimeMillis, "cancelled by request")
    yield* jobs.saveJob(job, [])
    return job
  }).pipe(decideAgain)
)

/** Where the last job stands. */
export const status: Effect.Effect<
  BackfillProgress | { readonly status: "not_started" },
  JobStateError,
  JobState
> = Effect.gen(function*() {
  const jobs = yield* JobState
  const job = Option.getOrNull(yield* jobs.job)
  if (job === null) return { status: "not_started" }
  const days = yield* jobs.days(job.id)
  const runs = yield* jobs.runs("backfill", RUNS_SHOWN)
  return describeProgress(job, days, runs, yield* Clock.currentTimeMillis)
})

/** What became of a delivered step; in every case the message may be acknowledged. */
export type StepResult =
  | { readonly kind: "acted"; readonly job: BackfillJob; readonly day: BackfillDay }
  | { readonly kind: "resent" }
  /** Another holder works at it, and will send what follows. */
  | { readonly kind: "busy" }
  | { readonly kind: "ignored"; readonly reason: string }

/** Handles one delivered step. Where it fails the message is not to be acknowledged. */
export const handleStep = Effect.fn("backfill.handleStep")(function*(
  step: Step,
  options: BackfillOptions
): Effect.fn.Return<StepResult, JobStateError | StepQueueError, BackfillPorts> {
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
  options: BackfillOptions
): Effect.fn.Return<StepResult, JobStateError, BackfillPorts> {
  const jobs = yield* JobState
  const name = leaseOf(job)
  const holder = `step ${job.checkpoint + 1} ${(yield* Random.nextIntBetween(0, 2 ** 32)).toString(16)}`
  const hold = Effect.flatMap(
    Clock.currentTimeMillis,
    (now) => jobs.acquireLease(name, holder, now, now + LEASE_MS)
  )
  if (!(yield* hold)) return { kind: "busy" }
  return yield* act(job, cursor, Effect.asVoid(hold), options).pipe(
    // Released before the successor is sent, so that whoever takes that finds the lease free.
    Effect.ensuring(jobs.releaseLease(name, holder).pipe(Effect.catch((error) => Effect.logWarning(error.message))))
  )
})

const act = Effect.fnUntraced(function*(
  job: BackfillJob,
  cursor: BackfillCursor,
  beat: Effect.Effect<void, JobStateError>,
  options: BackfillOptions
) {
  const jobs = yield* JobState
  const startedAt = yield* Clock.currentTimeMillis
  const tally: Tally = { samples: 0, dropped: {}, counts: { step: job.checkpoint + 1 } }
  let found: StepOutcome | null = null
  const report = yield* reportRun("backfill", cursor.site, tally, ({ id }) =>
    workAt(cursor, tally, { run: id, targetMs: options.targetMs, beat }).pipe(
      Effect.catch((error) => Effect.succeed(failureOf(error))),
      Effect.map((outcome) => {
        found = outcome
        return describeOutcome(cursor, outcome)
      })
    ))
  const outcome: StepOutcome = found ?? { kind: "fails", reason: report.reason, remedy: { kind: "wait", ms: 0 } }
  const now = yield* Clock.currentTimeMillis
  const days = yield* jobs.days(job.id)
  const next = advance(job, cursor, days, outcome, now, now - startedAt)
  return yield* jobs.saveJob(next.job, [next.day]).pipe(
    Effect.as<StepResult>({ kind: "acted", ...next }),
    Effect.catchTag("JobConflict", (conflict) => Effect.succeed<StepResult>({ kind: "ignored", reason: conflict.message }))
  )
})

const leaseOf = (job: BackfillJob): string => `backfill:${job.id}`

/** Sends the step that is due; nothing once the job has ended. */
const sendNext = Effect.fnUntraced(function*(job: BackfillJob) {
  if (job.status !== "in_progress") return
  const queue = yield* StepQueue
  const delayMs = Math.max(0, job.dueAt - (yield* Clock.currentTimeMillis))
  yield* queue.send({ jobId: job.id, step: job.checkpoint + 1 }, Math.ceil(delayMs / 1_000))
})

/** Sends the next step of a live job that is due and that nobody works on; answers whether it did. */
export const sweep = Effect.fn("backfill.sweep")(function*() {
  const jobs = yield* JobState
  const job = Option.getOrNull(yield* jobs.job)
  const now = yield* Clock.currentTimeMillis
  if (job === null || job.status !== "in_progress" || job.dueAt > now) return false
  const isFree = yield* jobs.acquireLease(leaseOf(job), "sweeper", now, now + 1)
  if (!isFree) return false
  yield* jobs.releaseLease(leaseOf(job), "sweeper")
  yield* sendNext(job)
  return true
})
