/**
 * Proves that each message of a queue is acknowledged or retried on its own, by messages that work, fail, die or cannot
 * be read.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger, Option } from "effect"
import * as ColdStoreMemory from "../../../src/adapters/memory/ColdStoreMemory.ts"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as SampleSourceMemory from "../../../src/adapters/memory/SampleSourceMemory.ts"
import * as StagingMemory from "../../../src/adapters/memory/StagingMemory.ts"
import * as StepQueueMemory from "../../../src/adapters/memory/StepQueueMemory.ts"
import { consume } from "../../../src/apps/backfill/consumer.ts"
import { JobState, JobStateError } from "../../../src/ports/JobState.ts"

const delivery = (id: string, body: unknown, log: Array<string>) => ({
  id,
  body,
  ack: () => {
    log.push(`ack ${id}`)
  },
  retry: ({ delaySeconds }: { readonly delaySeconds: number }) => {
    log.push(`retry ${id} in ${delaySeconds}`)
  }
})

it.effect("each message is settled on its own: done, unreadable, failed and died", () => {
  const log: Array<string> = []
  let asked = 0
  // The first question fails, the second is a defect; the rest are answered.
  const failing = Layer.effect(JobState, Effect.map(JobState, (jobs) =>
    JobState.of({
      ...jobs,
      job: Effect.suspend(() => {
        asked++
        if (asked === 1) return Effect.fail(new JobStateError({ operation: "job", subject: "newest", cause: "lost" }))
        return asked === 2 ? Effect.die("a defect") : Effect.succeed(Option.none())
      })
    }))).pipe(Layer.provide(JobStateMemory.layer))
  return consume(
    [
      delivery("failed", { jobId: "j", step: 1 }, log),
      delivery("died", { jobId: "j", step: 2 }, log),
      delivery("text", "no step", log),
      delivery("half", { jobId: "j" }, log),
      delivery("zero", { jobId: "j", step: 0 }, log),
      delivery("ignored", { jobId: "j", step: 3 }, log)
    ],
    { targetMs: 1_000 }
  ).pipe(
    Effect.provide([
      failing,
      HotStoreMemory.layer,
      ColdStoreMemory.layer,
      StagingMemory.layer,
      StepQueueMemory.layer,
      SampleSourceMemory.make().layer,
      Logger.layer([])
    ]),
    Effect.andThen(
      Effect.sync(() =>
        assert.deepStrictEqual(log, [
          "retry failed in 30",
          "retry died in 30",
          "ack text",
          "ack half",
          "ack zero",
          "ack ignored"
        ])
      )
    )
  )
})
