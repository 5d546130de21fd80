/**
 * `Catalog` in memory.
 */
import { Effect } from "effect"
import { joinExtents, type PointExtent } from "../../domain/samples/extent.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import type { CatalogEntry } from "../../domain/tiers/catalog.ts"
import type { Day } from "../../domain/time/calendar.ts"
import { contains, windowOfDay } from "../../domain/time/window.ts"
import { Catalog, type Corrections } from "../../ports/Catalog.ts"
import { StalePartition } from "../../ports/HotDays.ts"
import { appendSeries } from "./hot-intake.ts"
import { type HotState, listCatalog, type SiteState } from "./hot-state.ts"

const widenExtents = (site: SiteState, points: ReadonlyArray<PointExtent>): void => {
  for (const { first, last, lastValue, point } of points) {
    const known = site.coldExtents.get(point)
    const extent = { first, last, lastValue }
    site.coldExtents.set(point, known === undefined ? extent : joinExtents(known, extent))
  }
}

/** Removes what was compacted; answers how many series that were. */
const evictDay = (site: SiteState, day: Day): number => {
  const hot = site.days.get(day)
  if (hot === undefined) return 0
  const removed = hot.chunks.size
  hot.chunks = new Map()
  hot.epoch = hot.generation = ++site.clock
  if (hot.tail.size === 0) site.days.delete(day)
  return removed
}

const correct = (site: SiteState, { fencesSync, series }: Corrections): void => {
  if (fencesSync) {
    site.sequence++
    site.step = 0
  }
  if (series.length === 0) return
  site.clock++
  appendSeries(site, series)
}

/** Generations only rise, and days do not go: no two states of a catalog have one sum. */
const versionOf = ({ catalog }: SiteState): string =>
  `${catalog.size}:${[...catalog.values()].reduce((sum, { generation }) => sum + generation, 0)}`

const isOn = (day: Day, at: number): boolean => contains(windowOfDay(day), at)

export const catalogOf = (state: HotState) =>
  Catalog.of({
    refusals: Effect.sync(() =>
      [...state.refusals.values()].sort((a, b) => comparePoints(a.key, b.key))
    ),
    noteRefusal: (refusal) => Effect.sync(() => state.refusals.set(refusal.key, refusal)),
    forgetRefusals: (keys) =>
      Effect.sync(() => {
        for (const key of keys) state.refusals.delete(key)
      }),

    list: (name, window) => Effect.sync(() => listCatalog(state.look(name), window)),

    find: (name, objects) =>
      Effect.sync(() => {
        const { catalog } = state.look(name)
        const entries = objects.map((object): CatalogEntry => {
          const row = catalog.get(object.day)
          return { ...object, index: row?.etag === object.etag ? row.index : null }
        })
        return { entries, cost: objects.length }
      }),

    ends: (name, day) =>
      Effect.sync(() => {
        const site = state.look(name)
        const known = Array.from(site.coldExtents, ([point, extent]): PointExtent => ({ point, ...extent }))
        return {
          version: versionOf(site),
          extents: known.filter(({ first, last }) => isOn(day, first) || isOn(day, last))
        }
      }),

    publish: (entry, points, evict, corrections, narrowing) =>
      Effect.suspend(() => {
        const site = state.open(entry.site)
        const stale = (detail: string) =>
          Effect.fail(new StalePartition({ site: entry.site, day: entry.day, detail }))
        const current = site.catalog.get(entry.day)
        const isRepeated = current?.generation === entry.generation && current.etag === entry.etag
        const isUnchanged = corrections === undefined ||
          (site.days.get(entry.day)?.generation ?? 0) === corrections.generation
        const guardHolds = isUnchanged &&
          (evict === null || (site.days.get(evict.day)?.epoch ?? 0) === evict.epoch)
        const changesGuarded = evict !== null || (corrections?.series ?? []).length > 0
        if (isRepeated && !guardHolds && changesGuarded) return Effect.succeed({ cost: 0 })
        if (!isRepeated && (current?.generation ?? 0) >= entry.generation) {
          return stale(`the catalog is at generation ${current?.generation}, not below ${entry.generation}`)
        }
        if (!guardHolds) return stale("it was appended to, compacted or evicted")
        if (narrowing !== undefined && narrowing.version !== versionOf(site)) return stale("another day was published")
        if (!isRepeated) site.catalog.set(entry.day, entry)
        state.register(site, points.map(({ point }) => point))
        for (const point of narrowing?.points ?? []) site.coldExtents.delete(point)
        widenExtents(site, [...narrowing?.extents ?? [], ...points])
        const removed = evict === null ? 0 : evictDay(site, evict.day)
        if (corrections !== undefined) correct(site, corrections)
        return Effect.succeed({ cost: removed + (isRepeated ? 0 : 1) })
      })
  })
