/**
 * The queue's side of a backfill: one message, one step.
 */
import { Effect, Result, Schema } from "effect"
import { Step } from "../../ports/StepQueue.ts"
import { handleStep, type StepOptions } from "./steps.ts"

/** How long a step that could not be handled waits before it is delivered again, seconds. */
const RETRY_SECONDS = 30

const decodeStep = Schema.decodeUnknownResult(Step)

/** What a consumer needs of a queue's message. */
interface Delivery {
  readonly id: string
  readonly body: unknown
  readonly ack: () => void
  readonly retry: (options: { readonly delaySeconds: number }) => void
}

/**
 * Handles each message on its own: a throw would retry the whole batch, even messages that are acknowledged already.
 */
export const consume = (deliveries: ReadonlyArray<Delivery>, options: StepOptions) =>
  Effect.forEach(deliveries, (delivery) => {
    const step = decodeStep(delivery.body)
    if (Result.isFailure(step)) {
      return Effect.andThen(
        Effect.logError("a message is not a step of a backfill", { id: delivery.id, body: delivery.body }),
        Effect.sync(() => delivery.ack())
      )
    }
    return handleStep(step.success, options).pipe(
      Effect.andThen(Effect.sync(() => delivery.ack())),
      Effect.catchCause((cause) =>
        Effect.andThen(
          Effect.logError("a backfill step failed and will be delivered again", cause),
          Effect.sync(() => delivery.retry({ delaySeconds: RETRY_SECONDS }))
        )
      ),
      Effect.annotateLogs({ jobId: step.success.jobId, step: step.success.step })
    )
  }, { discard: true })
