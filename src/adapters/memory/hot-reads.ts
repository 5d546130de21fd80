/**
 * `Reads` in memory.
 */
import { Effect } from "effect"
import { extentOf, joinAllExtents, type PointExtent } from "../../domain/samples/extent.ts"
import { countSamples } from "../../domain/samples/series.ts"
import { daysOf } from "../../domain/time/window.ts"
import { Reads, SnapshotTooLarge } from "../../ports/Reads.ts"
import { columnsOf, type HotState, listCatalog, readPoints, type SiteState } from "./hot-state.ts"

/** Hot beats cold; within a tier no two days have an instant in common. */
const extentOfPoint = (site: SiteState, point: string): ReadonlyArray<PointExtent> => {
  const cold = site.coldExtents.get(point)
  const hot = [...site.days.values()].map((day) => columnsOf(day, point)).filter(({ timestamps }) =>
    timestamps.length > 0
  )
  const joined = joinAllExtents([...cold === undefined ? [] : [cold], ...hot.map(extentOf)])
  return joined === undefined ? [] : [{ point, ...joined }]
}

const knownOf = (site: SiteState, points: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(points)].filter((point) => site.points.has(point))

export const readsOf = (state: HotState) =>
  Reads.of({
    snapshot: (name, points, window, most = Infinity) =>
      Effect.suspend(() => {
        const site = state.look(name)
        const known = knownOf(site, points)
        const hot = readPoints(site, known, window)
        const partitions = listCatalog(site, window)
        const samples = countSamples(hot)
        return samples > most
          ? Effect.fail(new SnapshotTooLarge({ site: name, samples }))
          : Effect.succeed({ known, hot, partitions, cost: known.length + hot.length + partitions.length })
      }),

    extents: (name, points) =>
      Effect.sync(() => {
        const site = state.look(name)
        const known = knownOf(site, points)
        return { known, extents: known.flatMap((point) => extentOfPoint(site, point)) }
      }),

    version: (name, window) =>
      Effect.sync(() => {
        const site = state.look(name)
        const touched = new Set(daysOf(window))
        const days = [...site.days].filter(([day]) => touched.has(day)).sort(([a], [b]) => a - b)
        return JSON.stringify([
          site.points.size,
          days.map(([day, { generation }]) => [day, generation]),
          listCatalog(site, window).map(({ day, generation }) => [day, generation])
        ])
      })
  })
