/**
 * `JobState`: what the Workers remember between runs: watermarks, leases, the backfill job, the run log and the request
 * budget that all isolates share.
 *
 * Laws (conformance suite `test/conformance/JobState.ts`):
 * - A watermark never moves back.
 * - `saveJob` is compare-and-set on `version`: of two writers with one version, one gets `JobConflict`.
 * - Only the newest job may be `in_progress`, and while it is there is no newer one: else `JobConflict` too.
 * - One holder has a lease until `until`. A lease saves work; correctness does not depend on it.
 * - The run log keeps failures with their reason; no report overwrites that of another run.
 * - No span of a minute holds more granted requests of a budget than `perMinute`.
 */
import { Context, type Effect, type Option, Schema } from "effect"
import type { BackfillDay, BackfillJob } from "../domain/jobs/backfill/job.ts"
import type { Rereading } from "../domain/jobs/reread-plan.ts"
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

/** The instant up to which something was done for a site. */
export interface Watermark {
  /**
   * `synced`: samples up to the instant are stored. `started`: the first sync began with the UTC day of the instant.
   * `described`: the source was asked for its points at the instant.
   */
  readonly kind: "synced" | "started" | "described"
  readonly site: string
}

export class JobState extends Context.Service<JobState, {
  readonly watermark: (mark: Watermark) => Effect.Effect<Option.Option<number>, JobStateError>
  readonly advanceWatermark: (mark: Watermark, to: number) => Effect.Effect<void, JobStateError>
  /** What a site's passes over earlier windows have read; none also where it cannot be read, which is logged. */
  readonly rereading: (site: string) => Effect.Effect<Option.Option<Rereading>, JobStateError>
  /** The later save counts. An older one that comes last costs a few requests, and loses nothing. */
  readonly saveRereading: (site: string, state: Rereading) => Effect.Effect<void, JobStateError>
  /**
   * Takes or renews the lease of a backfill job: true where `holder` has it now, false where another has it and it has
   * not expired.
   */
  readonly acquireLease: (
    jobId: string,
    holder: string,
    now: number,
    until: number
  ) => Effect.Effect<boolean, JobStateError>
  readonly releaseLease: (jobId: string, holder: string) => Effect.Effect<void, JobStateError>
  /** The backfill job created last. */
  readonly job: Effect.Effect<Option.Option<BackfillJob>, JobStateError>
  /** Saves a job whose stored version must be `job.version - 1` (0: it must not exist), with the days that changed. */
  readonly saveJob: (
    job: BackfillJob,
    changed: ReadonlyArray<BackfillDay>
  ) => Effect.Effect<void, JobStateError | JobConflict>
  /** Days that have begun, by day, then site. */
  readonly days: (jobId: string) => Effect.Effect<ReadonlyArray<BackfillDay>, JobStateError>
  readonly logRun: (report: RunReport) => Effect.Effect<void, JobStateError>
  /** Newest first. */
  readonly runs: (kind: RunKind, limit: number) => Effect.Effect<ReadonlyArray<RunReport>, JobStateError>
  /**
   * Takes one request from a budget of `perMinute` that all isolates share. 0: it was granted; else how many ms to wait
   * before asking again.
   */
  readonly takeRequest: (budget: string, perMinute: number, now: number) => Effect.Effect<number, JobStateError>
}>()("building-vitals/ports/JobState") {}
