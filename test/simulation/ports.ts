/**
 * The ports as one process sees them: before and after every call it waits for the scheduler, which may let the call
 * fail before it took effect or after. The model sees the effects themselves, whatever the process is told.
 */
import { Context, Effect, Option, Stream } from "effect"
import { ColdStore, ColdStoreError, StoreUnavailable } from "../../src/ports/ColdStore.ts"
import { MonthStore, MonthStoreError } from "../../src/ports/MonthStore.ts"
import type { HotStore } from "../../src/ports/HotStore.ts"
import { HotStoreError } from "../../src/ports/HotStoreError.ts"
import { JobState, JobStateError } from "../../src/ports/JobState.ts"
import { SampleSource, SampleSourceError, Transient } from "../../src/ports/SampleSource.ts"
import { Staging, StagingError } from "../../src/ports/Staging.ts"
import { StepQueue, StepQueueError } from "../../src/ports/StepQueue.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { contextOf, type HotServices } from "../hot-store.ts"
import type { Model } from "./model.ts"
import type { Process, Simulator } from "./scheduler.ts"
import type { Reader } from "./source.ts"

export type Ports = HotStore | ColdStore | MonthStore | JobState | SampleSource | Staging | StepQueue

/** The adapters underneath; a planted fault replaces one of them. */
export interface Adapters extends HotServices {
  readonly cold: ColdStore["Service"]
  readonly derived: MonthStore["Service"]
  readonly jobs: JobState["Service"]
  readonly queue: StepQueue["Service"]
  readonly staging: Staging["Service"]
  readonly source: (reader: Reader) => SampleSource["Service"]
}

export const LOST = new Error("the simulated platform failed")

/** How a port says that the platform failed. */
type Fault<F> = (operation: string, subject: string) => F

type Gate<F> = <A, E>(
  operation: string,
  subject: string,
  effect: Effect.Effect<A, E>,
  took?: (answer: A) => void
) => Effect.Effect<A, E | F>

/** Stops the process before and after an effect. */
const gateOf =
  <F>(simulator: Simulator, process: Process, port: string, fault: Fault<F>): Gate<F> =>
  (operation, subject, effect, took) => {
    const label = `${port}.${operation} ${subject}`
    const stop = (stage: string) =>
      Effect.flatMap(simulator.park(process, `${stage} ${label}`), (verdict) =>
        verdict === "fail" ? Effect.fail(fault(operation, subject)) : Effect.void)
    return Effect.andThen(
      stop("asks"),
      Effect.flatMap(
        took === undefined ? effect : Effect.tap(effect, (answer) => Effect.sync(() => took(answer))),
        (answer) => Effect.as(stop("hears"), answer)
      )
    )
  }

const gateStream = <F, A, E>(gate: Gate<F>, operation: string, subject: string, stream: Stream.Stream<A, E>) =>
  Stream.transformPull(stream, (pull) => Effect.succeed(gate(operation, subject, pull)))

const hotOf = (
  gate: Gate<HotStoreError>,
  { catalog, days, directory, intake, reads, schema }: HotServices,
  model: Model,
  process: Process
): HotServices => ({
  intake: {
    takeFence: (site) => gate("takeFence", site, intake.takeFence(site), (run) => model.stores.beganRun(run)),
    append: (run, step, series) =>
      gate(
        "append",
        `${run.site} run ${run.sequence} step ${step}`,
        intake.append(run, step, series),
        ({ samples }) => {
          if (samples > 0) model.stores.append(process, run, series)
        }
      ),
    registerPoints: (site, points) => gate("registerPoints", site, intake.registerPoints(site, points)),
    recent: (site, window) => gate("recent", site, intake.recent(site, window))
  },
  days: {
    list: (site) => gate("hotDays", site, days.list(site)),
    compact: (site, day) =>
      gate("compact", `${site} ${day}`, days.compact(site, day), () => model.stores.compact(site, day)),
    scan: (site, day) =>
      gate("scan", `${site} ${day}`, days.scan(site, day), ({ guard }) => model.stores.scan(guard)).pipe(
        Effect.map((scan) => ({
          guard: scan.guard,
          series: gateStream(gate, "scan.pull", `${site} ${day}`, scan.series)
        }))
      )
  },
  catalog: {
    list: (site, window) => gate("catalog", site, catalog.list(site, window)),
    find: (site, objects) => gate("find", site, catalog.find(site, objects)),
    ends: (site, day) => gate("ends", `${site} ${day}`, catalog.ends(site, day)),
    publish: (entry, points, evict, corrections, narrowing) => {
      const subject = `${entry.site} ${entry.day} generation ${entry.generation}`
      return gate("publish", subject, catalog.publish(entry, points, evict, corrections, narrowing), () =>
        model.stores.publish(process, entry, evict, corrections ?? null))
    },
    refusals: gate("refusals", "", catalog.refusals),
    noteRefusal: (refusal) => gate("noteRefusal", refusal.key, catalog.noteRefusal(refusal)),
    forgetRefusals: (keys) => gate("forgetRefusals", `${keys.length} keys`, catalog.forgetRefusals(keys))
  },
  reads: {
    snapshot: (site, points, window, most) => gate("snapshot", site, reads.snapshot(site, points, window, most)),
    extents: (site, points) => gate("extents", site, reads.extents(site, points)),
    version: (site, window) => gate("version", site, reads.version(site, window))
  },
  directory: {
    sites: gate("sites", "", directory.sites),
    points: (site, search) => gate("points", site, directory.points(site, search)),
    reach: gate("reach", "", directory.reach),
    stats: (site) => gate("stats", site, directory.stats(site))
  },
  schema: { check: gate("check", "", schema.check) }
})

