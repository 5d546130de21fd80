/**
 * `HotStore` in memory: the laws of the port in their plainest form. Tests and the simulation run the programs on it.
 */
import { Effect, Layer, Stream } from "effect"
import { DAY_MS, type Day, dayOf, dayStart } from "../../domain/time/calendar.ts"
import type { CatalogEntry, ColdObject } from "../../domain/tiers/catalog.ts"
import { type Extent, extentOf, joinAllExtents, joinExtents, type PointExtent } from "../../domain/samples/extent.ts"
import { mergeAll } from "../../domain/samples/merge.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import { type Columns, countSamples, cutColumns, emptyColumns, type Series, sliceColumns } from "../../domain/samples/series.ts"
import { daysOf, isEmpty, type Window } from "../../domain/time/window.ts"
import { HotStore, HotStoreError, type PointInfo, SnapshotTooLarge, StalePartition, StaleFence } from "../../ports/HotStore.ts"
import type { SourcePoint } from "../../ports/SampleSource.ts"

/** Series a piece of a scan holds; each piece checks the guard anew. */
const SCAN_PIECE = 64
/** What a sample counts for in `tailBytes`. */
const SAMPLE_BYTES = 16

interface HotDayState {
  generation: number
  epoch: number
  readonly tail: Map<string, Array<Columns>>
  chunks: Map<string, Columns>
}

interface SiteState {
  sequence: number
  step: number
  /** Stamps generations and epochs, so that neither ever comes back, not even after a day was evicted. */
  clock: number
  readonly points: Map<string, PointInfo>
  readonly days: Map<Day, HotDayState>
  readonly catalog: Map<Day, CatalogEntry>
  /** Of all that was published. */
  readonly coldExtents: Map<string, Extent>
}

interface Appended {
  readonly samples: number
  readonly rowsWritten: number
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

const columnsOf = (day: HotDayState, point: string): Columns =>
  mergeAll([day.chunks.get(point) ?? emptyColumns, ...day.tail.get(point) ?? []])

const tailOf = (day: HotDayState): ReadonlyArray<Columns> => [...day.tail.values()].flat()

const tailSince = (day: HotDayState): number | null => {
  const tail = tailOf(day)
  return tail.length === 0 ? null : Math.min(...tail.map((columns) => columns.timestamps[0] as number))
}

/** The hot samples of a point inside the window, over all days. */
const readPoint = (state: SiteState, point: string, window: Window): Columns =>
  mergeAll(
    [...state.days].filter(([day]) => dayStart(day) < window.end && dayStart(day) + DAY_MS > window.start)
      .sort(([a], [b]) => a - b)
      .map(([, day]) => sliceColumns(columnsOf(day, point), window))
  )

const readPoints = (state: SiteState, points: Iterable<string>, window: Window): ReadonlyArray<Series> =>
  [...points].map((point) => ({ point, ...readPoint(state, point, window) }))
    .filter((series) => series.timestamps.length > 0)

/** Cold below hot; days of one tier do not meet. */
const extentOfPoint = (state: SiteState, point: string): ReadonlyArray<PointExtent> => {
  const cold = state.coldExtents.get(point)
  const hot = [...state.days.values()].map((day) => columnsOf(day, point)).filter(({ timestamps }) => timestamps.length > 0)
  const joined = joinAllExtents([...cold === undefined ? [] : [cold], ...hot.map(extentOf)])
  return joined === undefined ? [] : [{ point, ...joined }]
}

const catalogOf = (state: SiteState, window: Window): ReadonlyArray<ColdObject> =>
  isEmpty(window) ? [] : [...state.catalog.values()]
    .filter(({ day }) => day >= dayOf(window.start) && day <= dayOf(window.end - 1))
    .sort((a, b) => a.day - b.day)
    .map(({ index: _, ...object }) => object)

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, n) => total + n, 0)

