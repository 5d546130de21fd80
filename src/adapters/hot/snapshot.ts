/**
 * What a query reads of the hot tier and the catalog: one statement, and so one instant.
 */
import { Effect, Result } from "effect"
import { decodeChunk } from "../../domain/codec/chunk/chunk.ts"
import type { ChunkError } from "../../domain/codec/error.ts"
import { type Columns, countSamples, sliceColumns } from "../../domain/samples/series.ts"
import type { Window } from "../../domain/time/window.ts"
import { type Snapshot, SnapshotTooLarge } from "../../ports/Reads.ts"
import { CATALOG_JSON, catalogBetween, coldObjectOf } from "./catalog.ts"
import { startOf, timelinesFromHex } from "./chunk-row.ts"
import { collectTail, decoded, push, seriesOf } from "./chunks.ts"
import { type Database, rowsOf, rowsRead } from "../cloudflare/database.ts"
import { read } from "./database.ts"
import { bytesFromHex } from "../cloudflare/hex.ts"
import type { Identities } from "./identities.ts"
import { chunkBetween, placesOf, STRIP, STRIPS_OF_BLOCK, tailBetween } from "./keys.ts"
import { tailOfStrip } from "./tail-row.ts"

const CHUNK_START = startOf("s.value")
const CHUNK_OF_SLOT = `hex(substr(c.data, 1 + ${CHUNK_START}, ${startOf("s.value + 1")} - ${CHUNK_START}))`

// One statement and not one for each kind of row: it is answered faster than four, and looks up the asked names once.
// One row for each strip and day, however many of its points are asked: the blob is read once, and the timelines sent
// once.
const SNAPSHOT = `WITH asked AS MATERIALIZED (
    SELECT name.key AS place, p.id, p.name FROM json_each(?2) AS name
    CROSS JOIN point AS p ON p.site_id = ?1 AND p.name = name.value
  ), wanted AS MATERIALIZED (
    SELECT id / ${STRIP} AS strip, group_concat(id % ${STRIP}) AS slots FROM asked GROUP BY 1
  )
  SELECT 'point' AS kind, id, place, name AS text, NULL AS timelines, NULL AS data FROM asked
  UNION ALL
  SELECT 'chunk', w.strip, c.k, w.slots, hex(c.timelines),
    (SELECT group_concat(${CHUNK_OF_SLOT}) FROM json_each('[' || w.slots || ']') AS s)
  FROM wanted AS w CROSS JOIN chunk AS c ON ${chunkBetween("w.strip", "?3", "?4")}
  WHERE c.first < ?6 AND c.last >= ?5
  UNION ALL
  SELECT 'tail', w.strip, t.k, NULL, NULL, hex(${tailOfStrip("w.strip")})
  FROM wanted AS w CROSS JOIN tail AS t ON ${tailBetween(`w.strip / ${STRIPS_OF_BLOCK.length}`, "?7", "?8")}
  UNION ALL
  SELECT 'partition', NULL, day, ${CATALOG_JSON}, NULL, NULL FROM ${catalogBetween("?9", "?10")}`

interface PointRow {
  readonly kind: "point"
  readonly id: number
  readonly place: number
  /** The name. */
  readonly text: string
}

interface SliceRow {
  readonly kind: "chunk"
  /** The strip. */
  readonly id: number
  /** The asked slots of the strip. */
  readonly text: string
  readonly timelines: string
  /** The chunk of each asked slot. */
  readonly data: string
}

interface TailOfStripRow {
  readonly kind: "tail"
  /** The strip. */
  readonly id: number
  /** The key. */
  readonly place: number
  readonly data: string
}

interface PartitionRow {
  readonly kind: "partition"
  /** The day. */
  readonly place: number
  /** JSON of the catalog row. */
  readonly text: string
}

type SnapshotRow = PointRow | SliceRow | TailOfStripRow | PartitionRow

/** The rows of one kind, in order. */
const ofKind = <K extends SnapshotRow["kind"]>(
  rows: ReadonlyArray<SnapshotRow>,
  kind: K
): ReadonlyArray<Extract<SnapshotRow, { readonly kind: K }>> =>
  rows.filter((row): row is Extract<SnapshotRow, { readonly kind: K }> => row.kind === kind)

const byPlace = (a: { readonly place: number }, b: { readonly place: number }): number => a.place - b.place

/** Appends the samples of a row that are in the window to the lists of their points, and counts them. */
const collectSlices = (
  row: SliceRow,
  window: Window,
  into: Map<number, Array<Columns>>
): Result.Result<number, ChunkError> => {
  let samples = 0
  const slots = row.text.split(",")
  const chunks = row.data.split(",")
  const timelines = timelinesFromHex(row.timelines)
  if (Result.isFailure(timelines)) return Result.fail(timelines.failure)
  for (let i = 0; i < slots.length; i++) {
    if (chunks[i] === "") continue
    const columns = decodeChunk(bytesFromHex(chunks[i] as string), timelines.success)
    if (Result.isFailure(columns)) return Result.fail(columns.failure)
    const inside = sliceColumns(columns.success, window)
    push(into, row.id * STRIP + Number(slots[i]), inside)
    samples += inside.timestamps.length
  }
  return Result.succeed(samples)
}

export const make = (db: Database, identities: Identities) =>
  Effect.fn("HotStoreD1.snapshot")(function*(
    site: string,
    points: ReadonlyArray<string>,
    window: Window,
    most = Infinity
  ) {
    const subject = `site ${site}`
    const siteId = yield* identities.site("snapshot", site)
    if (siteId === undefined) return { known: [], hot: [], partitions: [], cost: 0 } satisfies Snapshot
    const names = JSON.stringify([...new Set(points)])
    const { days, firstDay, hours, lastDay } = placesOf(window)
    const results = yield* read(db, "snapshot", subject, [
      db.prepare(SNAPSHOT).bind(siteId, names, ...days, window.start, window.end, ...hours, firstDay, lastDay)
    ])
    const rows = rowsOf<SnapshotRow>(results, 0)
    const known = ofKind(rows, "point").toSorted(byPlace)
    const wanted = new Set(known.map(({ id }) => id))
    const tails = ofKind(rows, "tail").toSorted(byPlace).map(({ data, id }) => ({ strip: id, data }))
    const ranked = new Map<number, Array<Columns>>()
    let samples = 0
    for (const row of ofKind(rows, "chunk")) {
      samples += yield* decoded("snapshot", subject, collectSlices(row, window, ranked))
      if (samples > most) return yield* new SnapshotTooLarge({ site, samples })
    }
    yield* decoded("snapshot", subject, collectTail(tails, ranked, window, (id) => wanted.has(id)))
    const hot = known.flatMap(({ id, text }) => seriesOf(text, ranked.get(id), window))
    if (countSamples(hot) > most) return yield* new SnapshotTooLarge({ site, samples: countSamples(hot) })
    return {
      known: known.map(({ text }) => text),
      hot,
      partitions: ofKind(rows, "partition").toSorted(byPlace).map(({ text }) => coldObjectOf(site, text)),
      cost: rowsRead(results)
    } satisfies Snapshot
  })
