/**
 * `Directory` in memory.
 */
import { Effect } from "effect"
import { comparePoints } from "../../domain/samples/names.ts"
import { type Columns, countSamples } from "../../domain/samples/series.ts"
import { Directory, type SiteReach, type Stored } from "../../ports/Directory.ts"
import { SAMPLE_BYTES } from "./hot-days.ts"
import { type HotState, type SiteState, tailOf } from "./hot-state.ts"

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, n) => total + n, 0)

const storedOf = (days: ReadonlyArray<ReadonlyArray<Columns>>): Stored => ({
  records: sum(days.map((columns) => columns.length)),
  bytes: sum(days.map((columns) => countSamples(columns) * SAMPLE_BYTES))
})

const reachOf = (name: string, { catalog, days }: SiteState): SiteReach => {
  const hot = [...days.keys()].sort((a, b) => a - b)
  const cold = [...catalog.values()].sort((a, b) => a.day - b.day)
  return {
    site: name,
    hotDays: hot.length,
    oldestHotDay: hot[0] ?? null,
    newestHotDay: hot.at(-1) ?? null,
    pendingBytes: storedOf([...days.values()].map(tailOf)).bytes,
    archivedThrough: cold.findLast(({ day }) => day < (hot[0] ?? Infinity))?.day ?? null,
    newestArchivedSample: cold.at(-1)?.lastTimestamp ?? null
  }
}

export const directoryOf = (state: HotState) =>
  Directory.of({
    sites: Effect.sync(() =>
      [...state.names].filter((name) => {
        const { catalog, points } = state.look(name)
        return points.size > 0 || catalog.size > 0
      }).sort(comparePoints)
    ),

    points: (name, search) =>
      Effect.sync(() => {
        const wanted = search.toLowerCase()
        return [...state.look(name).points.values()].filter((point) => point.name.toLowerCase().includes(wanted))
          .sort((a, b) => comparePoints(a.name, b.name))
      }),

    reach: Effect.sync(() => ({
      bytes: null,
      sites: [...state.names].sort(comparePoints).map((name) => reachOf(name, state.look(name)))
    })),

    stats: (name) =>
      Effect.sync(() => {
        const site = state.look(name)
        const days = [...site.days.values()]
        const cold = [...site.catalog.values()]
        const hotDays = [...site.days.keys()].sort((a, b) => a - b)
        return {
          points: site.points.size,
          hot: {
            days: days.length,
            oldest: hotDays[0] ?? null,
            newest: hotDays.at(-1) ?? null,
            compacted: storedOf(days.map((day) => [...day.chunks.values()])),
            pending: storedOf(days.map(tailOf))
          },
          cold: {
            days: cold.length,
            samples: sum(cold.map((entry) => entry.rows)),
            bytes: sum(cold.map((entry) => entry.size))
          }
        }
      })
  })
