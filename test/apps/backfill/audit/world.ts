/**
 * The ports of an audit over the memory adapters: a day in the archive, a day that is hot, and a source that has other
 * samples. Its calls can be made to fail, or to be the last of the process.
 */
import { Context, Effect, Layer, Stream } from "effect"
import * as ColdStoreMemory from "../../../../src/adapters/memory/ColdStoreMemory.ts"
import * as HotStoreMemory from "../../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../../src/adapters/memory/JobStateMemory.ts"
import * as SampleSourceMemory from "../../../../src/adapters/memory/SampleSourceMemory.ts"
import { publishDay } from "../../../../src/apps/publish.ts"
import { startRereading } from "../../../../src/domain/jobs/reread-plan.ts"
import { DAY_MS, HOUR_MS } from "../../../../src/domain/time/calendar.ts"
import { Catalog } from "../../../../src/ports/Catalog.ts"
import { ColdStore, ColdStoreError, StoreUnavailable } from "../../../../src/ports/ColdStore.ts"
import { Directory } from "../../../../src/ports/Directory.ts"
import { HotStoreError } from "../../../../src/ports/HotStoreError.ts"
import { Intake } from "../../../../src/ports/Intake.ts"
import { JobState, JobStateError } from "../../../../src/ports/JobState.ts"
import { Reads } from "../../../../src/ports/Reads.ts"
import { SampleSource, SampleSourceError, Transient } from "../../../../src/ports/SampleSource.ts"
import { regular, series } from "../../../samples.ts"

export const SITE = "plant"
export const COLD_DAY = 20_000
export const HOT_DAY = COLD_DAY + 1
export const PLANNED = "a planned fault"

const at = (day: number, hour: number): number => day * DAY_MS + hour * HOUR_MS

const hours = Array.from({ length: 24 }, (_, hour) => hour)

/** `a` and `b` at every hour of both days. */
const truth = [COLD_DAY, HOT_DAY].flatMap((day) =>
  ["a", "b"].map((point) => ({ day, point, rows: hours.map((hour) => [at(day, hour), hour] as const) })))

/** What the stores lack, have with another value, and have besides. */
const cold = [
  series("a", hours.slice(0, 20).map((hour) => [at(COLD_DAY, hour), hour === 5 ? -5 : hour] as const)),
  series("b", hours.map((hour) => [at(COLD_DAY, hour), hour === 7 ? 70 : hour] as const)),
  series("gone", [[at(COLD_DAY, 3) + 1, 1]])
]
const hot = [
  // Corrects what is in the archive.
  series("b", [[at(COLD_DAY, 7), 7], ...hours.slice(2).map((hour) => [at(HOT_DAY, hour), hour] as const)]),
  series("a", hours.map((hour) => [at(HOT_DAY, hour), hour === 23 ? 0.5 : hour] as const))
]

export const DIFFERENCES = [
  { day: COLD_DAY, point: "a", missing: 4, differing: 1, extra: 0 },
  { day: COLD_DAY, point: "gone", missing: 0, differing: 0, extra: 1 },
  { day: HOT_DAY, point: "a", missing: 0, differing: 1, extra: 0 },
  { day: HOT_DAY, point: "b", missing: 2, differing: 0, extra: 0 }
]

export type Fault = "crash" | "fail"

