/**
 * When points have samples: what is known of the cold tier, joined with the first and last samples of the hot tier.
 * Only the oldest and the newest chunk of a point are read, and only if they can widen what tail and cold tier tell.
 */
import { Effect, Result } from "effect"
import type { ChunkError } from "../../domain/codec/error.ts"
import { type Extent, extentOf, joinAllExtents, type PointExtent } from "../../domain/samples/extent.ts"
import type { Columns } from "../../domain/samples/series.ts"
import type { Window } from "../../domain/time/window.ts"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import type { Extents } from "../../ports/Reads.ts"
import { type ChunkRow, openRow, startOf } from "./chunk-row.ts"
import { CHUNK_COLUMNS, collectTail, decoded, groupBySize, push, type Sized } from "./chunks.ts"
import { type Database, GuardFailed, jsonParameters, rowsOf } from "../cloudflare/database.ts"
import { read } from "./database.ts"
import { bytesFromHex, hexFromBytes } from "../cloudflare/hex.ts"
import type { Identities } from "./identities.ts"
import { blockOfPoint, CHUNK_SPAN, chunkBetween, STRIP, stripOfChunk, TAIL_SPAN, tailBetween } from "./keys.ts"
import { stripsOfTail, TAIL_BYTES, TAIL_COLUMNS, type TailRow } from "./tail-row.ts"

/** How often a group of points is read again after a compaction or an eviction came between its two reads. */
const TRIES = 20

const ALWAYS: Window = { start: -Infinity, end: Infinity }

// Writes no row where nothing changed. Values are blobs, so that -0 and 0 differ.
const WIDEN = `INSERT INTO cold_extent (point_id, first, last, last_value)
  SELECT value ->> 0, value ->> 1, value ->> 2, unhex(value ->> 3) FROM json_each(?1) WHERE true
  ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last),
    last_value = iif(excluded.last >= last, excluded.last_value, last_value)
  WHERE excluded.first < first OR excluded.last > last OR excluded.last = last AND excluded.last_value <> last_value`

/**
 * Widens the extents of the points of a partition, in the batch that publishes it. The guard of that batch makes sure
 * that of two versions of a day the later one comes later.
 */
export const widenStatements = (
  db: Database,
  extents: ReadonlyArray<PointExtent>,
  ids: ReadonlyMap<string, number>
): ReadonlyArray<D1PreparedStatement> =>
  jsonParameters(extents.map(({ first, last, lastValue, point }) => {
    const bytes = new Uint8Array(Float64Array.of(lastValue).buffer)
    return `[${ids.get(point) ?? null},${first},${last},"${hexFromBytes(bytes)}"]`
  })).map((parameter) => db.prepare(WIDEN).bind(parameter))

const FORGET = "DELETE FROM cold_extent WHERE point_id IN (SELECT value FROM json_each(?1))"

/** Forgets what is known of the cold samples of points. */
export const forgetStatements = (
  db: Database,
  points: ReadonlyArray<string>,
  ids: ReadonlyMap<string, number>
): ReadonlyArray<D1PreparedStatement> =>
  jsonParameters(points.map((point) => `${ids.get(point) ?? null}`))
    .map((parameter) => db.prepare(FORGET).bind(parameter))

const KNOWN = `SELECT p.id, p.name FROM json_each(?2) AS asked
  CROSS JOIN point AS p ON p.site_id = ?1 AND p.name = asked.value ORDER BY asked.key`

const TAIL_SIZES = `SELECT b.value AS id, (
    SELECT coalesce(sum(${TAIL_BYTES}), 0) FROM tail AS t WHERE ${tailBetween("b.value", "0", `${TAIL_SPAN}`)}
  ) AS bytes FROM json_each(?1) AS b`

const EPOCHS = "SELECT json_group_array(day || ':' || epoch) AS epochs FROM hot_day WHERE site_id = ?1"

const COLD = `SELECT c.point_id AS id, c.first, c.last, hex(c.last_value) AS lastValue
  FROM json_each(?1) AS p CROSS JOIN cold_extent AS c ON c.point_id = p.value`

