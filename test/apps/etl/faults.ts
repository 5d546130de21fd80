/**
 * A sync over the memory adapters whose ports fail at a chosen call: the process dies there, or the call fails, before
 * or after it takes effect.
 */
import { Context, Effect, Layer, Stream } from "effect"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as SampleSourceMemory from "../../../src/adapters/memory/SampleSourceMemory.ts"
import { Catalog } from "../../../src/ports/Catalog.ts"
import { HotDays } from "../../../src/ports/HotDays.ts"
import { HotStoreError } from "../../../src/ports/HotStoreError.ts"
import { Intake } from "../../../src/ports/Intake.ts"
import { JobState, JobStateError } from "../../../src/ports/JobState.ts"
import { SampleSource, SampleSourceError, Transient } from "../../../src/ports/SampleSource.ts"

export const SITE = "plant"

/** What the reports say of a call that was made to fail. */
export const PLANNED = "a planned fault"

/** `crash`: the process dies, and no call after it takes effect. `fail`: the call fails, and the program goes on. */
export type Fault = `${"crash" | "fail"} ${"before" | "after"}`

export interface Faults {
  /** The call that fails, counted from 1 since it was set; 0: none. */
  at: number
  fault: Fault
  /** The name of the call that failed, once it has. */
  hit: string | null
  /** How many streams of pages are silent from now on. */
  silences: number
}

/** The ports, with what steers them. */
export const makePorts = () => {
  const source = SampleSourceMemory.make({ sites: [SITE], pageSize: 2 })
  const faults: Faults = { at: 0, fault: "fail before", hit: null, silences: 0 }
  let calls = 0
  let isDead = false

  const call = <A, E, R, F>(name: string, effect: Effect.Effect<A, E, R>, error: F): Effect.Effect<A, E | F, R> =>
    Effect.suspend((): Effect.Effect<A, E | F, R> => {
      if (isDead) return Effect.interrupt
      if (++calls !== faults.at) return effect
      faults.hit = name
      isDead = faults.fault.startsWith("crash")
      const fault = isDead ? Effect.interrupt : Effect.fail(error)
      return faults.fault.endsWith("after") ? Effect.andThen(effect, fault) : fault
    })
  const cause = new Error(PLANNED)
  const job = <A, E>(operation: string, effect: Effect.Effect<A, E>) =>
    call(operation, effect, new JobStateError({ operation, subject: SITE, cause }))
  const hot = <A, E>(operation: string, effect: Effect.Effect<A, E>) =>
    call(operation, effect, new HotStoreError({ operation, subject: SITE, cause }))
  const ask = <A, E>(operation: string, effect: Effect.Effect<A, E>) => {
    const reason = new Transient({ detail: PLANNED, attempts: 4 })
    return call(operation, effect, new SampleSourceError({ operation, site: SITE, reason }))
  }

  const gated = Layer.effectContext(Effect.gen(function*() {
    const jobs = yield* JobState
    const intake = yield* Intake
    const days = yield* HotDays
    const catalog = yield* Catalog
    const samples = yield* SampleSource
    return Context.make(JobState, {
      ...jobs,
      watermark: (mark) => job("watermark", jobs.watermark(mark)),
      advanceWatermark: (mark, to) => job("advanceWatermark", jobs.advanceWatermark(mark, to)),
      rereading: (site) => job("rereading", jobs.rereading(site)),
      saveRereading: (site, state) => job("saveRereading", jobs.saveRereading(site, state)),
      logRun: (report) => job("logRun", jobs.logRun(report))
    }).pipe(
      Context.add(Intake, {
        takeFence: (site) => hot("takeFence", intake.takeFence(site)),
        append: (run, step, series) => hot("append", intake.append(run, step, series)),
        registerPoints: (site, points) => hot("registerPoints", intake.registerPoints(site, points)),
        recent: (site, window) => hot("recent", intake.recent(site, window))
      }),
      Context.add(HotDays, {
        ...days,
        list: (site) => hot("days", days.list(site)),
        compact: (site, day) => hot("compact", days.compact(site, day))
      }),
      Context.add(Catalog, { ...catalog, list: (site, window) => hot("catalog", catalog.list(site, window)) }),
      Context.add(SampleSource, {
        points: (site) => ask("points", samples.points(site)),
        pages: (site, window) =>
          Stream.suspend(() => {
            source.faults.silent = faults.silences-- > 0
            return samples.pages(site, window)
          }).pipe(Stream.mapEffect((page) => ask("pages", Effect.succeed(page))))
      })
    )
  }))
  const adapters = Layer.mergeAll(source.layer, HotStoreMemory.layer, JobStateMemory.layer)

  return {
    source,
    faults,
    layer: Layer.provideMerge(gated, adapters),
    /** Begins a new process that calls nothing in vain, or has the given fault. */
    restart: (at = 0, fault: Fault = "fail before") => {
      Object.assign(faults, { at, fault, hit: null })
      calls = 0
      isDead = false
    }
  }
}

export type Ports = ReturnType<typeof makePorts>