interface ColdWorld {
  readonly model: Model
  readonly simulator: Simulator
  readonly process: Process
  readonly corruption: () => number
}

const coldOf = (
  gate: Gate<ColdStoreError>,
  cold: ColdStore["Service"],
  { corruption, model, process, simulator }: ColdWorld
) => {
  const contents = new WeakMap<object, ReadonlyArray<Series>>()
  return ColdStore.of({
    head: (site, day) => gate("head", `${site} ${day}`, cold.head(site, day)),
    build: (options, series) =>
      Effect.gen(function*() {
        const parts: Array<Series> = []
        const built = yield* cold.build(options, Stream.tap(series, (one) => Effect.sync(() => parts.push(one))))
        const bytes = built.bytes.slice()
        if (simulator.random.happens(corruption()) && bytes.length > 0) {
          simulator.note(`${process.name}#${process.id} builds a corrupt object`)
          const at = simulator.random.below(bytes.length)
          bytes[at] = (bytes[at] as number) ^ (1 << simulator.random.below(8))
        }
        const object = { ...built, bytes }
        contents.set(object, parts)
        yield* simulator.park(process, `built cold.build ${options.site} ${options.day}`)
        return object
      }),
    verify: (built) => gate("verify", built.key, cold.verify(built)),
    put: (built, base) =>
      gate("put", `${built.key} over ${base}`, cold.put(built, base), (entry) =>
        model.stores.put(process, entry, contents.get(built) ?? [], model.given(process, entry.site))),
    read: (entry, points, window) => gate("read", entry.key, cold.read(entry, points, window)),
    check: (entry) => gate("check", entry.key, cold.check(entry)),
    scan: (object, after) => gateStream(gate, "scan.pull", object.key, cold.scan(object, after)),
    list: gateStream(gate, "list.pull", "", cold.list),
    strange: gateStream(gate, "strange.pull", "", cold.strange)
  })
}

const derivedOf = (gate: Gate<MonthStoreError>, derived: MonthStore["Service"]) =>
  MonthStore.of({
    months: (site, window, points) => gate("months", site, derived.months(site, window, points)),
    begin: (site, month, days) => gate("begin", `${site} ${month}`, derived.begin(site, month, days)),
    // The days are scanned through their own gate, so that every pull of them is a step of the history too.
    addPart: (build, series) => {
      const subject = `${build.site} ${build.month} build ${build.build} part ${build.parts.length}`
      return Effect.andThen(
        gate("addPart", subject, Effect.void),
        Effect.flatMap(
          derived.addPart(build, series),
          (part) => gate("addPart.recorded", subject, Effect.succeed(part))
        )
      )
    },
    publish: (build, checksum) =>
      gate("publish", `${build.site} ${build.month} build ${build.build}`, derived.publish(build, checksum)),
    readSamples: (part, points, window) =>
      gate("readSamples", part.samples.key, derived.readSamples(part, points, window)),
    readHours: (part, points, fields) => gate("readHours", part.hours.key, derived.readHours(part, points, fields))
  })