const TAILS = `SELECT ${TAIL_COLUMNS} FROM json_each(?1) AS b
  CROSS JOIN tail AS t ON ${tailBetween("b.value", "0", `${TAIL_SPAN}`)} ORDER BY t.k`

/** SQL: the key of the oldest (`ASC`) or newest (`DESC`) chunk row that holds the point `p.value`. */
const endOf = (order: "ASC" | "DESC") =>
  `SELECT c.k FROM chunk AS c WHERE ${chunkBetween(`p.value / ${STRIP}`, "0", `${CHUNK_SPAN}`)}
    AND ${startOf(`p.value % ${STRIP}`)} < ${startOf(`p.value % ${STRIP} + 1`)} ORDER BY c.k ${order} LIMIT 1`

const ENDS = `SELECT ends.id, o.k AS oldest, o.first, length(o.timelines) + length(o.data) AS oldestBytes,
    n.k AS newest, n.last, length(n.timelines) + length(n.data) AS newestBytes
  FROM (
    SELECT p.value AS id, (${endOf("ASC")}) AS oldest, (${endOf("DESC")}) AS newest FROM json_each(?1) AS p
  ) AS ends
  CROSS JOIN chunk AS o ON o.k = ends.oldest CROSS JOIN chunk AS n ON n.k = ends.newest`

const CHUNKS = `SELECT ${CHUNK_COLUMNS} FROM json_each(?1) AS k CROSS JOIN chunk AS c ON c.k = k.value`

interface Point {
  readonly id: number
  readonly name: string
}

export interface ColdRow {
  readonly id: number
  readonly first: number
  readonly last: number
  readonly lastValue: string
}

/** The chunk rows in which a point begins and ends. `first` and `last` are those of the rows, over all their points. */
interface Ends {
  readonly id: number
  readonly oldest: number
  readonly oldestBytes: number
  readonly first: number
  readonly newest: number
  readonly newestBytes: number
  readonly last: number
}

export const coldExtent = ({ first, last, lastValue }: Omit<ColdRow, "id">): Extent => ({
  first,
  last,
  lastValue: new Float64Array(bytesFromHex(lastValue).buffer)[0] as number
})

/** The chunk rows that can widen what tail and cold tier tell of their points. */
const openEnds = (
  ends: ReadonlyArray<Ends>,
  cold: ReadonlyMap<number, Extent>,
  tail: ReadonlyMap<number, Extent>
): { readonly points: ReadonlyMap<number, ReadonlyArray<number>>; readonly rows: ReadonlyArray<Sized> } => {
  const points = new Map<number, Array<number>>()
  const rows = new Map<number, Sized>()
  const want = (key: number, bytes: number, point: number) => {
    push(points, key, point)
    rows.set(key, { id: key, bytes })
  }
  for (const { first, id, last, newest, newestBytes, oldest, oldestBytes } of ends) {
    const [below, above] = [cold.get(id), tail.get(id)]
    const beginsHere = first < Math.min(below?.first ?? Infinity, above?.first ?? Infinity)
    // At one instant a chunk beats the cold tier, and the tail beats the chunk.
    const endsHere = last >= (below?.last ?? -Infinity) && last > (above?.last ?? -Infinity)
    if (beginsHere) want(oldest, oldestBytes, id)
    if (endsHere && !(beginsHere && newest === oldest)) want(newest, newestBytes, id)
  }
  return { points, rows: [...rows.values()] }
}

const readEpochs = (db: Database, siteId: number) => db.prepare(EPOCHS).bind(siteId)

const epochsOf = (results: ReadonlyArray<D1Result<unknown>>) => rowsOf<{ epochs: string }>(results, 0)[0]?.epochs

/** The extents of some points in their tails, by id. */
const extentsOfTails = (
  rows: ReadonlyArray<TailRow>,
  wanted: ReadonlySet<number>
): Result.Result<ReadonlyMap<number, Extent>, ChunkError> => {
  const appended = new Map<number, Array<Columns>>()
  return Result.map(collectTail(rows.flatMap(stripsOfTail), appended, ALWAYS, (id) => wanted.has(id)), () =>
    new Map([...appended].flatMap(([id, columns]) => {
      const joined = joinAllExtents(columns.map(extentOf))
      return joined === undefined ? [] : [[id, joined] as const]
    })))
}

