/**
 * `HotDays` in memory.
 */
import { Effect, Stream } from "effect"
import { comparePoints } from "../../domain/samples/names.ts"
import { countSamples, emptyColumns } from "../../domain/samples/series.ts"
import { HotDays, StalePartition } from "../../ports/HotDays.ts"
import { columnsOf, type HotDayState, type HotState, tailOf } from "./hot-state.ts"

/** Series that a scan reads at a time; the guard is checked before each read. */
const SCAN_SERIES = 64

/** Bytes of a stored sample. */
export const SAMPLE_BYTES = 16

const pendingSince = (day: HotDayState): number | null => {
  const tail = tailOf(day)
  return tail.length === 0 ? null : Math.min(...tail.map((columns) => columns.timestamps[0] as number))
}

export const hotDaysOf = (state: HotState) =>
  HotDays.of({
    list: (name) =>
      Effect.sync(() =>
        [...state.look(name).days].sort(([a], [b]) => a - b).map(([day, hot]) => ({
          day,
          generation: hot.generation,
          pendingBytes: countSamples(tailOf(hot)) * SAMPLE_BYTES,
          pendingSince: pendingSince(hot),
          samples: countSamples([...hot.chunks.values(), ...tailOf(hot)])
        }))
      ),

    compact: (name, day) =>
      Effect.sync(() => {
        const site = state.look(name)
        const hot = site.days.get(day)
        if (hot === undefined || hot.tail.size === 0) return { samples: 0, cost: 0, retries: 0 }
        const samples = countSamples(tailOf(hot))
        const cost = hot.tail.size
        for (const point of hot.tail.keys()) hot.chunks.set(point, columnsOf(hot, point))
        hot.tail.clear()
        hot.epoch = ++site.clock
        return { samples, cost, retries: 0 }
      }),

    scan: (name, day) =>
      Effect.sync(() => {
        const hot = state.look(name).days.get(day)
        const epoch = hot?.epoch ?? 0
        const names = [...hot?.chunks.keys() ?? []].sort(comparePoints)
        const groups = Array.from(
          { length: Math.ceil(names.length / SCAN_SERIES) },
          (_, i) => names.slice(i * SCAN_SERIES, (i + 1) * SCAN_SERIES)
        )
        const series = Stream.fromIterable(groups).pipe(
          Stream.mapEffect((group) =>
            Effect.suspend(() => {
              const now = state.look(name).days.get(day)
              if (now === undefined || now.epoch !== epoch) {
                return Effect.fail(new StalePartition({ site: name, day, detail: "it was compacted or evicted" }))
              }
              return Effect.succeed(group.map((point) => ({ point, ...now.chunks.get(point) ?? emptyColumns })))
            })
          ),
          Stream.flattenIterable
        )
        return { guard: { site: name, day, epoch }, series }
      })
  })
