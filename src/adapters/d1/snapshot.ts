/**
 * Reading: a query's snapshot of hot tier and catalog, and a sync's look back.
 */
import { Effect, Result } from "effect"
import { dayOf, HOUR_MS } from "../../domain/calendar.ts"
import { decodeChunk } from "../../domain/codec/chunk.ts"
import type { ChunkError } from "../../domain/codec/error.ts"
import { mergeAll } from "../../domain/merge.ts"
import { type Columns, type Series, sliceColumns } from "../../domain/series.ts"
import { isEmpty, type Window } from "../../domain/window.ts"
import type { Snapshot } from "../../ports/HotStore.ts"
import { CATALOG_COLUMNS, type CatalogRow, entryOf } from "./catalog.ts"
import { type ChunkRow, START_DIGITS, timelinesFromHex } from "./chunkRow.ts"
import {
  type Sized,
  CHUNK_COLUMNS,
  collectChunks,
  collectTail,
  decoded,
  groupBySize,
  push
} from "./chunks.ts"
import { type Database, read, rowsOf, rowsRead } from "./database.ts"
import { bytesFromHex } from "./hex.ts"
import type { Identities } from "./identities.ts"
import { chunkBetween, dayOffset, hourOffset, STRIP, STRIP_ID, STRIPS, STRIPS_OF_BLOCK, tailBetween } from "./keys.ts"
import { stripsOfTail, TAIL_COLUMNS, tailOfStrip, type TailRow } from "./tailRow.ts"

const NOTHING: Snapshot = { known: [], hot: [], partitions: [], rowsRead: 0 }

/** The days that a window touches, and where they and its hours lie within the keys of a block. */
const extent = (window: Window) => {
  const [firstDay, lastDay] = [dayOf(window.start), dayOf(window.end - 1)]
  return {
    firstDay,
    lastDay,
    days: [dayOffset(firstDay), dayOffset(lastDay + 1)],
    hours: [
      hourOffset(Math.floor(window.start / HOUR_MS)),
      hourOffset(Math.floor((window.end - 1) / HOUR_MS) + 1)
    ]
  }
}

// A window without a day: nothing lies between the offsets.
const NO_EXTENT: ReturnType<typeof extent> = { firstDay: 0, lastDay: -1, days: [0, 0], hours: [0, 0] }

const ASKED = "json_each(?2) AS asked CROSS JOIN point AS p ON p.site_id = ?1 AND p.name = asked.value"

const START = (slot: string) => `substr(c.starts, 1 + ${START_DIGITS} * (${slot}), ${START_DIGITS})`

// One row a strip and day, whatever the number of points asked of it: the blob is read, and the timelines sent, once.
const CHUNK_SLICES = `WITH wanted AS (
    SELECT p.id / ${STRIP} AS strip, group_concat(p.id % ${STRIP}) AS slots FROM ${ASKED} GROUP BY 1
  )
  SELECT wanted.strip, wanted.slots, hex(c.timelines) AS timelines, (
    SELECT group_concat(hex(substr(c.data, 1 + ${START("s.value")}, ${START("s.value + 1")} - ${START("s.value")})))
    FROM json_each('[' || wanted.slots || ']') AS s
  ) AS chunks
  FROM wanted CROSS JOIN chunk AS c ON ${chunkBetween("wanted.strip", "?3", "?4")}
  WHERE c.first < ?6 AND c.last >= ?5`

const TAILS = `SELECT wanted.strip, hex(${tailOfStrip("wanted.strip")}) AS data
  FROM (SELECT DISTINCT p.id / ${STRIP} AS strip FROM ${ASKED}) AS wanted
  CROSS JOIN tail AS t ON ${tailBetween(`wanted.strip / ${STRIPS_OF_BLOCK.length}`, "?3", "?4")} ORDER BY t.k`

interface SliceRow {
  readonly strip: number
  readonly slots: string
  readonly timelines: string
  readonly chunks: string
}

const collectSlices = (
  rows: ReadonlyArray<SliceRow>,
  into: Map<number, Array<Columns>>
): Result.Result<void, ChunkError> => {
  for (const row of rows) {
    const slots = row.slots.split(",")
    const chunks = row.chunks.split(",")
    const timelines = timelinesFromHex(row.timelines)
    if (Result.isFailure(timelines)) return Result.fail(timelines.failure)
    for (let i = 0; i < slots.length; i++) {
      if (chunks[i] === "") continue
      const columns = decodeChunk(bytesFromHex(chunks[i] as string), timelines.success)
      if (Result.isFailure(columns)) return Result.fail(columns.failure)
      push(into, row.strip * STRIP + Number(slots[i]), columns.success)
    }
  }
  return Result.void
}

