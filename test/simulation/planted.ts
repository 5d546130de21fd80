/**
 * Faults planted into the programs or under them. Each must make the histories fail; `planted.test.ts` sees to it.
 */
import { Clock, Effect, Option } from "effect"
import { HOUR_MS } from "../../src/domain/time/calendar.ts"
import { planArchive, boundaryOf } from "../../src/domain/tiers/boundary.ts"
import { mergeSorted } from "../../src/apps/publish.ts"
import { joinAllExtents, type PointExtent, pointExtents } from "../../src/domain/samples/extent.ts"
import { type Window, windowOfDay } from "../../src/domain/time/window.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
import { hotStore } from "../hot-store.ts"
import { JobState } from "../../src/ports/JobState.ts"
import { boundaryByClock, coldBeforeHot } from "./planted-queries.ts"
import { type Plant, realPrograms } from "./programs.ts"
import type { Weather } from "./weather.ts"

/** Everybody works at one day, nothing fails, and whoever has made the fragile call waits for the others. */
const rivalry = (fragile: RegExp): Partial<Weather> => ({
  failure: 0,
  crash: 0,
  corruption: 0,
  crowded: true,
  starts: 0.4,
  leaps: 0.002,
  order: "ranked",
  demotion: { anywhere: 0.01, fragile }
})

const EVER: Window = { start: -8e15, end: 8e15 }

/** Archival that empties the hot tier first and stores the object afterwards. */
const evictFirst = Effect.fnUntraced(function*(site: string, hotDays: number, maxDays: number) {
  const hot = yield* hotStore
  const cold = yield* ColdStore
  const days = (yield* hot.days.list(site)).map(({ day }) => day)
  for (const day of planArchive(days, boundaryOf(yield* Clock.currentTimeMillis, hotDays), maxDays).due) {
    yield* hot.days.compact(site, day)
    const scan = yield* hot.days.scan(site, day)
    const live = yield* cold.head(site, day)
    const generation = Option.match(live, {
      onNone: () => 1,
      onSome: (object) => (object.kind === "own" ? object.generation : 0) + 1
    })
    const built = yield* cold.build(
      { site, day, source: "archival", writtenBy: "planted", generation },
      Option.match(live, {
        onNone: () => scan.series,
        onSome: (object) => mergeSorted(cold.scan(object, null), scan.series)
      })
    )
    const { bytes: _, pointNames, ...entry } = built
    const extents = pointNames.map((point) => ({
      point,
      first: entry.firstTimestamp,
      last: entry.lastTimestamp,
      lastValue: 0
    }))
    yield* hot.catalog.publish({ ...entry, etag: "not put yet" }, extents, scan.guard)
    yield* cold.verify(built)
    yield* cold.put(built, Option.match(live, { onNone: () => null, onSome: (object) => object.etag }))
  }
}, Effect.catchTag(["StalePartition"], () => Effect.void))

