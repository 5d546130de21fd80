/**
 * Fires the crons of the Workers' configuration in UTC, as Cloudflare does.
 */
import { Clock, Cron, DateTime, Duration, Effect, Schema } from "effect"
import { formatInstant } from "../../domain/time/instant.ts"
import { RunAnswer } from "../http/answers.ts"
import type { WorkerName } from "./bundle.ts"
import { ask } from "./client.ts"
import { LocalError } from "./error.ts"
import type { LocalRuntime } from "./runtime.ts"

/** Fires one cron of a Worker. A failure is only shown: the next run begins at the same watermark. */
export const fire = Effect.fnUntraced(function*(runtime: LocalRuntime, worker: WorkerName, cron: string, at: number) {
  const { outcome } = yield* Effect.tryPromise({
    try: async () => (await runtime.miniflare.getWorker(worker)).scheduled({ cron, scheduledTime: new Date(at) }),
    catch: (cause) => new LocalError({ operation: "firing", subject: `the cron of ${worker}`, cause })
  })
  if (outcome !== "ok") yield* Effect.logError(`the cron "${cron}" of ${worker} ended as ${outcome}`)
})

const Stats = Schema.Struct({ runs: Schema.Array(RunAnswer) })

/** Prints a line for every sync since `at`. */
const showSyncs = Effect.fnUntraced(function*(runtime: LocalRuntime, at: number) {
  const { runs } = yield* ask({ url: `${runtime.address("etl")}/stats`, answer: Stats })
  for (const run of runs.filter(({ started_at }) => started_at >= formatInstant(at)).reverse()) {
    const reason = run.reason === "" ? "" : `: ${run.reason}`
    const line = `${run.finished_at}  sync of ${run.site_name} ${run.status}, ${run.samples} samples${reason}`
    process.stdout.write(`${line}\n`)
  }
})

const forever = Effect.fnUntraced(function*(runtime: LocalRuntime, worker: WorkerName, expression: string) {
  const cron = yield* Effect.mapError(
    Effect.fromResult(Cron.parse(expression, "UTC")),
    (cause) => new LocalError({ operation: "reading", subject: `the cron "${expression}" of ${worker}`, cause })
  )
  return yield* Effect.forever(Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    const next = Cron.next(cron, DateTime.makeUnsafe(now)).getTime()
    yield* Effect.sleep(Duration.millis(next - now))
    yield* fire(runtime, worker, expression, next).pipe(
      Effect.andThen(worker === "etl" ? showSyncs(runtime, next) : Effect.void),
      Effect.catch((error) => Effect.logError(error.message))
    )
  }))
})

/** Runs until it is interrupted. */
export const runCrons = (runtime: LocalRuntime) =>
  Effect.forEach(runtime.crons, ({ cron, worker }) => forever(runtime, worker, cron), {
    concurrency: "unbounded",
    discard: true
  })
