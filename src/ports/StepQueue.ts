/**
 * `StepQueue`: hands the steps of a backfill to a consumer.
 *
 * It may lose, repeat, delay and reorder steps, because the job state says which step is next.
 */
import { Context, type Effect, Schema } from "effect"

/** Only the step after the checkpoint of a live job does anything. */
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
