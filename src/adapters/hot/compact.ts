/**
 * Compaction: the tail of a day becomes chunks, a group of blocks at a time.
 *
 * Each group is read, merged and written back in one batch that the day's epoch guards. Syncs only append, so what was
 * read is still the beginning of the tail when it is removed, whatever has been appended since.
 */
import { Data, Effect, Result } from "effect"
import type { ChunkError } from "../../domain/codec/error.ts"
import type { Day } from "../../domain/time/calendar.ts"
import { mergeAll } from "../../domain/samples/merge.ts"
import { type Columns, countSamples } from "../../domain/samples/series.ts"
import { windowOfDay } from "../../domain/time/window.ts"
import { DayTooDense, StalePartition } from "../../ports/HotDays.ts"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import { type ChunkRow, encodeRows, type SlotColumns } from "./chunk-row.ts"
import { CHUNK_COLUMNS, collectChunks, collectTail, GROUP_BYTES, groupBySize, push, type Sized } from "./chunks.ts"
import {
  batch,
  type Database,
  guard,
  jsonParameters,
  retryPlatform,
  rowsOf,
  rowsWritten
} from "../cloudflare/database.ts"
import { hexFromBytes } from "../cloudflare/hex.ts"
import { read, storeError, tick } from "./database.ts"
import type { Identities } from "./identities.ts"
import {
  CHUNK_SPAN,
  chunkBetween,
  dayOffset,
  hourOffset,
  PIECES,
  STRIP,
  STRIP_ID,
  stripOfChunk,
  stripOfPoint,
  STRIPS,
  STRIPS_OF_BLOCK,
  tailBetween
} from "./keys.ts"
import { stripsOfTail, TAIL_BLOBS, TAIL_BYTES, TAIL_COLUMNS, TAIL_COLUMNS_OF, type TailRow } from "./tail-row.ts"

/** How often a group is tried again after another compaction or an eviction came between. */
const GROUP_TRIES = 20

/** SQL: what the guard compares; a day without a row in `hot_day` is at epoch 0. */
export const EPOCH = "coalesce((SELECT epoch FROM hot_day WHERE site_id = ?1 AND day = ?2), 0)"

/** Where the tail and the chunks of a day begin and end, within the keys of a block or strip. */
const offsetsOf = (day: Day) =>
  [hourOffset(day * 24), hourOffset(day * 24 + 24), dayOffset(day), dayOffset(day + 1)] as const

const TAIL_OF_DAY = tailBetween("b.id", "?2", "?3")

const BACKLOG = `SELECT b.id, sum(${TAIL_BYTES}) + (
    SELECT coalesce(sum(length(c.data)), 0) FROM json_each(${STRIPS}) AS s
    CROSS JOIN chunk AS c ON ${chunkBetween(STRIP_ID, "?4", "?5")}
  ) AS bytes
  FROM block AS b CROSS JOIN tail AS t ON ${TAIL_OF_DAY} WHERE b.site_id = ?1 GROUP BY b.id`

const BLOCKS = "(SELECT value AS id FROM json_each(?1)) AS b"

const CHUNKS = `SELECT ${CHUNK_COLUMNS} FROM ${BLOCKS} CROSS JOIN json_each(?4) AS s
  CROSS JOIN chunk AS c ON ${chunkBetween(STRIP_ID, "?2", "?3")}`

const tailOf = (columns: string) =>
  `SELECT ${columns} FROM ${BLOCKS} CROSS JOIN tail AS t ON ${TAIL_OF_DAY} ORDER BY t.k`

const PUT_CHUNKS = `INSERT INTO chunk (k, first, last, starts, timelines, data)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, unhex(value ->> 4), unhex(value ->> 5)
  FROM json_each(?1) WHERE true
  ON CONFLICT DO UPDATE SET first = excluded.first, last = excluded.last, starts = excluded.starts,
    timelines = excluded.timelines, data = excluded.data`

const DROP_SURPLUS = `DELETE FROM chunk WHERE k IN (
  SELECT c.k FROM json_each(?1) AS x CROSS JOIN chunk AS c ON c.k >= x.value ->> 0 AND c.k < x.value ->> 1)`

const DROP_CONSUMED = `DELETE FROM tail WHERE k IN (
  SELECT t.k FROM json_each(?1) AS x CROSS JOIN tail AS t ON t.k = x.value ->> 0 WHERE ${TAIL_BYTES} = x.value ->> 1)`

// Runs after DROP_CONSUMED: the rest of these rows was appended since they were read. `substr` of no bytes is NULL.
const CUT_CONSUMED = `UPDATE tail
  SET ${TAIL_BLOBS.map((blob, i) => `${blob} = coalesce(substr(${blob}, 1 + (x.value ->> ${i + 2})), x'')`).join(", ")}
  FROM json_each(?1) AS x WHERE tail.k = x.value ->> 0`

const SETTLE = `UPDATE hot_day SET epoch = (SELECT clock FROM site WHERE id = ?1), tail_bytes = tail_bytes - ?3,
  tail_samples = tail_samples - ?4, chunk_samples = chunk_samples + ?5,
  tail_since = iif(tail_bytes = ?3, NULL, tail_since) WHERE site_id = ?1 AND day = ?2`

