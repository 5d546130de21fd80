/**
 * A backfill over the memory adapters: a source with a known truth, ports that can crash at any call, and a queue that
 * a test drives.
 */
import { Clock, Context, Effect, Exit, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as ColdStoreMemory from "../../../src/adapters/memory/ColdStoreMemory.ts"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as SampleSourceMemory from "../../../src/adapters/memory/SampleSourceMemory.ts"
import * as StagingMemory from "../../../src/adapters/memory/StagingMemory.ts"
import * as StepQueueMemory from "../../../src/adapters/memory/StepQueueMemory.ts"
import type { StartOptions } from "../../../src/apps/backfill/program.ts"
import { handleStep, type StepOptions, sweep } from "../../../src/apps/backfill/steps.ts"
import { type Day, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import type { Window } from "../../../src/domain/time/window.ts"
import { ColdStore } from "../../../src/ports/ColdStore.ts"
import { Catalog } from "../../../src/ports/Catalog.ts"
import { HotDays } from "../../../src/ports/HotDays.ts"
import { JobState } from "../../../src/ports/JobState.ts"
import { Reads } from "../../../src/ports/Reads.ts"
import { SampleSource } from "../../../src/ports/SampleSource.ts"
import { Staging } from "../../../src/ports/Staging.ts"
import { StepQueue } from "../../../src/ports/StepQueue.ts"
import { series } from "../../samples.ts"

export const FIRST: Day = 20_000
export const NOW = (FIRST + 30) * 86_400_000 + 12 * HOUR_MS
const INTERVAL = 30 * MINUTE_MS
export const SAMPLES_A_DAY = 2 * 48

/** Two points, a sample every half an hour on all days but those named as silent. */
export const truthOf = (silent: ReadonlyArray<string> = []) => (site: string, window: Window): ReadonlyArray<Series> =>
  ["a", "b"].map((point) => {
    const timestamps: Array<number> = []
    for (let at = Math.ceil(window.start / INTERVAL) * INTERVAL; at < window.end; at += INTERVAL) {
      if (!silent.includes(`${site} ${Math.floor(at / 86_400_000)}`)) timestamps.push(at)
    }
    return series(`${site}/${point}`, timestamps.map((at) => [at, at / INTERVAL % 1_000 + (point === "a" ? 0.5 : 0)]))
  })

export interface World {
  readonly source: SampleSourceMemory.SampleSourceMemory
  readonly faults: {
    /** The process dies at this port call, counted from 1; 0: never. */
    crashAt: number
    /** Whether the call takes effect before the process dies. */
    crashAfter: boolean
    /** How long a page takes, ms. */
    pageMs: number
    /** What happens while a page is read. */
    onPage: Effect.Effect<unknown, unknown>
  }
  readonly calls: () => number
  /** Begins a new process: the old one's crash is forgotten. */
  readonly restart: () => void
}

export class Worlds extends Context.Service<Worlds, World>()("building-vitals/test/BackfillWorld") {}

/** Makes port calls that die once the process has crashed. */
type Call = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const makeWorld = (silent: ReadonlyArray<string>): { readonly world: World; readonly call: Call } => {
  const source = SampleSourceMemory.make({ sites: ["north", "south"], pageSize: 20, truth: truthOf(silent) })
  for (const site of ["north", "south"]) source.setPoints(site, [SampleSourceMemory.pointNamed(`${site}/a`)])
  const faults = { crashAt: 0, crashAfter: false, pageMs: 1, onPage: Effect.void as Effect.Effect<unknown, unknown> }
  let calls = 0
  let dead = false
  const call = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      calls++
      if (dead) return Effect.interrupt
      if (calls !== faults.crashAt) return effect
      dead = true
      return faults.crashAfter ? Effect.andThen(effect, Effect.interrupt) : Effect.interrupt
    })
  const world: World = {
    source,
    faults,
    calls: () => calls,
    restart: () => {
      dead = false
      calls = 0
      faults.crashAt = 0
    }
  }
  return { world, call }
}

