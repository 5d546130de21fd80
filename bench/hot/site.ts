/** The site of the hot benchmark: its databases, its days, and how they are stored. */
import { Effect } from "effect"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import { COMPACT_OPEN_AFTER_MS } from "../../src/domain/jobs/sync-plan.ts"
import type { PointExtent } from "../../src/domain/samples/extent.ts"
import { type Series, sliceColumns } from "../../src/domain/samples/series.ts"
import { partitionKey } from "../../src/domain/tiers/partition.ts"
import { dayFromDate, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import type { Window } from "../../src/domain/time/window.ts"
import type { EvictionGuard } from "../../src/ports/HotDays.ts"
import type { HotStore } from "../../src/ports/HotStore.ts"
import { hotStore } from "../../test/hot-store.ts"
import { type Mix, mixA, mixB } from "../mixes.ts"
import type { RowSeries } from "./rows.ts"

export interface Env {
  readonly A: D1Database
  readonly B: D1Database
  readonly DAY: D1Database
  readonly ROWS: D1Database
}

export const SITE = "acme"
export const FIRST_DAY = dayFromDate(2026, 11, 2)
export const SYNC_MS = 5 * MINUTE_MS
/** The overlap of a sync: 5 repeated samples besides the 5 new ones. */
export const OVERLAP_MS = 5 * MINUTE_MS
export const COMPACTION_MS = COMPACT_OPEN_AFTER_MS

export const mixOf = (name: string, points: number): Mix => (name === "A" ? mixA : mixB)({ seed: 1, points })

export const dayOfMix = (mix: Mix, day: number): ReadonlyArray<RowSeries> =>
  mix.names.map((point, id) => ({ point, id, ...mix.day(day, id) }))

export const within = <S extends Series>(series: ReadonlyArray<S>, window: Window): ReadonlyArray<S> =>
  series.map((one) => ({ ...one, ...sliceColumns(one, window) })).filter((one) => one.timestamps.length > 0)

export const windowsOf = (window: Window, step: number): ReadonlyArray<Window> =>
  Array.from({ length: (window.end - window.start) / step }, (_, i) => ({
    start: window.start + i * step,
    end: window.start + (i + 1) * step
  }))

export const run = <A, E>(
  db: Parameters<typeof HotStoreD1.layer>[0],
  program: Effect.Effect<A, E, HotStore>
): Promise<A> =>
  Effect.runPromise(Effect.provide(program, HotStoreD1.layer(db)))

export const described = ({ point: name }: Series) => ({
  name,
  unit: null,
  device: null,
  description: null,
  intervalSeconds: 60,
  tags: [],
  collected: true
})

export const publish = (day: number, guard: EvictionGuard, points: ReadonlyArray<PointExtent>) =>
  Effect.flatMap(hotStore, (hot) =>
    hot.catalog.publish(
      {
        kind: "own",
        site: SITE,
        day,
        key: partitionKey({ site: SITE, day }),
        etag: "etag",
        size: 1,
        generation: 1,
        rows: 1,
        points: points.length,
        firstTimestamp: 0,
        lastTimestamp: 0,
        checksum: "0".repeat(16),
        source: "archival",
        writtenBy: "bench",
        index: null
      },
      points,
      guard
    ))
