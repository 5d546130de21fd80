/**
 * What the hot store in memory holds, and how it is read.
 */
import { DAY_MS, type Day, dayOf, dayStart } from "../../domain/time/calendar.ts"
import type { CatalogEntry, ColdObject } from "../../domain/tiers/catalog.ts"
import type { Extent } from "../../domain/samples/extent.ts"
import { mergeAll } from "../../domain/samples/merge.ts"
import { type Columns, emptyColumns, type Series, sliceColumns } from "../../domain/samples/series.ts"
import { isEmpty, type Window } from "../../domain/time/window.ts"
import type { Refusal } from "../../ports/Catalog.ts"
import type { PointInfo } from "../../ports/Directory.ts"
import type { SourcePoint } from "../../ports/SampleSource.ts"

export interface HotDayState {
  generation: number
  epoch: number
  readonly tail: Map<string, Array<Columns>>
  chunks: Map<string, Columns>
}

export interface SiteState {
  sequence: number
  step: number
  /** Generations and epochs are taken from it, so that none is used twice, not even after a day was evicted. */
  clock: number
  readonly points: Map<string, PointInfo>
  readonly days: Map<Day, HotDayState>
  readonly catalog: Map<Day, CatalogEntry>
  /** Of every point, over all published partitions. */
  readonly coldExtents: Map<string, Extent>
}

const emptySite = (): SiteState => ({
  sequence: 0,
  step: 0,
  clock: 0,
  points: new Map(),
  days: new Map(),
  catalog: new Map(),
  coldExtents: new Map()
})

const undescribed = (name: string): SourcePoint => ({
  name,
  unit: null,
  device: null,
  description: null,
  intervalSeconds: null,
  tags: [],
  collected: false
})

export class HotState {
  readonly #sites = new Map<string, SiteState>()
  /** By key. */
  readonly refusals = new Map<string, Refusal>()
  #lastId = 0

  get names(): Iterable<string> {
    return this.#sites.keys()
  }

  /** The state of a site to write to; the site exists from now on. */
  open(name: string): SiteState {
    const known = this.#sites.get(name)
    if (known !== undefined) return known
    const fresh = emptySite()
    this.#sites.set(name, fresh)
    return fresh
  }

  /** The state of a site to read from; an unknown site is not created. */
  look(name: string): SiteState {
    return this.#sites.get(name) ?? emptySite()
  }

  describe(site: SiteState, point: SourcePoint): void {
    site.points.set(point.name, { ...point, id: site.points.get(point.name)?.id ?? ++this.#lastId })
  }

  /** Registers new points by their names only. */
  register(site: SiteState, names: Iterable<string>): void {
    for (const name of names) if (!site.points.has(name)) this.describe(site, undescribed(name))
  }
}

/** All samples of a point on one day. */
export const columnsOf = (day: HotDayState, point: string): Columns =>
  mergeAll([day.chunks.get(point) ?? emptyColumns, ...day.tail.get(point) ?? []])

export const tailOf = (day: HotDayState): ReadonlyArray<Columns> => [...day.tail.values()].flat()

/** The hot samples of a point inside the window, over all days. */
const readPoint = (site: SiteState, point: string, window: Window): Columns =>
  mergeAll(
    [...site.days].filter(([day]) => dayStart(day) < window.end && dayStart(day) + DAY_MS > window.start)
      .sort(([a], [b]) => a - b)
      .map(([, day]) => sliceColumns(columnsOf(day, point), window))
  )

export const readPoints = (site: SiteState, points: Iterable<string>, window: Window): ReadonlyArray<Series> =>
  [...points].map((point) => ({ point, ...readPoint(site, point, window) }))
    .filter((series) => series.timestamps.length > 0)

export const listCatalog = (site: SiteState, window: Window): ReadonlyArray<ColdObject> =>
  isEmpty(window) ? [] : [...site.catalog.values()]
    .filter(({ day }) => day >= dayOf(window.start) && day <= dayOf(window.end - 1))
    .sort((a, b) => a.day - b.day)
    .map(({ index: _, ...object }) => object)
