/**
 * What every effect of a Worker runs on, whatever started it: its scheduler, its clock and its log.
 */
import { Clock, Effect, Layer, Logger, References, Scheduler, Scope } from "effect"
import { SchemaCheck } from "../ports/SchemaCheck.ts"
import type { Settings } from "./settings.ts"

/** The wall clock, `offset` ms ahead. Sleeps take as long as ever. */
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

/** workerd drops the timers of a finished request, so nothing may wait for a turn that another request scheduled. */
const scheduler = Layer.succeed(Scheduler.Scheduler, new Scheduler.MixedScheduler("sync"))

const logs = Layer.merge(Logger.layer([Logger.consoleJson]), Layer.succeed(References.MinimumLogLevel, "Info"))

export const layer = (settings: Settings): Layer.Layer<never> =>
  Layer.mergeAll(
    scheduler,
    logs,
    settings.clockOffsetMs === 0 ? Layer.empty : Layer.succeed(Clock.Clock, shiftedClock(settings.clockOffsetMs))
  )

/** The services of an isolate, built once, where the Worker starts. The layers may do no I/O. */
export const once = <R>(services: Layer.Layer<R>): Layer.Layer<R> =>
  Layer.succeedContext(Effect.runSync(Layer.buildWithScope(services, Scope.makeUnsafe())))

/**
 * Runs what no request waits for: a cron's or a queue's work. It refuses a database whose schema is another version's;
 * what fails is logged in full, and rejects, so that the platform shows it as failed too.
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
