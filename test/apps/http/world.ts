/**
 * The routes of every Worker over memory adapters, with a clock that stands still until a test moves it.
 */
import { Clock, Duration, Effect, Layer, Logger, Result } from "effect"
import * as ColdStoreMemory from "../../../src/adapters/memory/ColdStoreMemory.ts"
import * as MonthStoreMemory from "../../../src/adapters/memory/MonthStoreMemory.ts"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as QueryCacheMemory from "../../../src/adapters/memory/QueryCacheMemory.ts"
import * as SampleSourceMemory from "../../../src/adapters/memory/SampleSourceMemory.ts"
import * as StagingMemory from "../../../src/adapters/memory/StagingMemory.ts"
import * as StepQueueMemory from "../../../src/adapters/memory/StepQueueMemory.ts"
import * as AnswerFileParquet from "../../../src/adapters/answers/AnswerFileParquet.ts"
import { handleStep } from "../../../src/apps/backfill/steps.ts"
import * as Backfill from "../../../src/apps/backfill/routes.ts"
import * as Archival from "../../../src/apps/archival/routes.ts"
import * as Etl from "../../../src/apps/etl/routes.ts"
import { serve } from "../../../src/apps/http/serve.ts"
import * as Query from "../../../src/apps/query/routes.ts"
import { shiftedClock } from "../../../src/apps/runtime.ts"
import { readSettings } from "../../../src/apps/settings.ts"
import type { ColdStore } from "../../../src/ports/ColdStore.ts"
import type { MonthStore } from "../../../src/ports/MonthStore.ts"
import type { HotStore } from "../../../src/ports/HotStore.ts"
import type { JobState } from "../../../src/ports/JobState.ts"
import type { Staging } from "../../../src/ports/Staging.ts"
import type { StepQueue } from "../../../src/ports/StepQueue.ts"

export const ADMIN_KEY = "admin-key-of-the-tests"
export const READ_KEY = "read-key-of-the-tests"

const LONG_WAIT_MS = 60_000

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const digestOf = async (key: string): Promise<string> =>
  hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key))))

export type Stores = HotStore | ColdStore | MonthStore | JobState | Staging | StepQueue | StepQueueMemory.SentSteps

export interface World {
  readonly clock: { now: number }
  readonly source: SampleSourceMemory.SampleSourceMemory
  /** Lines of the log. */
  readonly log: ReadonlyArray<string>
  /** Runs an effect on the same stores and clock as the routes. */
  readonly run: <A, E>(effect: Effect.Effect<A, E, Stores>) => Promise<A>
  readonly etl: Ask
  readonly query: Ask
  readonly archival: Ask
  readonly backfill: Ask
  /** Delivers queued steps, the clock standing at each one's due time, until none is left. */
  readonly drainSteps: () => Promise<void>
}

export type Ask = (path: string, init?: RequestInit) => Promise<Response>

export const makeWorld = async (
  env: Readonly<Record<string, string>> = {},
  override: Layer.Layer<never, never, Stores> | null = null
): Promise<World> => {
  const settings = Result.getOrThrow(readSettings({
    SITE_NAME: "north,south",
    API_KEYS: `admin:${await digestOf(ADMIN_KEY)},read:${await digestOf(READ_KEY)}`,
    ALLOWED_ORIGINS: "https://charts.test",
    ...env
  }))
  const clock = { now: Date.UTC(2026, 10, 23, 12) }
  const log: Array<string> = []
  const source = SampleSourceMemory.make({ sites: ["north", "south"] })
  const runtime = Layer.mergeAll(
    Layer.succeed(Clock.Clock, {
      ...shiftedClock(0),
      // Waits before another try pass at once; limits never come.
      sleep: (duration) => Duration.toMillis(duration) < LONG_WAIT_MS ? Effect.void : Effect.never,
      currentTimeMillisUnsafe: () => clock.now,
      currentTimeMillis: Effect.sync(() => clock.now)
    }),
    Logger.layer([Logger.map(Logger.formatStructured, (line) => {
      log.push(JSON.stringify(line))
    })])
  )
  const memory = Layer.mergeAll(
    HotStoreMemory.layer,
    ColdStoreMemory.layer,
    MonthStoreMemory.layer,
    JobStateMemory.layer,
    StagingMemory.layer,
    StepQueueMemory.layer,
    settings.enableQueryCache ? QueryCacheMemory.layer : Layer.empty
  )
  const built = await Effect.runPromise(
    Effect.scoped(Layer.build(override === null ? memory : Layer.provideMerge(override, memory)))
  )
  const stores = Layer.succeedContext(built)
  const ask = (routes: Parameters<typeof serve>[0]): Ask => {
    const handle = serve(routes, runtime)
    return (path, init) => handle(new Request(`https://worker.test${path}`, init))
  }
  const run = <A, E>(effect: Effect.Effect<A, E, Stores>) =>
    Effect.runPromise(effect.pipe(Effect.provide(stores), Effect.provide(runtime)))
  const drainSteps = () =>
    run(Effect.gen(function*() {
      const steps = yield* StepQueueMemory.SentSteps
      for (let sent = steps.take(0); sent !== undefined; sent = steps.take(0)) {
        clock.now = Math.max(clock.now, sent.dueAt)
        yield* handleStep(sent.step, { targetMs: settings.processTimeoutMs }).pipe(Effect.provide(source.layer))
      }
    }))
  return {
    clock,
    source,
    log,
    run,
    etl: ask(Etl.layer(settings).pipe(Layer.provide([stores, source.layer]))),
    query: ask(Query.layer(settings).pipe(Layer.provide([stores, AnswerFileParquet.layer]))),
    archival: ask(Archival.layer(settings).pipe(Layer.provide(stores))),
    backfill: ask(Backfill.layer(settings).pipe(Layer.provide([stores, source.layer]))),
    drainSteps
  }
}

export const withKey = (key: string, init: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { ...init.headers as Record<string, string>, authorization: `Bearer ${key}` }
})

export const admin = (init: RequestInit = {}): RequestInit => withKey(ADMIN_KEY, init)
export const reader = (init: RequestInit = {}): RequestInit => withKey(READ_KEY, init)