/** The ports of one test, with the world that steers them. */
export const layer = (silent: ReadonlyArray<string> = []) => {
  const { call, world } = makeWorld(silent)
  const { faults } = world
  const adapters = Layer.mergeAll(
    world.source.layer,
    HotStoreMemory.layer,
    ColdStoreMemory.layer,
    JobStateMemory.layer,
    StagingMemory.layer,
    StepQueueMemory.layer
  )
  const gated = Layer.effectContext(Effect.gen(function*() {
    const jobs = yield* JobState
    const catalog = yield* Catalog
    const days = yield* HotDays
    const reads = yield* Reads
    const cold = yield* ColdStore
    const samples = yield* SampleSource
    const queue = yield* StepQueue
    const staging = yield* Staging
    return Context.make(Worlds, world).pipe(
      Context.add(JobState, {
        ...jobs,
        watermark: (site) => call(jobs.watermark(site)),
        job: call(jobs.job),
        days: (id) => call(jobs.days(id)),
        saveJob: (job, changed) => call(jobs.saveJob(job, changed)),
        logRun: (report) => call(jobs.logRun(report)),
        acquireLease: (jobId, holder, now, until) => call(jobs.acquireLease(jobId, holder, now, until)),
        releaseLease: (jobId, holder) => call(jobs.releaseLease(jobId, holder))
      }),
      Context.add(Catalog, {
        ...catalog,
        list: (site, window) => call(catalog.list(site, window)),
        publish: (entry, points, evict, corrections) => call(catalog.publish(entry, points, evict, corrections))
      }),
      Context.add(HotDays, { ...days, list: (site) => call(days.list(site)) }),
      Context.add(Reads, { ...reads, snapshot: (...asked) => call(reads.snapshot(...asked)) }),
      Context.add(ColdStore, {
        ...cold,
        head: (site, day) => call(cold.head(site, day)),
        build: (options, series) => call(cold.build(options, series)),
        verify: (built) => call(cold.verify(built)),
        put: (built, base) => call(cold.put(built, base))
      }),
      Context.add(SampleSource, {
        points: (site) => call(samples.points(site)),
        pages: (site, window) =>
          Stream.unwrap(call(Effect.succeed(samples.pages(site, window)))).pipe(
            Stream.tap(() => Effect.andThen(TestClock.adjust(faults.pageMs), Effect.orDie(faults.onPage)))
          )
      }),
      Context.add(Staging, {
        put: (partition, part, series, now) => call(staging.put(partition, part, series, now)),
        read: (partition, parts) => Stream.unwrap(call(Effect.succeed(staging.read(partition, parts)))),
        discard: (partition, now) => call(staging.discard(partition, now))
      }),
      Context.add(StepQueue, { send: (step, delay) => call(queue.send(step, delay)) })
    )
  }))
  return gated.pipe(Layer.provideMerge(adapters))
}

export const options: StartOptions & StepOptions = { sites: ["north"], maxDays: 366, targetMs: 100_000 }

/** Delivers the message at `index`; one whose handling dies is not acknowledged, and waits again. */
export const deliver = Effect.fnUntraced(function*(index: number, over: StepOptions = options) {
  const sent = yield* StepQueueMemory.SentSteps
  const world = yield* Worlds
  const message = sent.take(index)
  if (message === undefined) return null
  if (message.dueAt > (yield* Clock.currentTimeMillis)) yield* TestClock.setTime(message.dueAt)
  const exit = yield* Effect.exit(handleStep(message.step, over))
  if (Exit.isSuccess(exit)) return exit.value
  world.restart()
  sent.put(message)
  return exit.cause
})

/** Delivers messages in the order sent until none is left; the sweeper runs where the queue is empty. */
export const drain = Effect.fnUntraced(function*(over: StepOptions = options) {
  const sent = yield* StepQueueMemory.SentSteps
  for (let round = 0; round < 1_000; round++) {
    if ((yield* deliver(0, over)) !== null) continue
    yield* TestClock.adjust("2 minutes")
    yield* sweep()
    if (sent.pending().length === 0) return
  }
  return yield* Effect.die(new Error("the job never ends"))
})

/** What a day's object holds, by point: instants and values. */
export const coldRows = Effect.fnUntraced(function*(site: string, day: Day) {
  const cold = yield* ColdStore
  const object = yield* cold.head(site, day)
  if (Option.isNone(object)) return null
  const series = yield* Stream.runCollect(cold.scan(object.value, null))
  return Object.fromEntries(series.map(({ point, timestamps, values }) => [point, { timestamps, values }]))
})

/** The same as the source has it. */
export const trueRows = (site: string, day: Day) =>
  Object.fromEntries(
    truthOf()(site, { start: day * 86_400_000, end: (day + 1) * 86_400_000 })
      .map(({ point, timestamps, values }) => [point, { timestamps, values }])
  )
