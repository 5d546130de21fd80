/**
 * The compacted series of a day in the order of their names. Strips are fetched in the order in which the names need
 * them, and stay in memory, compressed, until their last name has passed: at most one day of a site.
 */
import { Effect, Result, Stream } from "effect"
import type { Day } from "../../domain/time/calendar.ts"
import type { ChunkError } from "../../domain/codec/error.ts"
import { mergeAll } from "../../domain/samples/merge.ts"
import type { Columns, Series } from "../../domain/samples/series.ts"
import { type DayScan, StalePartition } from "../../ports/HotDays.ts"
import { type ChunkRow, type OpenRow, openRow } from "./chunk-row.ts"
import { type Sized, CHUNK_COLUMNS, decoded, groupBySize, push } from "./chunks.ts"
import { EPOCH } from "./compact.ts"
import { type Database, rowsOf } from "../cloudflare/database.ts"
import { read } from "./database.ts"
import type { Identities } from "./identities.ts"
import { chunkBetween, dayOffset, STRIP, STRIP_ID, stripOfChunk, stripOfPoint, STRIPS } from "./keys.ts"

/** Series that are decoded at a time. */
const SERIES_AT_ONCE = 64

interface StripRow {
  readonly strip: number
  readonly open: OpenRow
}

export const make = (db: Database, identities: Identities) => {
  /** The rows of some strips. Fails if the day is no longer at the epoch of the scan. */
  const fetch = Effect.fnUntraced(function*(site: string, siteId: number, day: Day, epoch: number, strips: string) {
    const subject = `site ${site} day ${day}`
    const results = yield* read(db, "scan", subject, [
      db.prepare(`SELECT ${EPOCH} AS epoch`).bind(siteId, day),
      db.prepare(
        `SELECT ${CHUNK_COLUMNS} FROM json_each(?1) AS s
         CROSS JOIN chunk AS c ON ${chunkBetween("s.value", "?2", "?3")}`
      ).bind(strips, dayOffset(day), dayOffset(day + 1))
    ])
    if ((rowsOf<{ epoch: number }>(results, 0)[0]?.epoch ?? 0) !== epoch) {
      return yield* new StalePartition({ site, day, detail: "it was compacted or evicted during the scan" })
    }
    return yield* Effect.forEach(rowsOf<ChunkRow>(results, 1), (row) =>
      Effect.map(
        decoded("scan", subject, openRow(row)),
        (open): StripRow => ({ strip: stripOfChunk(row.key), open })
      ))
  })

  return Effect.fn("HotStoreD1.scan")(function*(site: string, day: Day) {
    const subject = `site ${site} day ${day}`
    const siteId = yield* identities.site("scan", site)
    if (siteId === undefined) return { guard: { site, day, epoch: 0 }, series: Stream.empty } satisfies DayScan
    const results = yield* read(db, "scan", subject, [
      db.prepare(`SELECT ${EPOCH} AS epoch`).bind(siteId, day),
      db.prepare(
        `SELECT ${STRIP_ID} AS id, sum(length(c.data)) AS bytes FROM block AS b CROSS JOIN json_each(${STRIPS}) AS s
         CROSS JOIN chunk AS c ON ${chunkBetween(STRIP_ID, "?2", "?3")} WHERE b.site_id = ?1 GROUP BY 1`
      ).bind(siteId, dayOffset(day), dayOffset(day + 1))
    ])
    const epoch = rowsOf<{ epoch: number }>(results, 0)[0]?.epoch ?? 0
    const sizes = new Map(rowsOf<Sized>(results, 1).map(({ bytes, id }) => [id, bytes]))
    const { byName } = yield* identities.load("scan", siteId)

    // The names whose strip has a row, in order, and the strips in the order of their first name.
    const names = [...byName].filter(([, id]) => sizes.has(stripOfPoint(id)))
    const order = [...new Set(names.map(([, id]) => stripOfPoint(id)))]
    const groups = groupBySize(order.map((id) => ({ id, bytes: sizes.get(id) ?? 0 })))

    const series = Stream.suspend(() => {
      const residents = new Residents(names)
      return Stream.fromIterable(groups).pipe(
        // The next group is fetched while this one is decoded.
        Stream.mapEffect((group) => fetch(site, siteId, day, epoch, JSON.stringify(group)), { concurrency: 2 }),
        Stream.flatMap((rows) => Stream.fromIterable(residents.take(rows)).pipe(Stream.grouped(SERIES_AT_ONCE))),
        Stream.mapEffect((due) => decoded("scan", subject, decodeSeries(due))),
        Stream.flattenIterable
      )
    })
    return { guard: { site, day, epoch }, series } satisfies DayScan
  })
}

interface Due {
  readonly point: string
  readonly id: number
  readonly rows: ReadonlyArray<OpenRow>
}

/** Keeps strips until the last of their names has passed. */
class Residents {
  readonly #names: ReadonlyArray<readonly [point: string, id: number]>
  readonly #pending = new Map<number, number>()
  readonly #rows = new Map<number, Array<OpenRow>>()
  #next = 0

  constructor(names: ReadonlyArray<readonly [point: string, id: number]>) {
    this.#names = names
    for (const [, id] of names) this.#pending.set(stripOfPoint(id), (this.#pending.get(stripOfPoint(id)) ?? 0) + 1)
  }

  /** Adds the rows of a group of strips; answers the next names up to the first whose strip is not here yet. */
  take(rows: ReadonlyArray<StripRow>): ReadonlyArray<Due> {
    for (const { open, strip } of rows) push(this.#rows, strip, open)
    const due: Array<Due> = []
    for (; this.#next < this.#names.length; this.#next++) {
      const [point, id] = this.#names[this.#next] as readonly [string, number]
      const strip = stripOfPoint(id)
      const found = this.#rows.get(strip)
      if (found === undefined) break
      due.push({ point, id, rows: found })
      const left = (this.#pending.get(strip) ?? 1) - 1
      this.#pending.set(strip, left)
      if (left === 0) this.#rows.delete(strip)
    }
    return due
  }
}

/** Points without samples on the day are left out. */
const decodeSeries = (due: ReadonlyArray<Due>): Result.Result<ReadonlyArray<Series>, ChunkError> => {
  const series: Array<Series> = []
  for (const { id, point, rows } of due) {
    const found: Array<Columns> = []
    for (const row of rows) {
      if (!row.slots.includes(id % STRIP)) continue
      const columns = row.decode(id % STRIP)
      if (Result.isFailure(columns)) return Result.fail(columns.failure)
      found.push(columns.success)
    }
    if (found.length > 0) series.push({ point, ...mergeAll(found) })
  }
  return Result.succeed(series)
}
