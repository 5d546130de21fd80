/**
 * `JobState`: what the workers remember between runs: watermarks, leases, the backfill job, the run log and the request
 * budget that all isolates share.
 *
 * Laws (conformance suite `test/conformance/JobState.ts`):
 * - A watermark never moves back.
 * - `saveJob` is compare-and-set on `version`: of two writers with one version, one gets `JobConflict`.
 * - Only the newest job may be `in_progress`, and while it is there is no newer one: else `JobConflict` too.
 * - A lease is held by one holder until `until`; it is an optimisation, never what correctness rests on.
 * - The run log keeps failures with their reason; nothing overwrites the report of another run.
 * - No span of a minute holds more granted requests of a budget than `perMinute`.
 */
import { Context, type Effect, type Option, Schema } from "effect"
import type { BackfillDay, BackfillJob } from "../domain/jobs/backfill/job.ts"
import type { RunKind, RunReport } from "../domain/jobs/run.ts"

export class JobStateError extends Schema.TaggedError<JobStateError>()("JobStateError", {
  operation: Schema.String,
  subject: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `JobState.${this.operation} of ${this.subject} failed: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

/** Somebody else saved the job first: read it again. */
export class JobConflict extends Schema.TaggedError<JobConflict>()("JobConflict", {
  id: Schema.String,
  version: Schema.Int
}) {
  override get message() {
    return `backfill job ${this.id} is no longer at version ${this.version}`
  }
}

export class JobState extends Context.Service<JobState, {
  /** The instant up to which a site is known synced. */
  readonly watermark: (site: string) => Effect.Effect<Option.Option<number>, JobStateError>
  readonly advanceWatermark: (site: string, to: number) => Effect.Effect<void, JobStateError>
  /** True where the lease is now `holder`'s (also when it was already); false while another's is unexpired. */
  readonly acquireLease: (
    name: string,
    holder: string,
    now: number,
    until: number
  ) => Effect.Effect<boolean, JobStateError>
  readonly releaseLease: (name: string, holder: string) => Effect.Effect<void, JobStateError>
  /** The backfill job created last. */
  readonly job: Effect.Effect<Option.Option<BackfillJob>, JobStateError>
  /** Saves a job whose stored version must be `job.version - 1` (0: it must not exist), with the days that changed. */
  readonly saveJob: (
    job: BackfillJob,
    changed: ReadonlyArray<BackfillDay>
  ) => Effect.Effect<void, JobStateError | JobConflict>
  /** Days that began, in the order of day, then site. */
  readonly days: (jobId: string) => Effect.Effect<ReadonlyArray<BackfillDay>, JobStateError>
  readonly logRun: (report: RunReport) => Effect.Effect<void, JobStateError>
  /** Newest first. */
  readonly runs: (kind: RunKind, limit: number) => Effect.Effect<ReadonlyArray<RunReport>, JobStateError>
  /**
   * Takes one request out of a budget of `perMinute`, shared by all isolates: 0 where it was granted, else the
   * milliseconds until it is worth asking again.
   */
  readonly takeRequest: (budget: string, perMinute: number, now: number) => Effect.Effect<number, JobStateError>
}>()("building-vitals/ports/JobState") {}
