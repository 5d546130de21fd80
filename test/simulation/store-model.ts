/**
 * The two tiers and the catalog as the model sees them: what was accepted, and what a query may answer.
 *
 * Every effect on the stores is told as it happens; no adapter is ever asked.
 */
import { type Day, DAY_MS, dayOf } from "../../src/domain/time/calendar.ts"
import type { CatalogEntry, OwnEntry } from "../../src/domain/tiers/catalog.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { intersect, isEmpty, type Window, windowOfDay } from "../../src/domain/time/window.ts"
import type { Corrections } from "../../src/ports/Catalog.ts"
import type { EvictionGuard } from "../../src/ports/HotDays.ts"
import type { Fence } from "../../src/ports/Intake.ts"
import { type Extent, joinExtents } from "../../src/domain/samples/extent.ts"
import { Candidates, type Id, idOf, readId, type Samples, samplesOf, showId } from "./samples.ts"
import { ordersOf, Precedence } from "./precedence.ts"
import type { Process } from "./scheduler.ts"
import type { SeenSample } from "./source.ts"

interface Partition {
  /** Appended since the last compaction, and before it. */
  readonly tail: Samples
  readonly chunk: Samples
  /** The samples of the last published object. */
  accepted: Samples
  /** The samples of the live object, published or not, and when each value was read from the source. */
  live: Samples
  liveOrders: ReadonlyMap<Id, number>
  /** That of the live object. */
  generation: number
  catalogued: boolean
  /** Which put the catalog row names; 0 without a row. */
  published: number
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

export class StoreModel {
  readonly #sites = new Map<string, Map<Day, Partition>>()
  /** The compacted samples that each guard stood for, by site, day and epoch. */
  readonly #scans = new Map<string, Samples>()
  readonly #newestRun = new Map<string, number>()
  /** Objects put, by site, day and etag, in the order of their puts. */
  readonly #objects = new Map<string, {
    readonly content: Samples
    readonly orders: ReadonlyMap<Id, number>
    readonly order: number
  }>()
  readonly precedence: Precedence
  #puts = 0
  /** Rises with every change that an answer may show. */
  version = 0
  readonly #watches = new Set<Watch>()
  readonly #hotDays: number
  readonly #now: () => number
  readonly #broken: (law: string) => void

