/**
 * The queue's side of a backfill: one message, one step.
 */
import { Effect, Result, Schema } from "effect"
import { Step } from "../../ports/StepQueue.ts"
import { type BackfillOptions, handleStep } from "./program.ts"

/** How long a step that could not be handled waits before it comes again, seconds. */
const RETRY_SECONDS = 30

const decodeStep = Schema.decodeUnknownResult(Step)

/** What a queue delivers, as far as a consumer needs it. */
interface Delivery {
  readonly id: string
  readonly body: unknown
  readonly ack: () => void
  readonly retry: (options: { readonly delaySeconds: number }) => void
}

/**
 * Handles each message on its own: a throw would retry the whole batch, messages already acknowledged included.
 */
export const consume = (deliveries: ReadonlyArray<Delivery>, options: BackfillOptions) =>
  Effect.forEach(deliveries, (delivery) => {
    const step = decodeStep(delivery.body)
    if (Result.isFailure(step)) {
      return Effect.andThen(
        Effect.logError("a message is no step of a backfill", { id: delivery.id, body: delivery.body }),
        Effect.sync(() => delivery.ack())
      )
    }
    return handleStep(step.success, options).pipe(
      Effect.andThen(Effect.sync(() => delivery.ack())),
      Effect.catchCause((cause) =>
        Effect.andThen(
          Effect.logError("a backfill step failed and will come again", cause),
          Effect.sync(() => delivery.retry({ delaySeconds: RETRY_SECONDS }))
        )
      ),
      Effect.annotateLogs({ jobId: step.success.jobId, step: step.success.step })
    )
  }, { discard: true })
