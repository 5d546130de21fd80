/**
 * What is known of points after a day was replaced by an object that holds other samples, as only other tools replace
 * one: extents that began or ended in a sample that is gone begin or end where the other days do.
 */
import { Effect } from "effect"
import { type Extent, extentOf, type PointExtent } from "../domain/samples/extent.ts"
import type { ColdObject } from "../domain/tiers/catalog.ts"
import type { Day } from "../domain/time/calendar.ts"
import { contains, type Window, windowOfDay } from "../domain/time/window.ts"
import { Catalog, type Narrowing } from "../ports/Catalog.ts"
import { ColdStore } from "../ports/ColdStore.ts"

/** Of each point the extent on the first of the objects that has it. */
const search = Effect.fnUntraced(function*(objects: ReadonlyArray<ColdObject>, points: ReadonlyArray<string>) {
  const cold = yield* ColdStore
  const catalog = yield* Catalog
  const found = new Map<string, Extent>()
  for (const object of objects) {
    const wanted = points.filter((point) => !found.has(point))
    if (wanted.length === 0) break
    const { entries } = yield* catalog.find(object.site, [object])
    for (const entry of entries) {
      const { series } = yield* cold.read(entry, wanted, windowOfDay(entry.day))
      for (const one of series) found.set(one.point, extentOf(one))
    }
  }
  return found
})

/** Whether a day that holds `found` of a point lacks the first or the last sample that `known` tells of. */
const isLost = (onDay: Window, known: Extent, found: Extent | undefined): boolean =>
  (contains(onDay, known.first) && !(found !== undefined && found.first <= known.first)) ||
  (contains(onDay, known.last) && !(found !== undefined && found.last >= known.last))

/**
 * The narrowing for a publication of a day that holds `present`; undefined if no extent tells of a sample that is gone.
 */
export const narrowingOf = Effect.fnUntraced(function*(site: string, day: Day, present: ReadonlyArray<PointExtent>) {
  const catalog = yield* Catalog
  const onDay = windowOfDay(day)
  const { extents, version } = yield* catalog.ends(site, day)
  const found = new Map<string, Extent>(present.map((extent) => [extent.point, extent]))
  const lost = extents.filter((known) => isLost(onDay, known, found.get(known.point)))
  if (lost.length === 0) return undefined
  const before = lost.filter(({ first, last }) => first < onDay.start && contains(onDay, last))
  const after = lost.filter(({ first, last }) => contains(onDay, first) && last >= onDay.end)
  const start = before.reduce((least, { first }) => Math.min(least, first), onDay.start)
  const end = after.reduce((most, { last }) => Math.max(most, last + 1), onDay.end)
  const earlier = yield* catalog.list(site, { start, end: onDay.start })
  const later = yield* catalog.list(site, { start: onDay.end, end })
  const lasts = yield* search(earlier.toReversed(), before.map(({ point }) => point))
  const firsts = yield* search(later, after.map(({ point }) => point))
  const elsewhere = lost.flatMap(({ point, ...known }): ReadonlyArray<PointExtent> => {
    const last = lasts.get(point)
    const first = firsts.get(point)
    if (last !== undefined) return [{ point, ...last, first: known.first }]
    return first === undefined ? [] : [{ point, ...known, first: first.first }]
  })
  return { version, points: lost.map(({ point }) => point), extents: elsewhere } satisfies Narrowing
})
