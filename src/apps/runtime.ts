/**
 * What every effect of a Worker runs on, whether a request or a cron started it: scheduler, clock, log and services.
 */
import { Clock, Effect, Layer, Logger, References, Scheduler, Scope } from "effect"
import { SchemaCheck } from "../ports/HotStore.ts"
import type { Settings } from "./settings.ts"

/** The real clock moved forward by `offset` ms. Sleeps take their real time. */
export const shiftedClock = (offset: number): Clock.Clock => {
  const wall = Clock.Clock.defaultValue()
  const nanos = BigInt(offset) * 1_000_000n
  return {
    currentTimeMillisUnsafe: () => wall.currentTimeMillisUnsafe() + offset,
    currentTimeMillis: Effect.sync(() => wall.currentTimeMillisUnsafe() + offset),
    currentTimeNanosUnsafe: () => wall.currentTimeNanosUnsafe() + nanos,
    currentTimeNanos: Effect.sync(() => wall.currentTimeNanosUnsafe() + nanos),
    monotonicTimeNanosUnsafe: () => wall.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: wall.monotonicTimeNanos,
    sleep: (duration) => wall.sleep(duration)
  }
}

/** workerd drops the timers of a finished request, so no fiber may wait for a timer that another request set. */
const scheduler = Layer.succeed(Scheduler.Scheduler, new Scheduler.MixedScheduler("sync"))

const logs = Layer.merge(Logger.layer([Logger.consoleJson]), Layer.succeed(References.MinimumLogLevel, "Info"))

export const layer = (settings: Settings): Layer.Layer<never> =>
  Layer.mergeAll(
    scheduler,
    logs,
    settings.clockOffsetMs === 0 ? Layer.empty : Layer.succeed(Clock.Clock, shiftedClock(settings.clockOffsetMs))
  )

/** The services of an isolate, built once when the Worker starts. The layers may do no I/O. */
export const once = <R>(services: Layer.Layer<R>): Layer.Layer<R> =>
  Layer.succeedContext(Effect.runSync(Layer.buildWithScope(services, Scope.makeUnsafe())))

/**
 * Runs work that no request waits for: of a cron or a queue. It fails if the database has the schema of another
 * version. A failure is logged in full and rejects the promise, so that the platform shows it as failed too.
 */
export const background = <A, E, R>(
  work: Effect.Effect<A, E, R>,
  services: Layer.Layer<NoInfer<R> | SchemaCheck>,
  runtime: Layer.Layer<never>
): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(SchemaCheck, (schema) => schema.check).pipe(
      Effect.andThen(work),
      Effect.tapCause((cause) => Effect.logError("background work failed", cause)),
      Effect.provide(services),
      Effect.provide(runtime)
    )
  )
