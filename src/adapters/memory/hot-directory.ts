/**
 * `Directory` in memory.
 */
import { Effect } from "effect"
import { comparePoints } from "../../domain/samples/names.ts"
import { countSamples } from "../../domain/samples/series.ts"
import { Directory } from "../../ports/Directory.ts"
import { SAMPLE_BYTES } from "./hot-days.ts"
import { type HotState, tailOf } from "./hot-state.ts"

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, n) => total + n, 0)

export const directoryOf = (state: HotState) =>
  Directory.of({
    sites: Effect.sync(() => [...state.names].sort(comparePoints)),

    points: (name, search) =>
      Effect.sync(() => {
        const wanted = search.toLowerCase()
        return [...state.look(name).points.values()].filter((point) => point.name.toLowerCase().includes(wanted))
          .sort((a, b) => comparePoints(a.name, b.name))
      }),

    stats: (name) =>
      Effect.sync(() => {
        const site = state.look(name)
        const days = [...site.days.values()]
        const cold = [...site.catalog.values()]
        const hotDays = [...site.days.keys()].sort((a, b) => a - b)
        return {
          points: site.points.size,
          hotDays: days.length,
          chunks: sum(days.map((day) => day.chunks.size)),
          chunkBytes: sum(days.map((day) => countSamples([...day.chunks.values()]) * SAMPLE_BYTES)),
          tailRows: sum(days.map((day) => day.tail.size)),
          tailBytes: sum(days.map((day) => countSamples(tailOf(day)) * SAMPLE_BYTES)),
          oldestDay: hotDays[0] ?? null,
          newestDay: hotDays.at(-1) ?? null,
          coldDays: cold.length,
          coldRows: sum(cold.map((entry) => entry.rows)),
          coldBytes: sum(cold.map((entry) => entry.size))
        }
      })
  })
