/**
 * What was accepted, kept as naively as can be, and what a query may answer. The model sees every effect on the stores
 * as it happens and says where a law was broken; it never asks an adapter.
 */
import type { BackfillDay, BackfillJob } from "../../src/domain/backfill.ts"
import { type Day, DAY_MS, dayOf } from "../../src/domain/calendar.ts"
import type { CatalogEntry } from "../../src/domain/catalog.ts"
import { formatInstant } from "../../src/domain/instant.ts"
import type { RunReport } from "../../src/domain/run.ts"
import type { Series } from "../../src/domain/series.ts"
import { intersect, isEmpty, type Window, windowOfDay } from "../../src/domain/window.ts"
import type { EvictionGuard, Run } from "../../src/ports/HotStore.ts"
import type { Process } from "./scheduler.ts"
import type { SeenSample, SimulatedSource } from "./source.ts"
import type { Weather } from "./weather.ts"

/** `{timestamp} {point}` */
type Id = string
type Samples = Map<Id, number>

const idOf = (point: string, timestamp: number): Id => `${timestamp} ${point}`
const readId = (id: Id) => {
  const cut = id.indexOf(" ")
  return { timestamp: Number(id.slice(0, cut)), point: id.slice(cut + 1) }
}
export const showId = (id: Id): string => {
  const { point, timestamp } = readId(id)
  return `${point} at ${formatInstant(timestamp)}`
}

export const samplesOf = (series: Iterable<Series>): Samples => {
  const samples: Samples = new Map()
  for (const { point, timestamps, values } of series) {
    timestamps.forEach((at, i) => samples.set(idOf(point, at), values[i] as number))
  }
  return samples
}

/** Values that may stand for a sample; `Object.is` tells 0 from -0. */
class Candidates {
  readonly #values = new Map<Id, Array<number>>()
  add(id: Id, value: number): void {
    const list = this.#values.get(id) ?? []
    if (!list.some((one) => Object.is(one, value))) list.push(value)
    this.#values.set(id, list)
  }
  has(id: Id, value: number): boolean {
    return this.#values.get(id)?.some((one) => Object.is(one, value)) === true
  }
  knows(id: Id): boolean {
    return this.#values.has(id)
  }
  ids(): Iterable<Id> {
    return this.#values.keys()
  }
}

interface Partition {
  /** Appended since the last compaction, and before it. */
  readonly tail: Samples
  readonly chunk: Samples
  /** The samples of the last published object. */
  accepted: Samples
  /** The samples of the live object, published or not. */
  live: Samples
  /** That of the live object. */
  generation: number
  catalogued: boolean
  /** Every value an object or an append ever had, and every value a source gave to whom it may concern. */
  readonly known: Candidates
}

/** What an answer must hold, may hold, and how much of it is hot. */
export interface Expected {
  readonly required: Samples
  readonly optional: Samples
  readonly hotCount: number
}

export interface Watch {
  readonly site: string
  readonly points: ReadonlySet<string>
  readonly window: Window
  readonly required: ReadonlySet<Id>
  readonly allowed: Candidates
}

export class Model {
  violation: string | null = null
  readonly #sites = new Map<string, Map<Day, Partition>>()
  /** The compacted samples that each guard stood for, by site, day and epoch. */
  readonly #scans = new Map<string, Samples>()
  readonly #watermarks = new Map<string, number>()
  readonly #newestRun = new Map<string, number>()
  readonly #contents = new Map<string, Samples>()
  readonly #given = new Map<Process, Map<string, Candidates>>()
  readonly #watches = new Set<Watch>()
  readonly #source: SimulatedSource
  readonly #weather: Weather
  readonly #now: () => number
  /** Where each site begins: at the day of the newest run that found no watermark. */
  readonly origins = new Map<string, number>()
  readonly jobs = new Map<string, { job: BackfillJob; version: number; startedAt: number; days: Map<string, BackfillDay> }>()

  constructor(source: SimulatedSource, weather: Weather, now: () => number) {
    this.#source = source
    this.#weather = weather
    this.#now = now
  }

  broken(law: string): void {
    this.violation ??= law
  }