export const makePorts = (pageSize = 10) => {
  const source = SampleSourceMemory.make({ sites: [SITE], pageSize })
  for (const { point, rows } of truth) source.add(SITE, [series(point, rows)])
  const faults = { at: 0, fault: "fail" as Fault, hit: null as string | null }
  const called: Array<string> = []
  let isDead = false
  const call = <A, E, R, F>(name: string, effect: Effect.Effect<A, E, R>, error: F): Effect.Effect<A, E | F, R> =>
    Effect.suspend((): Effect.Effect<A, E | F, R> => {
      if (isDead) return Effect.interrupt
      called.push(name)
      if (called.length !== faults.at) return effect
      faults.hit = name
      isDead = faults.fault === "crash"
      return isDead ? Effect.interrupt : Effect.fail(error)
    })
  const cause = new Error(PLANNED)
  const ofHot = (operation: string) => new HotStoreError({ operation, subject: SITE, cause })
  const ofJobs = (operation: string) => new JobStateError({ operation, subject: SITE, cause })
  const gated = Layer.effectContext(Effect.gen(function*() {
    const [jobs, directory, reads, catalog] = [yield* JobState, yield* Directory, yield* Reads, yield* Catalog]
    const [objects, samples] = [yield* ColdStore, yield* SampleSource]
    const asked = new Transient({ detail: PLANNED, attempts: 4 })
    return Context.make(JobState, {
      ...jobs,
      watermark: (mark) => call("watermark", jobs.watermark(mark), ofJobs("watermark")),
      rereading: (site) => call("rereading", jobs.rereading(site), ofJobs("rereading")),
      logRun: (report) => call("logRun", jobs.logRun(report), ofJobs("logRun"))
    }).pipe(
      Context.add(Directory, {
        ...directory,
        points: (site, search) => call("points", directory.points(site, search), ofHot("points"))
      }),
      Context.add(Reads, { ...reads, snapshot: (...of) => call("snapshot", reads.snapshot(...of), ofHot("snapshot")) }),
      Context.add(Catalog, { ...catalog, find: (...of) => call("find", catalog.find(...of), ofHot("find")) }),
      Context.add(ColdStore, {
        ...objects,
        read: (entry, points, window) =>
          call(
            "read",
            objects.read(entry, points, window),
            new ColdStoreError({ operation: "read", key: entry.key, reason: new StoreUnavailable({ cause }) })
          )
      }),
      Context.add(SampleSource, {
        ...samples,
        pages: (site, window) =>
          samples.pages(site, window).pipe(Stream.mapEffect((page) =>
            call(
              "pages",
              Effect.succeed(page),
              new SampleSourceError({ operation: "pages", site: SITE, reason: asked })
            )
          ))
      })
    )
  }))
  const adapters = Layer.mergeAll(source.layer, HotStoreMemory.layer, ColdStoreMemory.layer, JobStateMemory.layer)
  return {
    source,
    faults,
    /** The calls since the last restart. */
    called,
    layer: Layer.provideMerge(gated, adapters),
    restart: (place = 0, fault: Fault = "fail") => {
      Object.assign(faults, { at: place, fault, hit: null })
      called.length = 0
      isDead = false
    }
  }
}

/** Puts the samples into both tiers. */
export const fill = Effect.gen(function*() {
  yield* publishDay({
    site: SITE,
    day: COLD_DAY,
    source: "backfill",
    writtenBy: "the test",
    series: Stream.fromIterable(cold),
    evict: null
  })
  const intake = yield* Intake
  yield* intake.append(yield* intake.takeFence(SITE), 1, hot)
  // The last pass of the syncs has not read the hot day yet.
  const jobs = yield* JobState
  yield* jobs.advanceWatermark({ kind: "started", site: SITE }, at(COLD_DAY, 0))
  yield* jobs.saveRereading(SITE, { ...startRereading(at(HOT_DAY, 0), DAY_MS), last: at(HOT_DAY, 0) })
})

/** Everything that is stored, to compare before and after. */
export const stored = Effect.gen(function*() {
  const reads = yield* Reads
  const window = { start: at(COLD_DAY, 0), end: at(HOT_DAY + 1, 0) }
  const { hot, partitions } = yield* reads.snapshot(SITE, ["a", "b", "gone"], window)
  return { hot, partitions, version: yield* reads.version(SITE, window) }
})

/** A sample each millisecond of a minute of so many points: six are more than an audit holds. */
export const addDense = (source: SampleSourceMemory.SampleSourceMemory, points: number): void => {
  for (let i = 0; i < points; i++) {
    source.add(SITE, [regular(`dense ${i}`, { start: at(COLD_DAY, 0), count: 60_000, step: 1 })])
  }
}