/** Blocks that have a tail on the day, by the bytes of their tails and chunks. */
const readBacklog = Effect.fnUntraced(function*(db: Database, subject: string, siteId: number, day: Day) {
  const results = yield* read(db, "compact", subject, [db.prepare(BACKLOG).bind(siteId, ...offsetsOf(day))])
  return rowsOf<Sized>(results, 0)
})

/** What is compacted at a time: blocks, or one strip of a block that has more than a group may have. */
interface Unit {
  readonly blocks: ReadonlyArray<number>
  /** Of the block; null for all of its strips. */
  readonly strip: number | null
}

const unitsOf = (backlog: ReadonlyArray<Sized>): ReadonlyArray<Unit> => {
  const bytes = new Map(backlog.map((block) => [block.id, block.bytes]))
  return groupBySize(backlog).flatMap((blocks): ReadonlyArray<Unit> =>
    blocks.every((block) => (bytes.get(block) ?? 0) <= GROUP_BYTES)
      ? [{ blocks, strip: null }]
      : STRIPS_OF_BLOCK.map((strip) => ({ blocks, strip }))
  )
}

/** What a unit has on a day. */
interface Group {
  readonly epoch: number
  readonly chunks: ReadonlyArray<ChunkRow>
  readonly tail: ReadonlyArray<TailRow>
}

const readGroup = Effect.fnUntraced(function*(
  db: Database,
  subject: string,
  siteId: number,
  day: Day,
  { blocks, strip }: Unit
) {
  const [tailFrom, tailTo, chunksFrom, chunksTo] = offsetsOf(day)
  const wanted = JSON.stringify(blocks)
  const strips = JSON.stringify(strip === null ? STRIPS_OF_BLOCK : [strip])
  const columns = (strip === null ? undefined : TAIL_COLUMNS_OF[strip]) ?? TAIL_COLUMNS
  const results = yield* read(db, "compact", subject, [
    db.prepare(`SELECT ${EPOCH} AS epoch`).bind(siteId, day),
    db.prepare(CHUNKS).bind(wanted, chunksFrom, chunksTo, strips),
    db.prepare(tailOf(columns)).bind(wanted, tailFrom, tailTo)
  ])
  const group: Group = {
    epoch: rowsOf<{ epoch: number }>(results, 0)[0]?.epoch ?? 0,
    chunks: rowsOf<ChunkRow>(results, 1),
    tail: rowsOf<TailRow>(results, 2).filter((row) => totalOf(bytesOf(row)) > 0)
  }
  return group
})

/** Points of a strip that have more samples on a day than an isolate can merge, or than its rows can hold. */
class TooDense extends Data.TaggedError("TooDense")<{ readonly ids: ReadonlyArray<number> }> {}

/** Most samples of a strip on a day: 16 points at nearly 3 Hz, or one at 46. Merging takes some 40 bytes for each. */
const STRIP_SAMPLES = 4_000_000

/** Fails as soon as a strip has more samples than may be merged. */
const checkDensity = (points: ReadonlyMap<number, ReadonlyArray<Columns>>): Result.Result<void, TooDense> => {
  const strips = new Map<number, number>()
  for (const [id, columns] of points) {
    strips.set(stripOfPoint(id), (strips.get(stripOfPoint(id)) ?? 0) + countSamples(columns))
  }
  for (const [strip, samples] of strips) {
    if (samples > STRIP_SAMPLES) {
      return Result.fail(new TooDense({ ids: [...points.keys()].filter((id) => stripOfPoint(id) === strip) }))
    }
  }
  return Result.void
}

interface Merged {
  /** The strips that something was appended to. */
  readonly strips: ReadonlyMap<number, ReadonlyArray<SlotColumns>>
  /** Samples of the tail. */
  readonly samples: number
  /** How many more samples the chunks have now. */
  readonly added: number
}

const mergeGroup = ({ chunks, tail }: Group, day: Day): Result.Result<Merged, ChunkError | TooDense> =>
  Result.gen(function*() {
    const appended = new Map<number, Array<Columns>>()
    for (const row of tail) {
      yield* collectTail(stripsOfTail(row), appended, windowOfDay(day))
      yield* checkDensity(appended)
    }
    const ranked = new Map<number, Array<Columns>>()
    // Strips that nothing was appended to keep their rows as they are.
    const touched = new Set([...appended.keys()].map(stripOfPoint))
    yield* collectChunks(chunks.filter((row) => touched.has(stripOfChunk(row.key))), ranked)
    yield* checkDensity(ranked)
    const before = countSamples([...ranked.values()].flat())
    for (const [id, columns] of appended) for (const one of columns) push(ranked, id, one)
    const strips = mergeStrips(ranked)
    const after = countSamples([...strips.values()].flat().map(({ columns }) => columns))
    return { strips, samples: countSamples([...appended.values()].flat()), added: after - before }
  })