  #partition(site: string, day: Day): Partition {
    const days = this.#sites.get(site) ?? new Map<Day, Partition>()
    this.#sites.set(site, days)
    const known = days.get(day)
    if (known !== undefined) return known
    const fresh: Partition = {
      tail: new Map(),
      chunk: new Map(),
      accepted: new Map(),
      live: new Map(),
      generation: 0,
      catalogued: false,
      known: new Candidates()
    }
    days.set(day, fresh)
    return fresh
  }

  isAccepted(site: string, point: string, timestamp: number): boolean {
    const partition = this.#partition(site, dayOf(timestamp))
    const id = idOf(point, timestamp)
    return partition.tail.has(id) || partition.chunk.has(id) || partition.accepted.has(id)
  }

  // ---- effects, as they happen

  beganRun({ sequence, site }: Run): void {
    this.#newestRun.set(site, Math.max(sequence, this.#newestRun.get(site) ?? 0))
  }

  append({ sequence, site }: Run, series: ReadonlyArray<Series>): void {
    if (sequence !== this.#newestRun.get(site)) this.broken(`law 5: run ${sequence} of ${site} appends after a newer one began`)
    for (const [id, value] of samplesOf(series)) {
      const partition = this.#partition(site, dayOf(readId(id).timestamp))
      partition.tail.set(id, value)
      partition.known.add(id, value)
    }
    this.#changed(site)
  }

  compact(site: string, day: Day): void {
    const partition = this.#partition(site, day)
    for (const [id, value] of partition.tail) partition.chunk.set(id, value)
    partition.tail.clear()
  }

  scan(guard: EvictionGuard): void {
    this.#scans.set(`${guard.site} ${guard.day} ${guard.epoch}`, new Map(this.#partition(guard.site, guard.day).chunk))
  }

  put(process: Process, entry: CatalogEntry, series: ReadonlyArray<Series>): void {
    const { day, site, source } = entry
    const partition = this.#partition(site, day)
    const content = samplesOf(series)
    const given = this.#given.get(process)?.get(site)
    for (const id of partition.accepted.keys()) {
      if (!content.has(id)) this.broken(`law 1: the object of ${site} drops ${showId(id)}, accepted before`)
    }
    for (const [id, value] of content) {
      if (!partition.known.has(id, value)) this.broken(`the object of ${site} holds ${value} for ${showId(id)}, which nobody wrote`)
      // A backfill writes what it was given: the later write wins over what was cold before.
      if (source === "backfill" && given?.knows(id) === true && !given.has(id, value)) {
        this.broken(`precedence: a backfill of ${site} was given another value for ${showId(id)} than it wrote`)
      }
    }
    if (entry.generation <= partition.generation) {
      this.broken(`generation ${entry.generation} of day ${day} of ${site} follows ${partition.generation}`)
    }
    partition.generation = entry.generation
    partition.live = content
    this.#contents.set(`${site} ${day} ${entry.etag}`, content)
    this.#changed(site)
  }

  publish(entry: CatalogEntry, guard: EvictionGuard | null): void {
    const { day, site } = entry
    const partition = this.#partition(site, day)
    const content = this.#contents.get(`${site} ${day} ${entry.etag}`)
    if (content === undefined) return this.broken(`the catalog names ${entry.etag} of ${site}, which nobody put`)
    for (const id of partition.accepted.keys()) {
      if (!content.has(id)) this.broken(`law 1: the catalog row of ${site} gives way to an object without ${showId(id)}`)
    }
    partition.catalogued = true
    partition.accepted = content
    if (guard !== null) {
      if (windowOfDay(day).end > this.#now() - this.#weather.hotDays * DAY_MS) {
        this.broken(`law 6: day ${day} of ${site} left the hot tier before it was ${this.#weather.hotDays} days old`)
      }
      const moved = this.#scans.get(`${guard.site} ${guard.day} ${guard.epoch}`) ?? new Map<Id, number>()
      for (const [id, value] of moved) {
        if (!Object.is(content.get(id), value)) {
          this.broken(`law 2: ${showId(id)} of ${site} was ${value} while hot and is ${content.get(id)} in its object`)
        }
        if (Object.is(partition.chunk.get(id), value)) partition.chunk.delete(id)
      }
    }
    this.#changed(site)
  }

  /** A page: whoever got it may write its values. */
  delivered(site: string, rows: ReadonlyArray<SeenSample>): void {
    for (const { point, timestamp, value } of rows) {
      this.#partition(site, dayOf(timestamp)).known.add(idOf(point, timestamp), value)
    }
  }

  /** A window read to its end: if the process says that it is done, these are stored. */
  finished(process: Process, site: string, rows: ReadonlyArray<SeenSample>): void {
    if (rows.length === 0) return
    const sites = this.#given.get(process) ?? new Map<string, Candidates>()
    this.#given.set(process, sites)
    const given = sites.get(site) ?? new Candidates()
    sites.set(site, given)
    for (const { point, timestamp, value } of rows) given.add(idOf(point, timestamp), value)
  }

  /** A run that finds the site without a watermark begins with the day of its own start. */
  foundWatermark(process: Process, name: string, mark: number | null): void {
    if (mark !== (this.#watermarks.get(name) ?? null)) {
      this.broken(`law 8: the watermark of ${name} is ${mark}, it was moved to ${this.#watermarks.get(name)}`)
    }
    if (mark !== null) return
    this.origins.set(name, Math.max(windowOfDay(dayOf(process.startedAt)).start, this.origins.get(name) ?? 0))
  }

  watermark(name: string, to: number): void {
    this.#watermarks.set(name, Math.max(to, this.#watermarks.get(name) ?? to))
    if (!this.#source.sites.has(name)) return
    const from = this.origins.get(name) ?? -Infinity
    // The next sync asks from the watermark less the overlap: what is missing before that is missed for good.
    for (const sample of this.#source.all(name)) {
      if (sample.late || sample.timestamp < from || sample.timestamp >= to - this.#weather.overlapMs) continue
      if (!this.isAccepted(name, sample.point, sample.timestamp)) {
        this.broken(
          `law 8: the watermark of ${name} moved to ${formatInstant(to)} over ${showId(idOf(sample.point, sample.timestamp))}`
        )
      }
    }
  }

  savedDays(job: BackfillJob, changed: ReadonlyArray<BackfillDay>): void {
    const known = this.jobs.get(job.id) ?? { job, version: 0, startedAt: this.#now(), days: new Map<string, BackfillDay>() }
    if (job.version !== known.version + 1) this.broken(`law 5: ${job.id} is saved at version ${job.version} after ${known.version}`)
    known.version = job.version
    known.job = job
    this.jobs.set(job.id, known)
    for (const day of changed) known.days.set(`${day.site} ${day.day}`, day)
    for (const { day, site, status } of changed) {
      if (status !== "completed" && status !== "empty") continue
      for (const { point, timestamp } of this.#source.visible(site, windowOfDay(day), known.startedAt)) {
        if (status === "empty" || !this.isAccepted(site, point, timestamp)) {
          this.broken(`law 7: day ${day} of ${site} ended as ${status} without ${showId(idOf(point, timestamp))}`)
        }
      }
    }
  }

  reported(process: Process, report: RunReport): void {
    if (report.reason.includes("unexpected fault")) this.broken(`${report.id} met an unexpected fault`)
    if (report.status === "failed") return
    if (report.kind === "sync" && report.status === "completed" && !this.#given.get(process)?.has(report.site)) {
      this.broken(`law 7: a sync of ${report.site} completed with nothing read`)
    }
    // What a run that did not fail was given by the source is stored now.
    if (report.kind !== "sync") return
    for (const id of this.#given.get(process)?.get(report.site)?.ids() ?? []) {
      const { point, timestamp } = readId(id)
      if (!this.isAccepted(report.site, point, timestamp)) {
        this.broken(`law 1: a sync of ${report.site} ended as ${report.status} without ${showId(id)}, which it read`)
      }
    }
  }

  liveJob(): BackfillJob | undefined {
    return [...this.jobs.values()].find(({ job }) => job.status === "in_progress")?.job
  }

  /** Jobs whose last status is not what their days say. */
  *complaintsAboutJobs(): Iterable<string> {
    for (const { days, job } of this.jobs.values()) {
      if (job.status === "cancelled") continue
      const ends = [...days.values()].map(({ status }) => status)
      const planned = (job.endDay - job.startDay + 1) * job.sites.length
      const whole = ends.length === planned && ends.every((end) => end === "completed" || end === "empty") && ends.includes("completed")
      if (job.status === "completed" && !whole) yield `law 7: ${job.id} is completed, its days are ${ends.join(", ")}`
      if (job.status === "failed" && (whole || job.reason === "")) yield `law 7: ${job.id} failed because of "${job.reason}", its days are ${ends.join(", ")}`
    }
  }

  // ---- answers

  *#visible(site: string, points: ReadonlySet<string>, window: Window) {
    for (const [day, partition] of this.#sites.get(site) ?? []) {
      if (isEmpty(intersect(windowOfDay(day), window))) continue
      const { chunk, live, tail } = partition
      for (const id of new Set([...tail.keys(), ...chunk.keys(), ...(partition.catalogued ? live.keys() : [])])) {
        const { point, timestamp } = readId(id)
        if (!points.has(point) || timestamp < window.start || timestamp >= window.end) continue
        const hot = tail.get(id) ?? chunk.get(id)
        const value = (hot ?? live.get(id)) as number
        yield { id, value, cold: live.get(id), hot: hot !== undefined, accepted: hot !== undefined || partition.accepted.has(id) }
      }
    }
  }

  /** What a query that runs at this very instant answers. */
  expected(site: string, points: ReadonlySet<string>, window: Window): Expected {
    const required: Samples = new Map()
    const optional: Samples = new Map()
    let hotCount = 0
    for (const { accepted, hot, id, value } of this.#visible(site, points, window)) {
      if (hot) hotCount++
      const list = accepted ? required : optional
      list.set(id, value)
    }
    return { required, optional, hotCount }
  }

  /** Follows a query that runs for a while: what must be in its answer, and every value it may find meanwhile. */
  watch(site: string, points: ReadonlySet<string>, window: Window): Watch {
    const watch: Watch = {
      site,
      points,
      window,
      required: new Set(this.expected(site, points, window).required.keys()),
      allowed: new Candidates()
    }
    this.#watches.add(watch)
    this.#note(watch)
    return watch
  }

  unwatch(watch: Watch): void {
    this.#watches.delete(watch)
  }

  #note(watch: Watch): void {
    for (const { cold, id, value } of this.#visible(watch.site, watch.points, watch.window)) {
      watch.allowed.add(id, value)
      if (cold !== undefined) watch.allowed.add(id, cold)
    }
  }

  #changed(site: string): void {
    for (const watch of this.#watches) if (watch.site === site) this.#note(watch)
  }
}
