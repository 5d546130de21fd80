/**
 * `StepQueue`: hands the steps of a backfill to a consumer, at least once, in no certain order.
 *
 * The queue may lose, repeat, delay and reorder; job state, not the queue, is what survives.
 */
import { Context, type Effect, Schema } from "effect"

/** Only step = checkpoint + 1 of a live job acts. */
export const Step = Schema.Struct({ jobId: Schema.NonEmptyString, step: Schema.Int.check(Schema.isGreaterThan(0)) })
export type Step = typeof Step.Type

export class StepQueueError extends Schema.TaggedError<StepQueueError>()("StepQueueError", {
  jobId: Schema.String,
  step: Schema.Int,
  cause: Schema.Defect()
}) {
  override get message() {
    return `sending step ${this.step} of job ${this.jobId} failed: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

export class StepQueue extends Context.Service<StepQueue, {
  readonly send: (step: Step, delaySeconds: number) => Effect.Effect<void, StepQueueError>
}>()("building-vitals/ports/StepQueue") {}
