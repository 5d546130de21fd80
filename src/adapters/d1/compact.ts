/**
 * Compaction: the tail of a day becomes chunks, a group of blocks at a time.
 *
 * Each group is read, merged and written back in one batch that the day's epoch guards. Syncs only append, so the prefix
 * that was read is still there when it is removed, whatever came after it.
 */
import { Effect } from "effect"
import type { Day } from "../../domain/calendar.ts"
import { SLOTS } from "../../domain/codec/segment.ts"
import { mergeAll } from "../../domain/merge.ts"
import { type Columns, countSamples } from "../../domain/series.ts"
import { windowOfDay } from "../../domain/window.ts"
import { StalePartition } from "../../ports/HotStore.ts"
import { type ChunkRow, encodeRows, type SlotColumns } from "./chunkRow.ts"
import {
  type BlockSize,
  CHUNK_COLUMNS,
  collectChunks,
  collectTail,
  decoded,
  groupBlocks,
  push,
  TAIL_COLUMNS,
  type TailRow
} from "./chunks.ts"
import { batch, type Database, guard, jsonParameters, read, retryPlatform, rowsOf, rowsWritten, tick } from "./database.ts"
import type { Identities } from "./identities.ts"

/** How often one group is tried again when another compaction or an eviction came between. */
const GROUP_TRIES = 20

/** What the guard compares; a day without a directory row is at epoch 0. */
export const EPOCH = "coalesce((SELECT epoch FROM hot_day WHERE site_id = ?1 AND day = ?2), 0)"

const firstHour = (day: Day): number => day * 24
const lastHour = (day: Day): number => day * 24 + 23

const PUT_CHUNKS = `INSERT INTO chunk (block, day, part, first, last, starts, timelines, data)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, unhex(value ->> 6),
    unhex(value ->> 7)
  FROM json_each(?1) WHERE true
  ON CONFLICT DO UPDATE SET first = excluded.first, last = excluded.last, starts = excluded.starts,
    timelines = excluded.timelines, data = excluded.data`

const DROP_SURPLUS_PARTS = `DELETE FROM chunk WHERE (block, day, part) IN (
  SELECT c.block, c.day, c.part FROM json_each(?1) AS kept
  CROSS JOIN chunk AS c ON c.block = kept.value ->> 0 AND c.day = ?2 AND c.part >= kept.value ->> 1)`

const DROP_CONSUMED = `DELETE FROM tail WHERE (block, hour, part) IN (
  SELECT t.block, t.hour, t.part FROM json_each(?1) AS x
  CROSS JOIN tail AS t ON t.block = x.value ->> 0 AND t.hour = x.value ->> 1 AND t.part = x.value ->> 2
  WHERE length(t.data) = x.value ->> 3)`

// Runs after DROP_CONSUMED: what is left of these rows was appended since they were read.
const CUT_CONSUMED = `UPDATE tail SET data = substr(data, 1 + (x.value ->> 3)) FROM json_each(?1) AS x
  WHERE tail.block = x.value ->> 0 AND tail.hour = x.value ->> 1 AND tail.part = x.value ->> 2`

const SETTLE = `UPDATE hot_day SET epoch = (SELECT clock FROM site WHERE id = ?1), tail_bytes = tail_bytes - ?3,
  tail_since = iif(tail_bytes = ?3, NULL, tail_since) WHERE site_id = ?1 AND day = ?2`

