/** Steps on a real queue: taken with any delay, and refused with an error that names the step. */
import { env } from "cloudflare:workers"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as StepQueueCloudflare from "../../src/adapters/steps/StepQueueCloudflare.ts"
import { StepQueue } from "../../src/ports/StepQueue.ts"

const send = (delaySeconds: number) =>
  Effect.flatMap(StepQueue, (queue) => queue.send({ jobId: "backfill-1", step: 3 }, delaySeconds))

it.effect("a real queue takes a step at once, with a delay, and with one longer than queues allow", () =>
  Effect.gen(function*() {
    for (const delay of [0, 30, 13 * 3_600]) yield* send(delay)
  }).pipe(Effect.provide(StepQueueCloudflare.layer(env.STEPS))))

it.effect("what the queue refuses is an error that names the step", () => {
  const closed = { ...env.STEPS, send: () => Promise.reject(new Error("no such queue")) } as typeof env.STEPS
  return Effect.gen(function*() {
    const error = yield* Effect.flip(send(0))
    assert.strictEqual(error._tag, "StepQueueError")
    assert.strictEqual(error.message, "sending step 3 of job backfill-1 failed: no such queue")
  }).pipe(Effect.provide(StepQueueCloudflare.layer(closed)))
})
