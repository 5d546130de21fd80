/**
 * The Worker whose cost `measure.ts` measures: it does one step of a job for each request, as the real Workers do, with
 * stores and source outside of its runtime.
 */
import { Clock, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import * as SampleSourceAce from "../../src/adapters/ace/SampleSourceAce.ts"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import * as JobStateD1 from "../../src/adapters/jobs/JobStateD1.ts"
import * as StagingD1 from "../../src/adapters/jobs/StagingD1.ts"
import * as StepQueueMemory from "../../src/adapters/memory/StepQueueMemory.ts"
import { archiveSite } from "../../src/apps/archival/program.ts"
import { start } from "../../src/apps/backfill/program.ts"
import { handleStep } from "../../src/apps/backfill/steps.ts"
import { syncSite } from "../../src/apps/etl/program.ts"
import * as Runtime from "../../src/apps/runtime.ts"
import { type Day, formatDay, HOUR_MS } from "../../src/domain/time/calendar.ts"
import { bucketAt, databaseAt } from "../cold/bindings.ts"

/** What to do, over which stores and source, and when. */
export interface Task {
  readonly operation: "start" | "step" | "sync" | "archive"
  readonly outside: string
  readonly source: string
  readonly key: string
  readonly site: string
  readonly pageSize: number
  /** The clock of the Worker, ms. */
  readonly now: number
  readonly day: Day
  /** How long to begin new work, ms. */
  readonly timeoutMs: number
}

/** The setting's default, and its margin for slow pages. */
const SOURCE = { requestsPerMinute: 60_000, maxRetries: 3, timeoutMs: 60_000, pointSelection: "all" as const }

const servicesOf = ({ key, outside, pageSize, source }: Task) => {
  const db = databaseAt(outside)
  return Runtime.once(
    Layer.mergeAll(
      SampleSourceAce.layer({ ...SOURCE, baseUrl: source, key: Redacted.make(key), pageSize }).pipe(
        Layer.orDie,
        Layer.provide(FetchHttpClient.layer)
      ),
      StepQueueMemory.layer
    ).pipe(Layer.provideMerge(Layer.mergeAll(
      HotStoreD1.layer(db),
      JobStateD1.layer(db),
      StagingD1.layer(db),
      ColdStoreR2.layer(bucketAt(outside))
    )))
  )
}

/** The next step of the queue; null where none waits. */
const step = Effect.fnUntraced(function*({ timeoutMs }: Task) {
  const message = (yield* StepQueueMemory.SentSteps).take(0)
  if (message === undefined) return null
  const result = yield* handleStep(message.step, { targetMs: timeoutMs })
  return result.kind === "acted" ? { ...result.day, samples: result.job.samples } : result
})

type Services = Layer.Success<ReturnType<typeof servicesOf>>

const perform = (task: Task): Effect.Effect<unknown, unknown, Services> => {
  const { day, operation, site, timeoutMs } = task
  switch (operation) {
    case "start": {
      const date = formatDay(day)
      return start({ startDate: date, endDate: date, forceRestart: true }, { sites: [site], maxDays: 1 })
    }
    case "step":
      return step(task)
    case "sync":
      return syncSite(site, { overlapMs: HOUR_MS / 12, lateMs: 0, timeoutMs, cutOffMs: Infinity })
    case "archive":
      return archiveSite(site, { hotDays: 20, maxDays: 1, timeoutMs })
  }
}

let services: ReturnType<typeof servicesOf> | undefined

export default {
  fetch: async (request: Request): Promise<Response> => {
    if (request.method === "GET") return new Response("idle")
    const task: Task = await request.json()
    services ??= servicesOf(task)
    const work = Effect.provideService(perform(task), Clock.Clock, Runtime.shiftedClock(task.now - Date.now()))
    return Response.json(await Effect.runPromise(Effect.provide(work, services)) as object)
  }
}
