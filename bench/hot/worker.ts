/**
 * What `bench/hot.ts` has run inside workerd, beside the databases: the hot store and its rival on the same samples.
 *
 * The clock of workerd stands still between two answers of the outside, so every time is taken after a turn of the timer.
 */
import { Effect, Stream } from "effect"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import { DAY_MS, dayFromDate, dayStart, HOUR_MS, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import { type PointExtent, pointExtents } from "../../src/domain/samples/extent.ts"
import { changedColumns } from "../../src/domain/samples/merge.ts"
import { partitionKey } from "../../src/domain/tiers/partition.ts"
import { countSamples, emptyColumns, type Series, sliceColumns } from "../../src/domain/samples/series.ts"
import { COMPACT_OPEN_AFTER_MS } from "../../src/domain/jobs/sync-plan.ts"
import type { Window } from "../../src/domain/time/window.ts"
import type { EvictionGuard } from "../../src/ports/HotDays.ts"
import type { HotStore } from "../../src/ports/HotStore.ts"
import { hotStore } from "../../test/hot-store.ts"
import { type Mix, mixA, mixB } from "../mixes.ts"
import { createTable, evictRows, readRows, type RowSeries, scanRows, writeRows } from "./rows.ts"

interface Env {
  readonly A: D1Database
  readonly B: D1Database
  readonly DAY: D1Database
  readonly ROWS: D1Database
}

const SITE = "acme"
const FIRST_DAY = dayFromDate(2026, 11, 2)
const SYNC_MS = 5 * MINUTE_MS
/** What a sync asks for again: 5 repeated samples beside the 5 new ones. */
const OVERLAP_MS = 5 * MINUTE_MS
const COMPACTION_MS = COMPACT_OPEN_AFTER_MS

/** Queries between two looks at the clock, which counts whole milliseconds: more of those that take one or two. */
const queriesInARow = ({ end, start }: Window): number => end - start <= HOUR_MS ? 20 : 3

const now = async (): Promise<number> => {
  await scheduler.wait(0)
  return performance.now()
}

const timed = async <A>(run: () => Promise<A>): Promise<{ readonly ms: number; readonly answer: A }> => {
  const start = await now()
  const answer = await run()
  return { ms: (await now()) - start, answer }
}

const median = (times: ReadonlyArray<number>): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? NaN

/** Counts the rows that a database charges for. */
const metered = (db: D1Database) => {
  const rows = { read: 0, written: 0 }
  return {
    rows,
    prepare: (sql: string) => db.prepare(sql),
    batch: async <T>(statements: Array<D1PreparedStatement>) => {
      const results = await db.batch<T>(statements)
      for (const { meta } of results) {
        rows.read += meta.rows_read
        rows.written += meta.rows_written
      }
      return results
    }
  }
}

const mixOf = (name: string, points: number): Mix => (name === "A" ? mixA : mixB)({ seed: 1, points })

const dayOfMix = (mix: Mix, day: number): ReadonlyArray<RowSeries> =>
  mix.names.map((point, id) => ({ point, id, ...mix.day(day, id) }))

const within = <S extends Series>(series: ReadonlyArray<S>, window: Window): ReadonlyArray<S> =>
  series.map((one) => ({ ...one, ...sliceColumns(one, window) })).filter((one) => one.timestamps.length > 0)

const windowsOf = (window: Window, step: number): ReadonlyArray<Window> =>
  Array.from({ length: (window.end - window.start) / step }, (_, i) => ({
    start: window.start + i * step,
    end: window.start + (i + 1) * step
  }))

const run = <A, E>(db: Parameters<typeof HotStoreD1.layer>[0], program: Effect.Effect<A, E, HotStore>): Promise<A> =>
  Effect.runPromise(Effect.provide(program, HotStoreD1.layer(db)))

const described = ({ point: name }: Series) => ({
  name,
  unit: null,
  device: null,
  description: null,
  intervalSeconds: 60,
  tags: [],
  collected: true
})

const publish = (day: number, guard: EvictionGuard, points: ReadonlyArray<PointExtent>) =>
  Effect.flatMap(hotStore, (hot) =>
    hot.catalog.publish(
      {
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

/** Days as they come to be: some hours appended, then compacted. The last hours of the last day stay a tail of syncs. */
const load = async (db: D1Database, name: string, points: number, days: number) => {
  const mix = mixOf(name, points)
  let samples = 0
  await run(db, Effect.gen(function*() {
    const hot = yield* hotStore
    const session = yield* hot.intake.takeFence(SITE)
    let step = 0
    const append = Effect.fnUntraced(function*(series: ReadonlyArray<Series>) {
      for (let from = 0; from < series.length; from += 512) {
        samples += (yield* hot.intake.append(session, ++step, series.slice(from, from + 512))).samples
      }
    })
    for (let day = FIRST_DAY; day < FIRST_DAY + days; day++) {
      const series = dayOfMix(mix, day)
      for (const part of windowsOf({ start: dayStart(day), end: dayStart(day + 1) }, COMPACTION_MS)) {
        const live = part.end === dayStart(FIRST_DAY + days)
        for (const window of windowsOf(part, live ? SYNC_MS : COMPACTION_MS)) yield* append(within(series, window))
        if (!live) yield* hot.days.compact(SITE, day)
      }
    }
  }))
  const { meta } = await db.prepare("SELECT 1").run()
  return { samples, bytes: meta.size_after }
}

/**
 * A day at full scale: 288 syncs, 8 compactions, one archival, and what they cost in rows. The points are there before:
 * they are registered once, not daily.
 */
const liveDay = async (env: Env, points: number) => {
  const series = dayOfMix(mixOf("A", points), FIRST_DAY)
  await run(env.DAY, Effect.flatMap(hotStore, (hot) => hot.intake.registerPoints(SITE, series.map(described))))
  const db = metered(env.DAY)
  const syncs: Array<number> = []
  let samples = 0
  await run(db, Effect.gen(function*() {
    const hot = yield* hotStore
    for (const window of windowsOf({ start: dayStart(FIRST_DAY), end: dayStart(FIRST_DAY + 1) }, SYNC_MS)) {
      const asked = { start: window.start - OVERLAP_MS, end: window.end }
      const page = within(series, asked)
      const start = yield* Effect.promise(now)
      samples += yield* sync(page, asked)
      syncs.push((yield* Effect.promise(now)) - start)
      if ((window.end - dayStart(FIRST_DAY)) % COMPACTION_MS === 0) yield* hot.days.compact(SITE, FIRST_DAY)
    }
    const scan = yield* hot.days.scan(SITE, FIRST_DAY)
    const scanned = yield* Stream.runFold(scan.series, () => 0, (total, one) => total + one.timestamps.length)
    if (scanned !== samples) throw new Error(`scanned ${scanned} of ${samples}`)
    yield* publish(FIRST_DAY, scan.guard, series.flatMap(pointExtents))
  }))
  return { samples, rowsWritten: db.rows.written, rowsRead: db.rows.read, slowestSyncMs: Math.max(...syncs) }
}

/** As the etl Worker does it: what is stored already is not written again. */
const sync = Effect.fnUntraced(function*(page: ReadonlyArray<Series>, asked: Window) {
  const hot = yield* hotStore
  const session = yield* hot.intake.takeFence(SITE)
  const stored = new Map((yield* hot.intake.recent(SITE, asked)).map((one) => [one.point, one]))
  const changed = page.map((one) => ({ point: one.point, ...changedColumns(one, stored.get(one.point) ?? emptyColumns) }))
  return (yield* hot.intake.append(session, 1, changed)).samples
})

/** Two hours of syncs on the next day: the page stored as it comes, and looked back first, beside the rival. */
const syncs = async (env: Env, points: number) => {
  const day = FIRST_DAY + 1
  const series = dayOfMix(mixOf("A", points), day)
  const [plain, careful, rival]: [Array<number>, Array<number>, Array<number>] = [[], [], []]
  await createTable(env.ROWS)
  await run(env.DAY, Effect.gen(function*() {
    const hot = yield* hotStore
    for (const [i, window] of windowsOf({ start: dayStart(day), end: dayStart(day) + 2 * HOUR_MS }, SYNC_MS).entries()) {
      const asked = { start: window.start - OVERLAP_MS, end: window.end }
      const page = within(series, asked)
      const session = yield* hot.intake.takeFence(SITE)
      const start = yield* Effect.promise(now)
      // Every other sync is stored as it comes, so that both kinds meet the same tails.
      if (i % 2 === 0) yield* hot.intake.append(session, 1, page)
      else yield* sync(page, asked)
      const middle = yield* Effect.promise(now)
      yield* Effect.promise(() => writeRows(env.ROWS, page))
      const end = yield* Effect.promise(now)
      ;(i % 2 === 0 ? plain : careful).push(middle - start)
      rival.push(end - middle)
    }
  }))
  await env.ROWS.prepare("DROP TABLE sample").run()
  return { plainMs: median(plain), carefulMs: median(careful), rivalMs: median(rival) }
}

/** Fills the rival: the first day of all points, and every day of those that queries ask for. */
const loadRival = async (env: Env, points: number, days: number, asked: ReadonlyArray<number>) => {
  const mix = mixOf("A", points)
  await createTable(env.ROWS)
  const series = dayOfMix(mix, FIRST_DAY)
  for (let from = 0; from < points; from += 64) await writeRows(env.ROWS, series.slice(from, from + 64))
  for (let day = FIRST_DAY + 1; day < FIRST_DAY + days; day++) {
    await writeRows(env.ROWS, asked.map((id) => ({ point: mix.names[id] ?? "", id, ...mix.day(day, id) })))
  }
  return {}
}

/** Tells whether two answers hold the same instants, whatever the order of adding them up. */
const offsets = (timestamps: Float64Array, { start }: Window): number =>
  timestamps.reduce((total, ms) => total + (ms - start), 0)

const query = async (
  env: Env,
  points: number,
  asked: ReadonlyArray<number>,
  window: Window,
  times: number
) => {
  const names = mixOf("A", points).names
  const [ours, rival]: [Array<number>, Array<number>] = [[], []]
  const inARow = queriesInARow(window)
  let rowsRead = 0
  await run(env.A, Effect.gen(function*() {
    const hot = yield* hotStore
    // The first round is not counted: statements are compiled and pages read.
    for (let i = 0; i <= times; i++) {
      const start = yield* Effect.promise(now)
      let found = yield* hot.reads.snapshot(SITE, asked.map((id) => names[id] ?? ""), window)
      for (let k = 1; k < inARow; k++) found = yield* hot.reads.snapshot(SITE, asked.map((id) => names[id] ?? ""), window)
      const middle = yield* Effect.promise(now)
      let rows = yield* Effect.promise(() => readRows(env.ROWS, asked, window.start, window.end))
      for (let k = 1; k < inARow; k++) {
        rows = yield* Effect.promise(() => readRows(env.ROWS, asked, window.start, window.end))
      }
      const end = yield* Effect.promise(now)
      const same = countSamples(found.hot) === rows.timestamps.length && rows.timestamps.length > 0 &&
        found.hot.reduce((total, one) => total + offsets(one.timestamps, window), 0) === offsets(rows.timestamps, window)
      if (!same) throw new Error(`${countSamples(found.hot)} samples, the rival has ${rows.timestamps.length}`)
      rowsRead = found.rowsRead
      if (i === 0) continue
      ours.push((middle - start) / inARow)
      rival.push((end - middle) / inARow)
    }
  }))
  return { oursMs: median(ours), rivalMs: median(rival), rowsRead }
}

/** Ordered scans of whole days, then their eviction; the rival holds only the first day. */
const scanAndEvict = async (env: Env, points: number) => {
  const [scans, evictions]: [Array<number>, Array<number>] = [[], []]
  let first = 0
  await run(env.A, Effect.gen(function*() {
    const hot = yield* hotStore
    for (const day of [FIRST_DAY + 2, FIRST_DAY + 1, FIRST_DAY]) {
      const start = yield* Effect.promise(now)
      const scan = yield* hot.days.scan(SITE, day)
      const extents: Array<PointExtent> = []
      first = yield* Stream.runFold(scan.series, () => 0, (total, one) => {
        extents.push(...pointExtents(one))
        return total + one.timestamps.length
      })
      const middle = yield* Effect.promise(now)
      yield* publish(day, scan.guard, extents)
      scans.push(middle - start)
      evictions.push((yield* Effect.promise(now)) - middle)
    }
  }))
  const window = { start: dayStart(FIRST_DAY), end: dayStart(FIRST_DAY) + DAY_MS }
  const scan = await timed(() => scanRows(env.ROWS, points, window.start, window.end))
  if (scan.answer !== first) throw new Error(`scanned ${first} samples, the rival ${scan.answer}`)
  const eviction = await timed(() => evictRows(env.ROWS, points, window.start, window.end))
  return {
    scanMs: median(scans),
    rivalScanMs: scan.ms,
    evictMs: median(evictions),
    rivalEvictMs: eviction.ms
  }
}

export interface Request {
  readonly operation: "loadA" | "loadB" | "liveDay" | "syncs" | "loadRival" | "query" | "scanAndEvict"
  readonly points: number
  readonly days: number
  readonly asked: ReadonlyArray<number>
  readonly window: Window
  readonly times: number
}

const answer = (env: Env, { asked, days, operation, points, times, window }: Request): Promise<object> => {
  switch (operation) {
    case "loadA":
      return load(env.A, "A", points, days)
    case "loadB":
      return load(env.B, "B", points, days)
    case "liveDay":
      return liveDay(env, points)
    case "syncs":
      return syncs(env, points)
    case "loadRival":
      return loadRival(env, points, days, asked)
    case "query":
      return query(env, points, asked, window, times)
    case "scanAndEvict":
      return scanAndEvict(env, points)
  }
}

export default {
  fetch: async (request: globalThis.Request, env: Env): Promise<Response> =>
    Response.json(await answer(env, await request.json<Request>()))
}