const jobsOf = (gate: Gate<JobStateError>, jobs: JobState["Service"], model: Model, process: Process) =>
  JobState.of({
    watermark: (mark) =>
      gate("watermark", `${mark.kind} ${mark.site}`, jobs.watermark(mark), (at) =>
        model.foundWatermark(process, mark, Option.getOrNull(at))),
    advanceWatermark: (mark, to) =>
      gate("advanceWatermark", `${mark.kind} ${mark.site} ${to}`, jobs.advanceWatermark(mark, to), () =>
        model.watermark(mark, to)),
    rereading: (site) => gate("rereading", site, jobs.rereading(site)),
    saveRereading: (site, state) =>
      gate("saveRereading", site, jobs.saveRereading(site, state), () => model.savedAhead(site, state.ahead ?? [])),
    acquireLease: (jobId, holder, now, until) =>
      gate("acquireLease", jobId, jobs.acquireLease(jobId, holder, now, until)),
    releaseLease: (jobId, holder) => gate("releaseLease", jobId, jobs.releaseLease(jobId, holder)),
    job: gate("job", "", jobs.job),
    saveJob: (job, changed) =>
      gate(
        "saveJob",
        `${job.id} version ${job.version} checkpoint ${job.checkpoint} ${job.status}`,
        jobs.saveJob(job, changed),
        () => model.savedDays(job, changed)
      ),
    days: (jobId) => gate("days", jobId, jobs.days(jobId)),
    logRun: (report) =>
      gate("logRun", `${report.id} ${report.status}`, jobs.logRun(report), () => model.reported(process, report)),
    runs: (kind, limit) => gate("runs", kind, jobs.runs(kind, limit)),
    takeRequest: (budget, perMinute, now) => gate("takeRequest", budget, jobs.takeRequest(budget, perMinute, now))
  })

/** Everything a program may ask for, as `process` sees it; `corruption` is the chance that a build goes wrong. */
export const portsOf = (
  simulator: Simulator,
  process: Process,
  adapters: Adapters,
  model: Model,
  corruption: () => number
): Context.Context<Ports> => {
  const gate = <F>(port: string, fault: Fault<F>) => gateOf(simulator, process, port, fault)
  const hotGate = gate("hot", (operation, subject) => new HotStoreError({ operation, subject, cause: LOST }))
  const coldGate = gate("cold", (operation, key) =>
    new ColdStoreError({ operation, key, reason: new StoreUnavailable({ cause: LOST }) }))
  const derivedGate = gate("derived", (operation, subject) => new MonthStoreError({ operation, subject, cause: LOST }))
  const jobGate = gate("jobs", (operation, subject) => new JobStateError({ operation, subject, cause: LOST }))
  const sourceGate = gate("source", (operation, site) =>
    new SampleSourceError({ operation, site, reason: new Transient({ detail: LOST.message, attempts: 1 }) }))
  const stagingGate = gate("staging", (operation, site) => new StagingError({ operation, site, day: 0, cause: LOST }))
  const { staging } = adapters
  const queueGate = gate("queue", () => new StepQueueError({ jobId: "", step: 0, cause: LOST }))
  const source = adapters.source({
    delivered: (site, rows) => model.stores.delivered(process, site, rows),
    finished: (site, rows) => model.finished(process, site, rows)
  })
  return contextOf(hotOf(hotGate, adapters, model, process)).pipe(
    Context.add(ColdStore, coldOf(coldGate, adapters.cold, { corruption, model, process, simulator })),
    Context.add(MonthStore, derivedOf(derivedGate, adapters.derived)),
    Context.add(JobState, jobsOf(jobGate, adapters.jobs, model, process)),
    Context.add(SampleSource, SampleSource.of({
      points: (site) => sourceGate("points", site, source.points(site)),
      pages: (site, window) => gateStream(sourceGate, "pages.pull", site, source.pages(site, window))
    })),
    Context.add(Staging, Staging.of({
      put: (partition, part, series, now) =>
        stagingGate("put", partition.site, staging.put(partition, part, series, now), () =>
          model.stores.precedence.staged(process, part)),
      read: (partition, parts) => {
        model.stores.precedence.takeUp(process, parts)
        return gateStream(stagingGate, "read.pull", partition.site, staging.read(partition, parts))
      },
      discard: (partition, now) => stagingGate("discard", partition.site, staging.discard(partition, now))
    })),
    Context.add(StepQueue, StepQueue.of({
      send: (step, delaySeconds) =>
        queueGate("send", `${step.jobId} ${step.step}`, adapters.queue.send(step, delaySeconds))
    }))
  )
}