  constructor(hotDays: number, now: () => number, broken: (law: string) => void) {
    this.#hotDays = hotDays
    this.#now = now
    this.#broken = broken
    this.precedence = new Precedence(broken)
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
      liveOrders: new Map(),
      generation: 0,
      catalogued: false,
      published: 0,
      known: new Candidates()
    }
    days.set(day, fresh)
    return fresh
  }

  /** Whether it is in some tier, as far as anybody was told. */
  isAccepted(site: string, point: string, timestamp: number): boolean {
    const partition = this.#partition(site, dayOf(timestamp))
    const id = idOf(point, timestamp)
    return partition.tail.has(id) || partition.chunk.has(id) || partition.accepted.has(id)
  }

  beganRun({ sequence, site }: Fence): void {
    this.#newestRun.set(site, Math.max(sequence, this.#newestRun.get(site) ?? 0))
  }

  append(process: Process, { sequence, site }: Fence, series: ReadonlyArray<Series>): void {
    if (sequence !== this.#newestRun.get(site)) {
      this.#broken(`law 5: run ${sequence} of ${site} appends after a newer one began`)
    }
    for (const [id, value] of samplesOf(series)) {
      const partition = this.#partition(site, dayOf(readId(id).timestamp))
      partition.tail.set(id, value)
      partition.known.add(id, value)
      this.precedence.appended(process, site, id, value)
    }
    this.#changed(site)
  }

  compact(site: string, day: Day): void {
    const partition = this.#partition(site, day)
    for (const [id, value] of partition.tail) partition.chunk.set(id, value)
    partition.tail.clear()
    this.version++
  }

  scan(guard: EvictionGuard): void {
    this.#scans.set(`${guard.site} ${guard.day} ${guard.epoch}`, new Map(this.#partition(guard.site, guard.day).chunk))
  }

  /** `given`: what the process that puts was given by the source for this site. */
  put(process: Process, entry: OwnEntry, series: ReadonlyArray<Series>, given: Candidates | undefined): void {
    const { day, site, source } = entry
    const partition = this.#partition(site, day)
    const content = samplesOf(series)
    for (const id of partition.accepted.keys()) {
      if (!content.has(id)) this.#broken(`law 1: the object of ${site} drops ${showId(id)}, accepted before`)
    }
    for (const [id, value] of content) {
      if (!partition.known.has(id, value)) {
        this.#broken(`the object of ${site} holds ${value} for ${showId(id)}, which nobody wrote`)
      }
      // A backfill writes what it was given: the later write wins over what was cold before.
      if (source === "backfill" && given?.knows(id) === true && !given.has(id, value)) {
        this.#broken(`precedence: a backfill of ${site} was given another value for ${showId(id)} than it wrote`)
      }
    }
    if (entry.generation <= partition.generation) {
      this.#broken(`generation ${entry.generation} of day ${day} of ${site} follows ${partition.generation}`)
    }
    const orders = ordersOf(
      content,
      (id, value) => source === "backfill" ? this.precedence.orderOf(process, site, id, value) : undefined,
      { content: partition.live, orders: partition.liveOrders },
      (id) => this.precedence.accepted(site, id)
    )
    for (const [id, value] of content) {
      if (partition.tail.has(id) || partition.chunk.has(id) || !partition.catalogued) continue
      this.precedence.checkLive(site, id, value, orders.get(id) ?? 0)
    }
    partition.generation = entry.generation
    partition.live = content
    partition.liveOrders = orders
    this.#objects.set(`${site} ${day} ${entry.etag}`, { content, orders, order: ++this.#puts })
    this.#changed(site)
  }

  publish(process: Process, entry: CatalogEntry, guard: EvictionGuard | null, corrections: Corrections | null): void {
    const { day, site } = entry
    const partition = this.#partition(site, day)
    const object = this.#objects.get(`${site} ${day} ${entry.etag}`)
    if (object === undefined) return this.#broken(`the catalog names ${entry.etag} of ${site}, which nobody put`)
    const { content, order, orders } = object
    if (order < partition.published) {
      this.#broken(`the catalog row of day ${day} of ${site} gives way to an older object`)
    }
    partition.published = order
    for (const id of partition.accepted.keys()) {
      if (!content.has(id)) {
        this.#broken(`law 1: the catalog row of ${site} gives way to an object without ${showId(id)}`)
      }
    }
    partition.catalogued = true
    partition.accepted = content
    if (guard !== null) {
      if (windowOfDay(day).end > this.#now() - this.#hotDays * DAY_MS) {
        this.#broken(`law 6: day ${day} of ${site} left the hot tier before it was ${this.#hotDays} days old`)
      }
      const moved = this.#scans.get(`${guard.site} ${guard.day} ${guard.epoch}`) ?? new Map<Id, number>()
      for (const [id, value] of moved) {
        if (!Object.is(content.get(id), value)) {
          this.#broken(`law 2: ${showId(id)} of ${site} was ${value} while hot and is ${content.get(id)} in its object`)
        }
        if (Object.is(partition.chunk.get(id), value)) partition.chunk.delete(id)
      }
    }
    for (const [id, value] of content) this.precedence.accept(site, id, value, orders.get(id) ?? 0)
    for (const [id, value] of samplesOf(corrections?.series ?? [])) {
      partition.tail.set(id, value)
      partition.known.add(id, value)
      this.precedence.appended(process, site, id, value)
    }
    for (const [id, value] of content) {
      const hot = partition.tail.get(id) ?? partition.chunk.get(id)
      this.precedence.check(site, id, hot ?? value, "publication")
    }
    this.#changed(site)
  }

  /** A page was delivered: whoever got it may write its values. */
  delivered(process: Process, site: string, rows: ReadonlyArray<SeenSample>): void {
    this.precedence.read(process, site, rows)
    for (const { point, timestamp, value } of rows) {
      this.#partition(site, dayOf(timestamp)).known.add(idOf(point, timestamp), value)
    }
  }

  *#visible(site: string, points: ReadonlySet<string>, window: Window) {
    for (const [day, partition] of this.#sites.get(site) ?? []) {
      if (isEmpty(intersect(windowOfDay(day), window))) continue
      const { chunk, live, tail } = partition
      for (const id of new Set([...tail.keys(), ...chunk.keys(), ...(partition.catalogued ? live.keys() : [])])) {
        const { point, timestamp } = readId(id)
        if (!points.has(point) || timestamp < window.start || timestamp >= window.end) continue
        const hot = tail.get(id) ?? chunk.get(id)
        const value = (hot ?? live.get(id)) as number
        yield {
          id,
          value,
          cold: live.get(id),
          hot: hot !== undefined,
          accepted: hot !== undefined || partition.accepted.has(id)
        }
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

  /** When each point has samples, and its last value: of all that was published, and what is hot above it. */
  extents(site: string): ReadonlyMap<string, Extent> {
    const extents = new Map<string, Extent>()
    for (const { accepted, chunk, tail } of this.#sites.get(site)?.values() ?? []) {
      for (const tier of [accepted, chunk, tail]) {
        for (const [id, lastValue] of tier) {
          const { point, timestamp } = readId(id)
          const sample = { first: timestamp, last: timestamp, lastValue }
          const known = extents.get(point)
          extents.set(point, known === undefined ? sample : joinExtents(known, sample))
        }
      }
    }
    return extents
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
    this.version++
    for (const watch of this.#watches) if (watch.site === site) this.#note(watch)
  }
}
