/** The rows and times of a site's syncs, and those of the rival. */
import { Effect, Stream } from "effect"
import { pointExtents } from "../../src/domain/samples/extent.ts"
import { changedColumns } from "../../src/domain/samples/merge.ts"
import { emptyColumns, type Series } from "../../src/domain/samples/series.ts"
import { dayStart, HOUR_MS } from "../../src/domain/time/calendar.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { hotStore } from "../../test/hot-store.ts"
import { median, now } from "./clock.ts"
import { createTable, writeRows } from "./rows.ts"
import {
  COMPACTION_MS,
  dayOfMix,
  described,
  type Env,
  FIRST_DAY,
  mixOf,
  OVERLAP_MS,
  publish,
  run,
  SITE,
  SYNC_MS,
  windowsOf,
  within
} from "./site.ts"

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

/** A sync like that of the etl Worker: what is stored already is not written again. */
const sync = Effect.fnUntraced(function*(page: ReadonlyArray<Series>, asked: Window) {
  const hot = yield* hotStore
  const session = yield* hot.intake.takeFence(SITE)
  const stored = new Map((yield* hot.intake.recent(SITE, asked)).map((one) => [one.point, one]))
  const changed = page.map((one) => ({
    point: one.point,
    ...changedColumns(one, stored.get(one.point) ?? emptyColumns)
  }))
  return (yield* hot.intake.append(session, 1, changed)).samples
})

/**
 * The rows of a day at full scale: 288 syncs, 8 compactions and one archival. The points are registered before, because
 * that happens once and not daily.
 */
export const liveDay = async (env: Env, points: number) => {
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

/** Two hours of syncs on the next day: pages stored as they come, pages stored with a look back, and the rival. */
export const syncs = async (env: Env, points: number) => {
  const day = FIRST_DAY + 1
  const series = dayOfMix(mixOf("A", points), day)
  const [plain, careful, rival]: [Array<number>, Array<number>, Array<number>] = [[], [], []]
  await createTable(env.ROWS)
  const windows = windowsOf({ start: dayStart(day), end: dayStart(day) + 2 * HOUR_MS }, SYNC_MS)
  await run(env.DAY, Effect.gen(function*() {
    const hot = yield* hotStore
    for (const [i, window] of windows.entries()) {
      const asked = { start: window.start - OVERLAP_MS, end: window.end }
      const page = within(series, asked)
      const session = yield* hot.intake.takeFence(SITE)
      const start = yield* Effect.promise(now)
      // Both kinds alternate, so that they meet the same tails.
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