export const make = (db: Database, identities: Identities) => {
  const compactGroup = Effect.fnUntraced(function*(
    subject: string,
    siteId: number,
    day: Day,
    unit: Unit
  ) {
    const group = yield* readGroup(db, subject, siteId, day, unit)
    if (group.tail.length === 0) return { samples: 0, cost: 0 }
    const { added, samples, strips } = yield* Effect.fromResult(mergeGroup(group, day)).pipe(
      Effect.catchTag("ChunkError", (cause) =>
        Effect.fail(new HotStoreError({ operation: "compact", subject, cause })))
    )
    const encoded = yield* Effect.fromResult(encodeStrips(day, strips))
    const bytes = group.tail.reduce((sum, row) => sum + totalOf(bytesOf(row)), 0)
    const written = yield* batch(db, "compact", subject, [
      guard(db, `${EPOCH} = ?3`, siteId, day, group.epoch),
      tick(db, siteId),
      ...chunkStatements(db, encoded),
      ...tailStatements(db, group.tail),
      db.prepare(SETTLE).bind(siteId, day, bytes, samples, added)
    ])
    return { samples, cost: rowsWritten(written) }
  })

  return Effect.fn("HotStoreD1.compact")(function*(site: string, day: Day) {
    const subject = `site ${site} day ${day}`
    const done = { samples: 0, cost: 0, retries: 0 }
    const siteId = yield* identities.site("compact", site)
    if (siteId === undefined) return done
    for (const unit of unitsOf(yield* readBacklog(db, subject, siteId, day))) {
      const group = yield* compactGroup(subject, siteId, day, unit).pipe(
        retryPlatform,
        Effect.tapErrorTag("GuardFailed", () => Effect.sync(() => done.retries++)),
        Effect.retry({ times: GROUP_TRIES, while: (error) => error._tag === "GuardFailed" }),
        Effect.catchTags({
          D1Error: (error) => Effect.fail(storeError(error)),
          IdTaken: (cause) => Effect.die(cause),
          TooDense: ({ ids }) =>
            Effect.flatMap(identities.including("compact", siteId, ids), ({ byId }) =>
              Effect.fail(new DayTooDense({ site, day, points: ids.map((id) => byId.get(id) ?? `point ${id}`) }))),
          GuardFailed: () => Effect.fail(new StalePartition({ site, day, detail: "others kept compacting it" }))
        })
      )
      done.samples += group.samples
      done.cost += group.cost
    }
    return done
  })
}

const mergeStrips = (ranked: ReadonlyMap<number, ReadonlyArray<Columns>>): ReadonlyMap<number, Array<SlotColumns>> => {
  const strips = new Map<number, Array<SlotColumns>>()
  for (const id of [...ranked.keys()].sort((a, b) => a - b)) {
    push(strips, stripOfPoint(id), { slot: id % STRIP, columns: mergeAll(ranked.get(id) ?? []) })
  }
  return strips
}

/** The rows of some strips, and the keys of rows that they no longer need. */
interface EncodedStrips {
  readonly rows: ReadonlyArray<string>
  readonly surplus: ReadonlyArray<readonly [from: number, to: number]>
}

const encodeStrips = (
  day: Day,
  strips: ReadonlyMap<number, ReadonlyArray<SlotColumns>>
): Result.Result<EncodedStrips, TooDense> => {
  const rows: Array<string> = []
  const surplus: Array<readonly [from: number, to: number]> = []
  for (const [strip, series] of strips) {
    const encoded = encodeRows(series)
    if (encoded === null) return Result.fail(new TooDense({ ids: series.map(({ slot }) => strip * STRIP + slot) }))
    const key = strip * CHUNK_SPAN + dayOffset(day)
    surplus.push([key + encoded.length, key + PIECES])
    encoded.forEach(({ data, first, last, starts, timelines }, piece) =>
      rows.push(`[${key + piece},${first},${last},"${starts}","${hexFromBytes(timelines)}","${hexFromBytes(data)}"]`)
    )
  }
  return Result.succeed({ rows, surplus })
}

const chunkStatements = (db: Database, { rows, surplus }: EncodedStrips): ReadonlyArray<D1PreparedStatement> => [
  ...jsonParameters(rows).map((parameter) => db.prepare(PUT_CHUNKS).bind(parameter)),
  db.prepare(DROP_SURPLUS).bind(JSON.stringify(surplus))
]

/** How many bytes of each strip of a row were read. */
const bytesOf = (row: TailRow): ReadonlyArray<number> => stripsOfTail(row).map(({ data }) => data.length / 2)

const totalOf = (bytes: ReadonlyArray<number>): number => bytes.reduce((sum, one) => sum + one, 0)

const tailStatements = (db: Database, rows: ReadonlyArray<TailRow>): ReadonlyArray<D1PreparedStatement> =>
  jsonParameters(rows.map((row) => {
    const bytes = bytesOf(row)
    return JSON.stringify([row.key, totalOf(bytes), ...bytes])
  }))
    .flatMap((parameter) => [db.prepare(DROP_CONSUMED).bind(parameter), db.prepare(CUT_CONSUMED).bind(parameter)])
