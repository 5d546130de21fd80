/**
 * `StepQueue` on Cloudflare Queues.
 */
import { Effect, Layer } from "effect"
import { type Step, StepQueue, StepQueueError } from "../../ports/StepQueue.ts"

/** The longest delay of a queue, seconds. A step that is due later is sent too early, which may cost an attempt. */
const MAX_DELAY_SECONDS = 12 * 3_600

export const layer = (queue: Queue<Step>): Layer.Layer<StepQueue> =>
  Layer.succeed(StepQueue, {
    send: (step, delaySeconds) =>
      Effect.asVoid(Effect.tryPromise({
        try: () => queue.send(step, { contentType: "json", delaySeconds: Math.min(MAX_DELAY_SECONDS, delaySeconds) }),
        catch: (cause) => new StepQueueError({ ...step, cause })
      }))
  })