export const layer: Layer.Layer<HotStore> = Layer.sync(HotStore, () => {
  const states = new Map<string, SiteState>()
  let lastId = 0

  const site = (name: string): SiteState => {
    const known = states.get(name)
    if (known !== undefined) return known
    const fresh = emptySite()
    states.set(name, fresh)
    return fresh
  }

  // A question about a site that nobody wrote to must not make it exist.
  const look = (name: string): SiteState => states.get(name) ?? emptySite()

  const describe = (state: SiteState, point: SourcePoint) => {
    state.points.set(point.name, { ...point, id: state.points.get(point.name)?.id ?? ++lastId })
  }

  const nameOnly = (state: SiteState, names: Iterable<string>) => {
    for (const name of names) if (!state.points.has(name)) describe(state, undescribed(name))
  }

  const hotDay = (state: SiteState, day: Day): HotDayState => {
    const known = state.days.get(day)
    if (known !== undefined) return known
    const fresh: HotDayState = { generation: 0, epoch: state.clock, tail: new Map(), chunks: new Map() }
    state.days.set(day, fresh)
    return fresh
  }

  const takeStep = (state: SiteState, step: number, series: ReadonlyArray<Series>): number => {
    state.step = step
    state.clock++
    nameOnly(state, series.map((one) => one.point))
    for (const one of series) {
      for (const { columns, index } of cutColumns(one, DAY_MS)) {
        const day = hotDay(state, index)
        day.generation = state.clock
        const tail = day.tail.get(one.point) ?? []
        // Copies: a caller may reuse its arrays, a store may not change afterwards.
        tail.push({ timestamps: columns.timestamps.slice(), values: columns.values.slice() })
        day.tail.set(one.point, tail)
      }
    }
    return countSamples(series)
  }

  const evictDay = (state: SiteState, day: Day): number => {
    const hot = state.days.get(day)
    if (hot === undefined) return 0
    const removed = hot.chunks.size
    hot.chunks = new Map()
    hot.epoch = hot.generation = ++state.clock
    if (hot.tail.size === 0) state.days.delete(day)
    return removed
  }

  return HotStore.of({
    ready: Effect.void,
    sites: Effect.sync(() => [...states.keys()].sort(comparePoints)),

    takeFence: (name) =>
      Effect.sync(() => {
        const state = site(name)
        state.sequence++
        state.step = 0
        return { site: name, sequence: state.sequence }
      }),

    append: (run, step, series) =>
      Effect.suspend((): Effect.Effect<Appended, HotStoreError | StaleFence> => {
        const state = site(run.site)
        if (run.sequence !== state.sequence) {
          return Effect.fail(new StaleFence({ site: run.site, sequence: run.sequence, newest: state.sequence }))
        }
        if (step <= state.step) return Effect.succeed({ samples: 0, rowsWritten: 0 })
        if (step !== state.step + 1) {
          return Effect.fail(
            new HotStoreError({
              operation: "append",
              subject: `site ${run.site} step ${step}`,
              cause: new Error(`the step after ${state.step} is ${state.step + 1}`)
            })
          )
        }
        const filled = series.filter((one) => one.timestamps.length > 0)
        return Effect.succeed({ samples: takeStep(state, step, filled), rowsWritten: filled.length })
      }),

    registerPoints: (name, points) =>
      Effect.sync(() => {
        const state = site(name)
        for (const point of points) describe(state, point)
      }),

    points: (name, search) =>
      Effect.sync(() => {
        const wanted = search.toLowerCase()
        return [...look(name).points.values()].filter((point) => point.name.toLowerCase().includes(wanted))
          .sort((a, b) => comparePoints(a.name, b.name))
      }),

    snapshot: (name, points, window, most = Infinity) =>
      Effect.suspend(() => {
        const state = look(name)
        const known = [...new Set(points)].filter((point) => state.points.has(point))
        const hot = readPoints(state, known, window)
        const partitions = catalogOf(state, window)
        const samples = countSamples(hot)
        return samples > most
          ? Effect.fail(new SnapshotTooLarge({ site: name, samples }))
          : Effect.succeed({ known, hot, partitions, rowsRead: known.length + hot.length + partitions.length })
      }),

    extents: (name, points) =>
      Effect.sync(() => {
        const state = look(name)
        const known = [...new Set(points)].filter((point) => state.points.has(point))
        return { known, extents: known.flatMap((point) => extentOfPoint(state, point)) }
      }),

    version: (name, window) =>
      Effect.sync(() => {
        const state = look(name)
        const touched = new Set(daysOf(window))
        const days = [...state.days].filter(([day]) => touched.has(day)).sort(([a], [b]) => a - b)
        return JSON.stringify([
          state.points.size,
          days.map(([day, { generation }]) => [day, generation]),
          catalogOf(state, window).map(({ day, generation }) => [day, generation])
        ])
      }),

    recent: (name, window) =>
      Effect.sync(() => {
        const state = look(name)
        return readPoints(state, [...state.points.keys()].sort(comparePoints), window)
      }),

    hotDays: (name) =>
      Effect.sync(() =>
        [...look(name).days].sort(([a], [b]) => a - b).map(([day, state]) => ({
          day,
          generation: state.generation,
          tailBytes: countSamples(tailOf(state)) * SAMPLE_BYTES,
          tailSince: tailSince(state),
          samples: countSamples([...state.chunks.values(), ...tailOf(state)])
        }))
      ),

    compact: (name, day) =>
      Effect.sync(() => {
        const state = look(name)
        const hot = state.days.get(day)
        if (hot === undefined || hot.tail.size === 0) return { samples: 0, rowsWritten: 0, retries: 0 }
        const samples = countSamples(tailOf(hot))
        const rowsWritten = hot.tail.size
        for (const point of hot.tail.keys()) hot.chunks.set(point, columnsOf(hot, point))
        hot.tail.clear()
        hot.epoch = ++state.clock
        return { samples, rowsWritten, retries: 0 }
      }),

    scanDay: (name, day) =>
      Effect.sync(() => {
        const hot = look(name).days.get(day)
        const epoch = hot?.epoch ?? 0
        const names = [...hot?.chunks.keys() ?? []].sort(comparePoints)
        const pieces = Array.from(
          { length: Math.ceil(names.length / SCAN_PIECE) },
          (_, i) => names.slice(i * SCAN_PIECE, (i + 1) * SCAN_PIECE)
        )
        const series = Stream.fromIterable(pieces).pipe(
          Stream.mapEffect((piece) =>
            Effect.suspend(() => {
              const now = look(name).days.get(day)
              if ((now?.epoch ?? 0) !== epoch || now === undefined) {
                return Effect.fail(new StalePartition({ site: name, day, detail: "it was compacted or evicted" }))
              }
              return Effect.succeed(piece.map((point) => ({ point, ...now.chunks.get(point) ?? emptyColumns })))
            })
          ),
          Stream.flatMap((piece) => Stream.fromIterable(piece))
        )
        return { guard: { site: name, day, epoch }, series }
      }),

    catalog: (name, window) => Effect.sync(() => catalogOf(look(name), window)),

    indexes: (name, objects) =>
      Effect.sync(() => {
        const { catalog } = look(name)
        const indexes = new Map(objects.flatMap(({ day, etag }) => {
          const entry = catalog.get(day)
          return entry?.etag === etag && entry.index !== null ? [[day, entry.index] as const] : []
        }))
        return { indexes, rowsRead: objects.length }
      }),

    publish: (entry, points, evict) =>
      Effect.suspend(() => {
        const state = site(entry.site)
        const stale = (detail: string) =>
          Effect.fail(new StalePartition({ site: entry.site, day: entry.day, detail }))
        const current = state.catalog.get(entry.day)
        const repeated = current !== undefined && current.generation === entry.generation &&
          current.etag === entry.etag
        const guardHolds = evict === null || (state.days.get(evict.day)?.epoch ?? 0) === evict.epoch
        if (repeated && !guardHolds) return Effect.succeed({ rowsWritten: 0 })
        if (!repeated && (current?.generation ?? 0) >= entry.generation) {
          return stale(`the catalog is at generation ${current?.generation}, not below ${entry.generation}`)
        }
        if (!guardHolds) return stale("it was compacted or evicted")
        if (!repeated) state.catalog.set(entry.day, entry)
        nameOnly(state, points.map(({ point }) => point))
        for (const { first, last, lastValue, point } of points) {
          const known = state.coldExtents.get(point)
          const extent = { first, last, lastValue }
          state.coldExtents.set(point, known === undefined ? extent : joinExtents(known, extent))
        }
        const removed = evict === null ? 0 : evictDay(state, evict.day)
        return Effect.succeed({ rowsWritten: removed + (repeated ? 0 : 1) })
      }),

    stats: (name) =>
      Effect.sync(() => {
        const state = look(name)
        const days = [...state.days.values()]
        const cold = [...state.catalog.values()]
        const hotDays = [...state.days.keys()].sort((a, b) => a - b)
        return {
          points: state.points.size,
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
})
