/**
 * Backfill: closed days straight from the source into the cold store, one queue step at a time. Here a job is started,
 * resumed, cancelled and looked at; `steps.ts` does its work.
 */
import { Clock, Effect, Option, Schema } from "effect"
import {
  type BackfillDay,
  type BackfillJob,
  type BackfillRequest,
  countDays,
  planBackfill,
  samePlan,
  startJob
} from "../../domain/jobs/backfill/job.ts"
import { countStatus } from "../../domain/jobs/backfill/days.ts"
import { cancelJob, resumeJob } from "../../domain/jobs/backfill/machine.ts"
import type { RunReport } from "../../domain/jobs/run.ts"
import { JobState } from "../../ports/JobState.ts"
import { sendNext } from "./steps.ts"

/** Runs that the status shows. */
const RUNS_SHOWN = 20

/** A job is in progress. */
export class BackfillRunning extends Schema.TaggedError<BackfillRunning>()("BackfillRunning", { id: Schema.String }) {
  override get message() {
    return `backfill ${this.id} is in progress; cancel it first, or start with force_restart`
  }
}

/** No job was ever started. */
export class NoBackfill extends Schema.TaggedError<NoBackfill>()("NoBackfill", {}) {
  override get message() {
    return "no backfill was ever started"
  }
}

/** The last job has ended in a way that the call cannot change. */
export class BackfillEnded extends Schema.TaggedError<BackfillEnded>()("BackfillEnded", {
  call: Schema.Literals(["cancel", "resume"]),
  status: Schema.String
}) {
  override get message() {
    return `there is no backfill to ${this.call}: the last one is ${this.status}`
  }
}

export interface StartRequest {
  /** `YYYY-MM-DD`, both days included. */
  readonly startDate: string
  readonly endDate: string
  /** Starts over instead of resuming, and replaces a job in progress. */
  readonly forceRestart: boolean
}

export interface StartOptions {
  readonly sites: ReadonlyArray<string>
  readonly maxDays: number
}

/** A job that is in progress now. */
export interface Started {
  readonly job: BackfillJob
  /** Counted for each site. */
  readonly daysToDo: number
  readonly verb: "started" | "resumed"
}

/** Everything that is known of the last job. */
export interface JobStatus {
  readonly job: BackfillJob
  readonly days: ReadonlyArray<BackfillDay>
  /** The newest runs, failures included. */
  readonly runs: ReadonlyArray<RunReport>
  /** The instant of this status. */
  readonly at: number
}

/** If somebody else saved first, decides again on what they saved. */
const decideAgain = <A, E extends { readonly _tag: string }, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.retry(call, { while: (error) => error._tag === "JobConflict", times: 5 })

const lastJob = Effect.flatMap(JobState, (jobs) => Effect.map(jobs.job, Option.getOrNull))

/** Starts a job. If the last one has the same plan and was cancelled or has failed, resumes that. */
export const start = Effect.fn("backfill.start")(function*(request: StartRequest, options: StartOptions) {
  const now = yield* Clock.currentTimeMillis
  const asked: BackfillRequest = { ...request, sites: options.sites }
  const plan = yield* Effect.fromResult(planBackfill(asked, now, options.maxDays))
  return yield* Effect.gen(function*() {
    const jobs = yield* JobState
    const last = yield* lastJob
    if (last?.status === "in_progress") {
      if (!request.forceRestart) return yield* new BackfillRunning({ id: last.id })
      yield* jobs.saveJob(cancelJob(last, now, "replaced by a new start"), [])
    }
    const stopped = last?.status === "cancelled" || last?.status === "failed"
    if (last !== null && stopped && samePlan(last, plan) && !request.forceRestart) return yield* resumeLast(last)
    const job = startJob(plan, now)
    yield* jobs.saveJob(job, [])
    yield* sendNext(job)
    return { job, daysToDo: countDays(job), verb: "started" } satisfies Started
  }).pipe(decideAgain)
})

/** Resumes the last job after it was cancelled or failed. */
export const resume = Effect.fn("backfill.resume")(() =>
  Effect.gen(function*() {
    const last = yield* lastJob
    if (last === null) return yield* new NoBackfill()
    if (last.status === "in_progress") return yield* new BackfillRunning({ id: last.id })
    if (last.status === "completed") return yield* new BackfillEnded({ call: "resume", status: last.status })
    return yield* resumeLast(last)
  }).pipe(decideAgain)
)

const resumeLast = Effect.fnUntraced(function*(last: BackfillJob) {
  const jobs = yield* JobState
  const days = yield* jobs.days(last.id)
  const { changed, job } = resumeJob(last, days, yield* Clock.currentTimeMillis)
  yield* jobs.saveJob(job, changed)
  yield* sendNext(job)
  const { completed, empty, failed } = countStatus(days)
  const daysToDo = countDays(job) - (completed + empty + failed - changed.length)
  return { job, daysToDo, verb: "resumed" } satisfies Started
})

/** Cancels the job in progress; what it has published stays. */
export const cancel = Effect.fn("backfill.cancel")(() =>
  Effect.gen(function*() {
    const jobs = yield* JobState
    const last = yield* lastJob
    if (last === null) return yield* new NoBackfill()
    if (last.status !== "in_progress") return yield* new BackfillEnded({ call: "cancel", status: last.status })
    const job = cancelJob(last, yield* Clock.currentTimeMillis, "cancelled by request")
    yield* jobs.saveJob(job, [])
    return job
  }).pipe(decideAgain)
)

/** The status of the last job; null if there was none. */
export const status = Effect.gen(function*() {
  const jobs = yield* JobState
  const job = yield* lastJob
  if (job === null) return null
  const days = yield* jobs.days(job.id)
  const runs = yield* jobs.runs("backfill", RUNS_SHOWN)
  return { job, days, runs, at: yield* Clock.currentTimeMillis } satisfies JobStatus
})
