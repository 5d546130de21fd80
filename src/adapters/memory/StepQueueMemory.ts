/**
 * `StepQueue` in memory. What was sent waits in {@link SentSteps}, where a test or a scheduler takes messages in any
 * order. A message that is taken and not handled is lost; one that is put back comes twice.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { type Step, StepQueue } from "../../ports/StepQueue.ts"

export interface SentStep {
  readonly step: Step
  /** When the queue would deliver it, ms. */
  readonly dueAt: number
}

export class SentSteps extends Context.Service<SentSteps, {
  /** Messages not taken yet, in the order sent. */
  readonly pending: () => ReadonlyArray<SentStep>
  /** Takes the message at `index` of `pending`; undefined where there is none. */
  readonly take: (index: number) => SentStep | undefined
  readonly put: (message: SentStep) => void
}>()("building-vitals/adapters/memory/SentSteps") {}

export const layer: Layer.Layer<StepQueue | SentSteps> = Layer.effectContext(Effect.sync(() => {
  const pending: Array<SentStep> = []
  return Context.make(
    SentSteps,
    SentSteps.of({
      pending: () => pending,
      take: (index) => pending.splice(index, 1)[0],
      put: (message) => {
        pending.push(message)
      }
    })
  ).pipe(Context.add(
    StepQueue,
    StepQueue.of({
      send: (step, delaySeconds) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          pending.push({ step, dueAt: now + delaySeconds * 1_000 })
        })
    })
  ))
}))
