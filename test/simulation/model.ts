/**
 * What the workers promise beyond single answers: watermarks, reports and backfill jobs that tell the truth about the
 * stores and about what the source has shown.
 */
import type { BackfillDay, BackfillJob } from "../../src/domain/jobs/backfill/job.ts"
import { dayOf } from "../../src/domain/time/calendar.ts"
import { formatInstant } from "../../src/domain/time/instant.ts"
import type { RunReport } from "../../src/domain/jobs/run.ts"
import { contains, type Window, windowOfDay } from "../../src/domain/time/window.ts"
import type { Watermark } from "../../src/ports/JobState.ts"
import { Candidates, idOf, readId, showId } from "./samples.ts"
import type { Process } from "./scheduler.ts"
import type { SeenSample, SimulatedSource } from "./source.ts"
import { StoreModel } from "./store-model.ts"
import type { Weather } from "./weather.ts"

interface Job {
  job: BackfillJob
  version: number
  readonly startedAt: number
  readonly days: Map<string, BackfillDay>
}

export class Model {
  /** The first law that was broken, and how. */
  violation: string | null = null
  readonly stores: StoreModel
  readonly #watermarks = new Map<string, number>()
  /** Where each site begins: where the first run noted it, or, where several were first, the last of these. */
  readonly #origins = new Map<string, number>()
  readonly #given = new Map<Process, Map<string, Candidates>>()
  readonly #jobs = new Map<string, Job>()
  readonly #source: SimulatedSource
  readonly #overlapMs: number
  readonly #now: () => number

  constructor(source: SimulatedSource, weather: Weather, now: () => number) {
    this.#source = source
    this.#overlapMs = weather.overlapMs
    this.#now = now
    this.stores = new StoreModel(weather.hotDays, now, (law) => this.broken(law))
  }

  broken(law: string): void {
    this.violation ??= law
  }

  /** What a process was given by the source for a site, of windows that it read to their end. */
  given(process: Process, site: string): Candidates | undefined {
    return this.#given.get(process)?.get(site)
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

  /** A run that finds no watermark of the site begins where a run before it did, else with the day of its own start. */
  foundWatermark(process: Process, { kind, site }: Watermark, at: number | null): void {
    const moved = this.#watermarks.get(`${kind} ${site}`)
    if (at !== (moved ?? null)) {
      this.broken(`law 8: the watermark ${kind} of ${site} is ${at}, it was moved to ${moved}`)
    }
    if (kind !== "started") return
    this.#origins.set(site, Math.max(at ?? windowOfDay(dayOf(process.startedAt)).start, this.#origins.get(site) ?? 0))
  }

  watermark({ kind, site }: Watermark, to: number): void {
    const name = `${kind} ${site}`
    this.#watermarks.set(name, Math.max(to, this.#watermarks.get(name) ?? to))
    if (kind !== "synced") return
    const id = this.#passedOver(site, { start: -Infinity, end: to })
    if (id !== undefined) this.broken(`law 8: the watermark of ${site} moved to ${formatInstant(to)} over ${id}`)
  }

  /** What a sync says that it has read ahead of the watermark. */
  savedAhead(site: string, ahead: ReadonlyArray<Window>): void {
    for (const window of ahead) {
      const id = this.#passedOver(site, window)
      if (id !== undefined) this.broken(`law 8: ${site} counts as read to ${formatInstant(window.end)} without ${id}`)
    }
  }

  /** The next sync asks from the end of the window less the overlap: what is missing before that is missed for good. */
  #passedOver(site: string, window: Window): string | undefined {
    const start = Math.max(window.start, this.#origins.get(site) ?? -Infinity)
    return this.#missingIn(site, { start, end: window.end - this.#overlapMs })
  }

  savedDays(job: BackfillJob, changed: ReadonlyArray<BackfillDay>): void {
    const known = this.#jobs.get(job.id) ??
      { job, version: 0, startedAt: this.#now(), days: new Map<string, BackfillDay>() }
    if (job.version !== known.version + 1) {
      this.broken(`law 5: ${job.id} is saved at version ${job.version} after ${known.version}`)
    }
    known.version = job.version
    known.job = job
    this.#jobs.set(job.id, known)
    for (const day of changed) known.days.set(`${day.site} ${day.day}`, day)
    for (const { day, site, status } of changed) {
      if (status !== "completed" && status !== "empty") continue
      for (const { point, timestamp } of this.#source.visible(site, windowOfDay(day), known.startedAt)) {
        if (status === "empty" || !this.stores.isAccepted(site, point, timestamp)) {
          this.broken(`law 7: day ${day} of ${site} ended as ${status} without ${showId(idOf(point, timestamp))}`)
        }
      }
    }
  }

  reported(process: Process, report: RunReport): void {
    if (report.reason.includes("unexpected error")) this.broken(`${report.id} met an unexpected error`)
    if (report.status === "failed") return
    if (report.kind === "sync" && report.status === "completed" && !(this.given(process, report.site) !== undefined)) {
      this.broken(`law 7: a sync of ${report.site} completed with nothing read`)
    }
    // What a run that did not fail was given by the source is stored now.
    if (report.kind !== "sync") return
    for (const id of this.given(process, report.site)?.ids() ?? []) {
      const { point, timestamp } = readId(id)
      if (!this.stores.isAccepted(report.site, point, timestamp)) {
        this.broken(`law 1: a sync of ${report.site} ended as ${report.status} without ${showId(id)}, which it read`)
      }
    }
  }

  liveJob(): BackfillJob | undefined {
    return [...this.#jobs.values()].find(({ job }) => job.status === "in_progress")?.job
  }

  /** Jobs whose last status is not what their days say. */
  *complaintsAboutJobs(): Iterable<string> {
    for (const { days, job } of this.#jobs.values()) {
      if (job.status === "cancelled") continue
      const ends = [...days.values()].map(({ status }) => status)
      const planned = (job.endDay - job.startDay + 1) * job.sites.length
      const allEnded = ends.length === planned && ends.every((end) => end === "completed" || end === "empty")
      const whole = allEnded && ends.includes("completed")
      if (job.status === "completed" && !whole) yield `law 7: ${job.id} is completed, its days are ${ends.join(", ")}`
      if (job.status === "failed" && (whole || job.reason === "")) {
        yield `law 7: ${job.id} failed because of "${job.reason}", its days are ${ends.join(", ")}`
      }
    }
  }

  /** A regular sample of the synced range that the source showed and that is nowhere. */
  missing(site: string, through: number): string | undefined {
    return this.#missingIn(site, { start: this.#origins.get(site) ?? Infinity, end: through })
  }

  #missingIn(site: string, window: Window): string | undefined {
    for (const { late, point, timestamp } of this.#source.all(site)) {
      if (late || !contains(window, timestamp) || this.stores.isAccepted(site, point, timestamp)) continue
      return showId(idOf(point, timestamp))
    }
    return undefined
  }
}