/** The extents of some points in one chunk row, by id. */
const extentsOfRow = (
  row: ChunkRow,
  ids: ReadonlyArray<number>
): Result.Result<ReadonlyArray<readonly [id: number, extent: Extent]>, ChunkError> =>
  Result.gen(function*() {
    const opened = yield* openRow(row)
    const extents: Array<readonly [number, Extent]> = []
    for (const id of ids) extents.push([id, extentOf(yield* opened.decode(id - stripOfChunk(row.key) * STRIP))])
    return extents
  })

/** The extents of some points, by id. Fails with `GuardFailed` if chunks changed between its reads. */
const readGroup = Effect.fnUntraced(function*(
  db: Database,
  subject: string,
  siteId: number,
  ids: ReadonlyArray<number>
) {
  const asked = JSON.stringify(ids)
  const results = yield* read(db, "extents", subject, [
    readEpochs(db, siteId),
    db.prepare(COLD).bind(asked),
    db.prepare(ENDS).bind(asked),
    db.prepare(TAILS).bind(JSON.stringify([...new Set(ids.map(blockOfPoint))]))
  ])
  const epochs = epochsOf(results)
  const cold = new Map(rowsOf<ColdRow>(results, 1).map((row) => [row.id, coldExtent(row)]))
  const tail = yield* decoded("extents", subject, extentsOfTails(rowsOf<TailRow>(results, 3), new Set(ids)))
  const open = openEnds(rowsOf<Ends>(results, 2), cold, tail)
  const chunks = new Map<number, Array<Extent>>()
  for (const keys of groupBySize(open.rows)) {
    const statements = [readEpochs(db, siteId), db.prepare(CHUNKS).bind(JSON.stringify(keys))]
    const found = yield* read(db, "extents", subject, statements)
    if (epochsOf(found) !== epochs) return yield* new GuardFailed()
    for (const row of rowsOf<ChunkRow>(found, 1)) {
      const extents = yield* decoded("extents", subject, extentsOfRow(row, open.points.get(row.key) ?? []))
      for (const [id, extent] of extents) push(chunks, id, extent)
    }
  }
  return new Map(ids.flatMap((id) => {
    const ranked = [cold.get(id), ...chunks.get(id) ?? [], tail.get(id)].filter((extent) => extent !== undefined)
    const joined = joinAllExtents(ranked)
    return joined === undefined ? [] : [[id, joined] as const]
  }))
})

export const make = (db: Database, identities: Identities) =>
  Effect.fn("HotStoreD1.extents")(function*(site: string, asked: ReadonlyArray<string>) {
    const subject = `site ${site}`
    const siteId = yield* identities.site("extents", site)
    if (siteId === undefined) return { known: [], extents: [] } satisfies Extents
    const names = JSON.stringify([...new Set(asked)])
    const points = rowsOf<Point>(yield* read(db, "extents", subject, [db.prepare(KNOWN).bind(siteId, names)]), 0)
    const blocks = JSON.stringify([...new Set(points.map(({ id }) => blockOfPoint(id)))])
    const sizes = rowsOf<Sized>(yield* read(db, "extents", subject, [db.prepare(TAIL_SIZES).bind(blocks)]), 0)
    const extents = new Map<number, Extent>()
    for (const group of groupBySize(sizes)) {
      const inside = new Set(group)
      const ids = points.map(({ id }) => id).filter((id) => inside.has(blockOfPoint(id)))
      const found = yield* readGroup(db, subject, siteId, ids).pipe(
        Effect.retry({ times: TRIES, while: (error) => error._tag === "GuardFailed" }),
        Effect.catchTag("GuardFailed", (cause) =>
          Effect.fail(new HotStoreError({ operation: "extents", subject, cause })))
      )
      for (const [id, extent] of found) extents.set(id, extent)
    }
    return {
      known: points.map(({ name }) => name),
      extents: points.flatMap(({ id, name }) => {
        const extent = extents.get(id)
        return extent === undefined ? [] : [{ point: name, ...extent }]
      })
    } satisfies Extents
  })