const seriesOf = (point: string, ranked: ReadonlyArray<Columns> | undefined, window: Window): ReadonlyArray<Series> => {
  const columns = mergeAll((ranked ?? []).map((one) => sliceColumns(one, window)))
  return columns.timestamps.length === 0 ? [] : [{ point, ...columns }]
}

export const makeSnapshot = (db: Database, identities: Identities) =>
  Effect.fn("HotStoreD1.snapshot")(function*(site: string, points: ReadonlyArray<string>, window: Window) {
    const subject = `site ${site}`
    const siteId = yield* identities.site("snapshot", site)
    if (siteId === undefined) return NOTHING
    const names = JSON.stringify([...new Set(points)])
    const { days, firstDay, hours, lastDay } = isEmpty(window) ? NO_EXTENT : extent(window)
    const results = yield* read(db, "snapshot", subject, [
      db.prepare(`SELECT p.id, p.name FROM ${ASKED} ORDER BY asked.key`).bind(siteId, names),
      db.prepare(CHUNK_SLICES).bind(siteId, names, ...days, window.start, window.end),
      db.prepare(TAILS).bind(siteId, names, ...hours),
      db.prepare(
        `SELECT ${CATALOG_COLUMNS} FROM catalog WHERE site_id = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day`
      ).bind(siteId, firstDay, lastDay)
    ])
    const known = rowsOf<{ id: number; name: string }>(results, 0)
    const wanted = new Set(known.map(({ id }) => id))
    const ranked = new Map<number, Array<Columns>>()
    yield* decoded("snapshot", subject, collectSlices(rowsOf(results, 1), ranked))
    yield* decoded("snapshot", subject, collectTail(rowsOf(results, 2), ranked, window, (id) => wanted.has(id)))
    return {
      known: known.map(({ name }) => name),
      hot: known.flatMap(({ id, name }) => seriesOf(name, ranked.get(id), window)),
      partitions: rowsOf<CatalogRow>(results, 3).map((row) => entryOf(site, row)),
      rowsRead: rowsRead(results)
    } satisfies Snapshot
  })

export const makeRecent = (db: Database, identities: Identities) =>
  Effect.fn("HotStoreD1.recent")(function*(site: string, window: Window) {
    const subject = `site ${site}`
    const siteId = yield* identities.site("recent", site)
    if (siteId === undefined || isEmpty(window)) return []
    const { days, hours } = extent(window)
    // Tail before chunks: what a compaction moves in between is then seen twice, never not at all.
    const results = yield* read(db, "recent", subject, [
      db.prepare(
        `SELECT ${TAIL_COLUMNS} FROM block AS b CROSS JOIN tail AS t ON ${tailBetween("b.id", "?2", "?3")}
         WHERE b.site_id = ?1 ORDER BY t.k`
      ).bind(siteId, ...hours),
      db.prepare(
        `SELECT ${STRIP_ID} AS id, sum(length(c.data)) AS bytes FROM block AS b CROSS JOIN json_each(${STRIPS}) AS s
         CROSS JOIN chunk AS c ON ${chunkBetween(STRIP_ID, "?2", "?3")}
         WHERE b.site_id = ?1 AND c.first < ?5 AND c.last >= ?4 GROUP BY 1`
      ).bind(siteId, ...days, window.start, window.end)
    ])
    const ranked = new Map<number, Array<Columns>>()
    for (const group of groupBySize(rowsOf<Sized>(results, 1))) {
      const found = yield* read(db, "recent", subject, [
        db.prepare(
          `SELECT ${CHUNK_COLUMNS} FROM json_each(?1) AS s CROSS JOIN chunk AS c ON ${chunkBetween("s.value", "?2", "?3")}
           WHERE c.first < ?5 AND c.last >= ?4`
        ).bind(JSON.stringify(group), ...days, window.start, window.end)
      ])
      const whole = new Map<number, Array<Columns>>()
      yield* decoded("recent", subject, collectChunks(rowsOf<ChunkRow>(found, 0), whole))
      // Copies of the few samples inside, so that the rest of the group can go.
      for (const [id, columns] of whole) {
        for (const one of columns) {
          const { timestamps, values } = sliceColumns(one, window)
          push(ranked, id, { timestamps: timestamps.slice(), values: values.slice() })
        }
      }
    }
    yield* decoded("recent", subject, collectTail(rowsOf<TailRow>(results, 0).flatMap(stripsOfTail), ranked, window))
    const { byName } = yield* identities.including("recent", siteId, ranked.keys())
    return [...byName].flatMap(([point, id]) => seriesOf(point, ranked.get(id), window))
  })