export const make = (db: Database, identities: Identities) => {
  const backlog = Effect.fnUntraced(function*(subject: string, siteId: number, day: Day) {
    const results = yield* read(db, "compact", subject, [
      db.prepare(
        `SELECT t.block, sum(length(t.data)) +
           (SELECT coalesce(sum(length(c.data)), 0) FROM chunk AS c WHERE c.block = b.id AND c.day = ?4) AS bytes
         FROM block AS b CROSS JOIN tail AS t ON t.block = b.id AND t.hour BETWEEN ?2 AND ?3
         WHERE b.site_id = ?1 GROUP BY b.id`
      ).bind(siteId, firstHour(day), lastHour(day), day)
    ])
    return rowsOf<BlockSize>(results, 0)
  })

  const compactGroup = Effect.fnUntraced(function*(
    subject: string,
    siteId: number,
    day: Day,
    blocks: ReadonlyArray<number>
  ) {
    const wanted = JSON.stringify(blocks)
    const results = yield* read(db, "compact", subject, [
      db.prepare(`SELECT ${EPOCH} AS epoch`).bind(siteId, day),
      db.prepare(
        `SELECT ${CHUNK_COLUMNS} FROM json_each(?1) AS b
         CROSS JOIN chunk AS c ON c.block = b.value AND c.day = ?2 ORDER BY c.block, c.part`
      ).bind(wanted, day),
      db.prepare(
        `SELECT ${TAIL_COLUMNS} FROM json_each(?1) AS b
         CROSS JOIN tail AS t ON t.block = b.value AND t.hour BETWEEN ?2 AND ?3 ORDER BY t.block, t.hour, t.part`
      ).bind(wanted, firstHour(day), lastHour(day))
    ])
    const epoch = rowsOf<{ epoch: number }>(results, 0)[0]?.epoch ?? 0
    const tail = rowsOf<TailRow>(results, 2)
    if (tail.length === 0) return { samples: 0, rowsWritten: 0 }

    const appended = new Map<number, Array<Columns>>()
    yield* decoded("compact", subject, collectTail(tail, appended, windowOfDay(day)))
    const ranked = new Map<number, Array<Columns>>()
    // Blocks whose tail is gone meanwhile keep their chunks as they are.
    const touched = new Set(tail.map((row) => row.block))
    const chunks = rowsOf<ChunkRow>(results, 1).filter((row) => touched.has(row.block))
    yield* decoded("compact", subject, collectChunks(chunks, ranked))
    for (const [id, columns] of appended) for (const one of columns) push(ranked, id, one)

    const written = yield* batch(db, "compact", subject, [
      guard(db, `${EPOCH} = ?3`, siteId, day, epoch),
      tick(db, siteId),
      ...chunkStatements(db, day, mergeBlocks(ranked)),
      ...tailStatements(db, tail),
      db.prepare(SETTLE).bind(siteId, day, tail.reduce((sum, row) => sum + row.data.length / 2, 0))
    ])
    return { samples: countSamples([...appended.values()].flat()), rowsWritten: rowsWritten(written) }
  })

  return Effect.fn("HotStoreD1.compact")(function*(site: string, day: Day) {
    const subject = `site ${site} day ${day}`
    const done = { samples: 0, rowsWritten: 0, retries: 0 }
    const siteId = yield* identities.site("compact", site)
    if (siteId === undefined) return done
    for (const blocks of groupBlocks(yield* backlog(subject, siteId, day))) {
      const group = yield* compactGroup(subject, siteId, day, blocks).pipe(
        retryPlatform,
        Effect.tapErrorTag("GuardFailed", () => Effect.sync(() => done.retries++)),
        Effect.retry({ times: GROUP_TRIES, while: (error) => error._tag === "GuardFailed" }),
        Effect.catchTags({
          IdTaken: (cause) => Effect.die(cause),
          GuardFailed: () => Effect.fail(new StalePartition({ site, day, detail: "others kept compacting it" }))
        })
      )
      done.samples += group.samples
      done.rowsWritten += group.rowsWritten
    }
    return done
  })
}

const mergeBlocks = (ranked: ReadonlyMap<number, ReadonlyArray<Columns>>): ReadonlyMap<number, Array<SlotColumns>> => {
  const blocks = new Map<number, Array<SlotColumns>>()
  for (const id of [...ranked.keys()].sort((a, b) => a - b)) {
    push(blocks, Math.floor(id / SLOTS), { slot: id % SLOTS, columns: mergeAll(ranked.get(id) ?? []) })
  }
  return blocks
}

const chunkStatements = (
  db: Database,
  day: Day,
  blocks: ReadonlyMap<number, ReadonlyArray<SlotColumns>>
): ReadonlyArray<D1PreparedStatement> => {
  const rows: Array<string> = []
  const kept: Array<readonly [block: number, parts: number]> = []
  for (const [block, series] of blocks) {
    const encoded = encodeRows(series)
    kept.push([block, encoded.length])
    encoded.forEach(({ data, first, last, starts, timelines }, part) =>
      rows.push(`[${block},${day},${part},${first},${last},"${starts}","${timelines.toHex()}","${data.toHex()}"]`)
    )
  }
  return [
    ...jsonParameters(rows).map((parameter) => db.prepare(PUT_CHUNKS).bind(parameter)),
    db.prepare(DROP_SURPLUS_PARTS).bind(JSON.stringify(kept), day)
  ]
}

const tailStatements = (db: Database, rows: ReadonlyArray<TailRow>): ReadonlyArray<D1PreparedStatement> =>
  jsonParameters(rows.map(({ block, data, hour, part }) => `[${block},${hour},${part},${data.length / 2}]`))
    .flatMap((parameter) => [db.prepare(DROP_CONSUMED).bind(parameter), db.prepare(CUT_CONSUMED).bind(parameter)])