export const plants: ReadonlyArray<Plant> = [
  { name: "law 3: cold read before hot", programs: { query: coldBeforeHot } },
  { name: "law 3: eviction before the object is put", programs: { archive: evictFirst } },
  {
    name: "law 3: eviction before the object is verified",
    adapters: (adapters) => ({ ...adapters, cold: { ...adapters.cold, verify: () => Effect.void } })
  },
  {
    // Evicts whatever is compacted now, not what the scan showed.
    name: "law 1: no generation guard at eviction",
    adapters: (adapters) => ({
      ...adapters,
      catalog: {
        ...adapters.catalog,
        publish: (entry, points, evict, corrections) =>
          evict === null
            ? adapters.catalog.publish(entry, points, null, corrections)
            : Effect.flatMap(adapters.days.scan(evict.site, evict.day), ({ guard }) =>
              adapters.catalog.publish(entry, points, guard))
      }
    })
  },
  {
    name: "law 1: no generation guard at the catalog row",
    weather: {
      ...rivalry(/^hears cold\.put /),
      mix: { sync: 0, archival: 4, derive: 0, query: 0, feed: 1, backfill: 8 }
    },
    adapters: (adapters) => ({
      ...adapters,
      catalog: {
        ...adapters.catalog,
        publish: (entry, points, evict, corrections) =>
          Effect.flatMap(
            adapters.catalog.list(entry.site, windowOfDay(entry.day)),
            ([row]) =>
              adapters.catalog.publish(
                { ...entry, generation: Math.max(entry.generation, (row?.generation ?? 0) + 1) },
                points,
                evict,
                corrections
              )
          )
      }
    })
  },
  {
    name: "law 8: watermark moved over an empty window",
    programs: {
      sync: Effect.fnUntraced(function*(site: string, overlapMs: number) {
        const now = yield* Clock.currentTimeMillis
        yield* realPrograms.sync(site, overlapMs)
        yield* (yield* JobState).advanceWatermark({ kind: "synced", site }, now)
      })
    }
  },
  {
    name: "law 8: a gap counts as read from six hours before the slice that was read of it",
    adapters: (adapters) => ({
      ...adapters,
      jobs: {
        ...adapters.jobs,
        saveRereading: (site, state) => {
          const ahead = (state.ahead ?? []).map(({ end, start }) => ({ start: start - 6 * HOUR_MS, end }))
          return adapters.jobs.saveRereading(site, { ...state, ahead })
        }
      }
    })
  },
  { name: "law 1: no overlap with what was synced before", programs: { sync: (site) => realPrograms.sync(site, 0) } },
  { name: "law 6: boundary decided by the clock alone", programs: { query: boundaryByClock } },
  {
    name: "law 5: no fence against older runs",
    adapters: (adapters) => {
      const newest = new Map<string, number>()
      return {
        ...adapters,
        intake: {
          ...adapters.intake,
          takeFence: (site) =>
            Effect.tap(
              adapters.intake.takeFence(site),
              ({ sequence }) => Effect.sync(() => newest.set(site, sequence))
            ),
          append: (run, step, series) =>
            Effect.catchTag(adapters.intake.append(run, step, series), "StaleFence", ({ newest: sequence, site }) =>
              adapters.intake.append({ site, sequence }, step, series))
        }
      }
    }
  },
  {
    name: "law 1: a put that overwrites whatever is there",
    adapters: (adapters) => ({
      ...adapters,
      cold: {
        ...adapters.cold,
        put: (built) =>
          Effect.flatMap(adapters.cold.head(built.site, built.day), (live) =>
            adapters.cold.put(built, Option.match(live, { onNone: () => null, onSome: ({ etag }) => etag })))
      }
    })
  },
  {
    name: "law 2: extents of the hot tier alone",
    adapters: (adapters) => ({
      ...adapters,
      reads: {
        ...adapters.reads,
        extents: (site, points) =>
          Effect.map(
            Effect.catchTag(adapters.reads.snapshot(site, points, EVER), "SnapshotTooLarge", Effect.die),
            ({ hot, known }) => ({ known, extents: hot.flatMap(pointExtents) })
          )
      }
    })
  },
  {
    name: "law 2: a publication that replaces the extents of its points",
    adapters: (adapters) => {
      const cold = new Map<string, PointExtent>()
      return {
        ...adapters,
        catalog: {
          ...adapters.catalog,
          publish: (entry, points, evict) =>
            Effect.tap(adapters.catalog.publish(entry, points, evict), () =>
              Effect.sync(() => {
                for (const one of points) cold.set(`${entry.site} ${one.point}`, one)
              }))
        },
        reads: {
          ...adapters.reads,
          extents: (site, points) =>
            Effect.map(
              Effect.catchTag(adapters.reads.snapshot(site, points, EVER), "SnapshotTooLarge", Effect.die),
              ({ hot, known }) => ({
                known,
                extents: known.flatMap((point) => {
                  const live = hot.filter((one) => one.point === point).flatMap(pointExtents)
                  const ranked = [cold.get(`${site} ${point}`), ...live]
                  const joined = joinAllExtents(ranked.filter((extent) => extent !== undefined))
                  return joined === undefined ? [] : [{ ...joined, point }]
                })
              })
            )
        }
      }
    }
  },
  {
    // A month made from an older version of a day answers for the present one.
    name: "law 2: no generation check at derived months",
    adapters: (adapters) => ({
      ...adapters,
      derived: {
        ...adapters.derived,
        months: (site, window, points) =>
          Effect.gen(function*() {
            const present = new Map(
              (yield* Effect.orDie(adapters.catalog.list(site, window))).map((row) => [row.day, row.generation])
            )
            const months = yield* adapters.derived.months(site, window, points)
            return months.map((month) => ({
              ...month,
              days: month.days.map(({ day, generation }) => ({ day, generation: present.get(day) ?? generation }))
            }))
          })
      }
    })
  },
  {
    name: "precedence: a backfill that corrects nothing in the hot tier",
    adapters: (adapters) => ({
      ...adapters,
      catalog: {
        ...adapters.catalog,
        publish: (entry, points, evict) => adapters.catalog.publish(entry, points, evict)
      }
    })
  },
  {
    name: "precedence: a correction of a hot day that has changed since",
    weather: {
      ...rivalry(/^hears source\.pages\.pull /),
      corrections: 0.3,
      mix: { sync: 0, archival: 0, derive: 0, query: 0, feed: 4, backfill: 8 }
    },
    adapters: (adapters) => ({
      ...adapters,
      catalog: {
        ...adapters.catalog,
        publish: (entry, points, evict, corrections) =>
          Effect.flatMap(adapters.days.list(entry.site), (days) => {
            const generation = days.find(({ day }) => day === entry.day)?.generation ?? 0
            const present = corrections === undefined ? undefined : { ...corrections, generation }
            return adapters.catalog.publish(entry, points, evict, present)
          })
      }
    })
  }
]
