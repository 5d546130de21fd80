/**
 * Catalog rows, and the transaction that records a cold partition, registers its points, widens their extents and
 * evicts the hot samples that it holds.
 */
import { Effect } from "effect"
import type { PointExtent } from "../../domain/samples/extent.ts"
import type { CatalogEntry, ColdObject, OwnObject } from "../../domain/tiers/catalog.ts"
import { type Day, dayOf } from "../../domain/time/calendar.ts"
import { isEmpty, windowOfDay } from "../../domain/time/window.ts"
import { Catalog, type Corrections, type Narrowing, type Refusal } from "../../ports/Catalog.ts"
import { type EvictionGuard, StalePartition } from "../../ports/HotDays.ts"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import {
  batch,
  type Database,
  guard,
  jsonParameters,
  retryPlatform,
  rowsOf,
  rowsRead,
  rowsWritten
} from "../cloudflare/database.ts"
import { bytesFromHex, hexFromBytes } from "../cloudflare/hex.ts"
import { tailStatements } from "./append.ts"
import { EPOCH } from "./compact.ts"
import { read, storeError, tick } from "./database.ts"
import { coldExtent, type ColdRow, forgetStatements, widenStatements } from "./extents.ts"
import { type Identities, retryAllocation } from "./identities.ts"
import { chunkBetween, dayOffset, STRIP_ID, STRIPS } from "./keys.ts"
import { planTail } from "./tail-row.ts"

/** Indexes fetched at a time: up to 24 KB each, and twice that as hex. */
const INDEXES_AT_ONCE = 64

/** The SQL columns of the fields of a cold object; the site is known. */
const COLUMNS = {
  day: "day",
  generation: "generation",
  key: "key",
  etag: "etag",
  size: "size",
  rows: "row_count",
  points: "points",
  firstTimestamp: "first_timestamp",
  lastTimestamp: "last_timestamp",
  checksum: "checksum",
  source: "source",
  writtenBy: "run"
} satisfies Record<keyof Omit<OwnObject, "site" | "kind">, string>

/** SQL: the JSON of a catalog row, without its index. */
export const CATALOG_JSON = `json_object(${
  Object.entries(COLUMNS).map(([field, column]) => `'${field}', ${column}`).join(", ")
})`

/** Parses what {@link CATALOG_JSON} wrote. An adopted object has no run. */
export const coldObjectOf = (site: string, json: string): ColdObject => {
  const { source, writtenBy, ...known } = JSON.parse(json) as Omit<OwnObject, "site" | "kind">
  return writtenBy === "" ? { kind: "adopted", site, ...known } : { kind: "own", site, ...known, source, writtenBy }
}

/** SQL: the catalog rows of a site between two days, both included. */
export const catalogBetween = (from: string, to: string): string =>
  `catalog WHERE site_id = ?1 AND day BETWEEN ${from} AND ${to}`

// An etag names one content for ever, so that an index read later than its row is still the right one.
const INDEXES = `SELECT c.day, hex(c.point_index) AS pointIndex
  FROM json_each(?2) AS o CROSS JOIN catalog AS c ON c.site_id = ?1 AND c.day = o.value ->> 0
  WHERE c.etag = o.value ->> 1 AND c.point_index IS NOT NULL`

const LIST = `SELECT ${CATALOG_JSON} AS object FROM ${catalogBetween("?2", "?3")} ORDER BY day`

const PUT = `INSERT INTO catalog (site_id, day, generation, key, etag, size, row_count, points, first_timestamp,
    last_timestamp, checksum, source, run, point_index)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, unhex(?14))
  ON CONFLICT DO UPDATE SET generation = excluded.generation, key = excluded.key, etag = excluded.etag,
    size = excluded.size, row_count = excluded.row_count, points = excluded.points,
    first_timestamp = excluded.first_timestamp, last_timestamp = excluded.last_timestamp,
    checksum = excluded.checksum, source = excluded.source, run = excluded.run, point_index = excluded.point_index
  WHERE excluded.generation > catalog.generation`

// Above the stored generation, or the same publication again.
const NEWER = `NOT EXISTS (SELECT 1 FROM catalog WHERE site_id = ?1 AND day = ?2
  AND (generation > ?3 OR generation = ?3 AND etag <> ?4)) AND ?3 > 0`

// Generations only rise, and days do not go: no two states of a catalog have one sum.
const VERSION = "(SELECT count(*) || ':' || coalesce(sum(generation), 0) FROM catalog WHERE site_id = ?1)"

const ENDS = `SELECT p.name, c.first, c.last, hex(c.last_value) AS lastValue
  FROM point AS p CROSS JOIN cold_extent AS c ON c.point_id = p.id
  WHERE p.site_id = ?1 AND (c.first BETWEEN ?2 AND ?3 OR c.last BETWEEN ?2 AND ?3) ORDER BY p.name`

const DROP_CHUNKS = `DELETE FROM chunk WHERE k IN (
  SELECT c.k FROM block AS b CROSS JOIN json_each(${STRIPS}) AS s
  CROSS JOIN chunk AS c ON ${chunkBetween(STRIP_ID, "?2", "?3")} WHERE b.site_id = ?1)`

const putEntry = (db: Database, siteId: number, entry: CatalogEntry) =>
  db.prepare(PUT).bind(
    siteId,
    entry.day,
    entry.generation,
    entry.key,
    entry.etag,
    entry.size,
    entry.rows,
    entry.points,
    entry.firstTimestamp,
    entry.lastTimestamp,
    entry.checksum,
    entry.kind === "own" ? entry.source : "adopted",
    entry.kind === "own" ? entry.writtenBy : "",
    entry.index === null ? null : hexFromBytes(entry.index)
  )

// The row of a day stays as long as its tail does. Its counts are exact: every batch that changes a tail updates them.
const evict = (db: Database, siteId: number, { day, epoch }: EvictionGuard) => [
  guard(db, `${EPOCH} = ?3`, siteId, day, epoch),
  tick(db, siteId),
  db.prepare(DROP_CHUNKS).bind(siteId, dayOffset(day), dayOffset(day + 1)),
  db.prepare("DELETE FROM hot_day WHERE site_id = ?1 AND day = ?2 AND tail_bytes = 0").bind(siteId, day),
  db.prepare(
    `UPDATE hot_day SET (epoch, generation, chunk_samples) = (SELECT clock, clock, 0 FROM site WHERE id = ?1)
     WHERE site_id = ?1 AND day = ?2`
  ).bind(siteId, day)
]

const GENERATION = "coalesce((SELECT generation FROM hot_day WHERE site_id = ?1 AND day = ?2), 0)"

// As a new run would: the next append of the running one finds that it is stale.
const FENCE_SYNC = "UPDATE site SET run_sequence = run_sequence + 1, run_step = 0 WHERE id = ?1"

const correct = (
  db: Database,
  siteId: number,
  day: Day,
  { fencesSync, generation, series }: Corrections,
  ids: ReadonlyMap<string, number>
) => [
  guard(db, `${GENERATION} = ?3`, siteId, day, generation),
  ...fencesSync ? [db.prepare(FENCE_SYNC).bind(siteId)] : [],
  ...series.length === 0 ? [] : [tick(db, siteId), ...tailStatements(db, siteId, planTail(series, ids))]
]

/**
 * Why a guard of `publish` failed: success where the same publication was made before and so changed what it guards,
 * else who was first.
 */
const explainFailure = Effect.fnUntraced(function*(
  db: Database,
  siteId: number,
  entry: CatalogEntry,
  changesGuarded: boolean
) {
  const results = yield* read(db, "publish", entry.key, [
    db.prepare("SELECT generation, etag FROM catalog WHERE site_id = ?1 AND day = ?2").bind(siteId, entry.day)
  ])
  const current = rowsOf<{ generation: number; etag: string }>(results, 0)[0]
  const isRepeated = current?.generation === entry.generation && current.etag === entry.etag
  if (isRepeated && changesGuarded) return { cost: 0 }
  return yield* new StalePartition({
    site: entry.site,
    day: entry.day,
    detail: !isRepeated && (current?.generation ?? 0) >= entry.generation
      ? `the catalog is at generation ${current?.generation ?? 0}, not below ${entry.generation}`
      : "it was appended to, compacted or evicted, or another day was published"
  })
})

const publishing = (db: Database, identities: Identities) =>
  Effect.fn("HotStoreD1.publish")(function*(
    entry: CatalogEntry,
    points: ReadonlyArray<PointExtent>,
    guarded: EvictionGuard | null,
    corrections?: Corrections,
    narrowing?: Narrowing
  ) {
    const siteId = yield* identities.ensureSite("publish", entry.site)
    const attempt = Effect.gen(function*() {
      const names = [...points.map(({ point }) => point), ...narrowing?.points ?? []]
      const { ids, statements } = yield* identities.ensurePoints("publish", siteId, names)
      const results = yield* batch(db, "publish", entry.key, [
        guard(db, NEWER, siteId, entry.day, entry.generation, entry.etag),
        ...narrowing === undefined ? [] : [guard(db, `${VERSION} = ?2`, siteId, narrowing.version)],
        putEntry(db, siteId, entry),
        ...guarded === null ? [] : evict(db, siteId, guarded),
        ...corrections === undefined ? [] : correct(db, siteId, entry.day, corrections, ids),
        ...statements,
        ...forgetStatements(db, narrowing?.points ?? [], ids),
        ...widenStatements(db, [...narrowing?.extents ?? [], ...points], ids)
      ])
      return { cost: rowsWritten(results) }
    })
    return yield* attempt.pipe(
      retryPlatform,
      retryAllocation,
      Effect.catchTags({
        D1Error: (error) => Effect.fail(storeError(error)),
        IdTaken: (cause) => Effect.fail(new HotStoreError({ operation: "publish", subject: entry.key, cause })),
        GuardFailed: () => explainFailure(db, siteId, entry, guarded !== null || (corrections?.series ?? []).length > 0)
      })
    )
  })

const endsOf = (db: Database, identities: Identities) =>
  Effect.fn("HotStoreD1.ends")(function*(site: string, day: Day) {
    const siteId = yield* identities.ensureSite("ends", site)
    const { end, start } = windowOfDay(day)
    const results = yield* read(db, "ends", `site ${site} day ${day}`, [
      db.prepare(`SELECT ${VERSION} AS version`).bind(siteId),
      db.prepare(ENDS).bind(siteId, start, end - 1)
    ])
    const extents = rowsOf<Omit<ColdRow, "id"> & { name: string }>(results, 1)
    return {
      version: rowsOf<{ version: string }>(results, 0)[0]?.version ?? "",
      extents: extents.map((row): PointExtent => ({ point: row.name, ...coldExtent(row) }))
    }
  })

const finding = (db: Database, identities: Identities) =>
  Effect.fn("HotStoreD1.find")(function*(site: string, objects: ReadonlyArray<ColdObject>) {
    const indexes = new Map<number, Uint8Array>()
    let cost = 0
    const siteId = yield* identities.site("find", site)
    for (let from = 0; siteId !== undefined && from < objects.length; from += INDEXES_AT_ONCE) {
      const asked = objects.slice(from, from + INDEXES_AT_ONCE).map(({ day, etag }) => [day, etag])
      const statement = db.prepare(INDEXES).bind(siteId, JSON.stringify(asked))
      const results = yield* read(db, "find", `site ${site}`, [statement])
      for (const { day, pointIndex } of rowsOf<{ day: number; pointIndex: string }>(results, 0)) {
        indexes.set(day, bytesFromHex(pointIndex))
      }
      cost += rowsRead(results)
    }
    const entries = objects.map((object): CatalogEntry => ({ ...object, index: indexes.get(object.day) ?? null }))
    return { entries, cost }
  })

const NOTE_REFUSAL = `INSERT INTO refusal (key, etag, reason) VALUES (?1, ?2, ?3)
  ON CONFLICT DO UPDATE SET etag = excluded.etag, reason = excluded.reason`

const FORGET_REFUSALS = "DELETE FROM refusal WHERE key IN (SELECT value FROM json_each(?1))"

const refusalsOf = (db: Database) => ({
  refusals: Effect.map(
    Effect.suspend(() =>
      read(db, "refusals", "the archive", [db.prepare("SELECT key, etag, reason FROM refusal ORDER BY key")])),
    (results) => rowsOf<Refusal>(results, 0)
  ),
  noteRefusal: ({ etag, key, reason }: Refusal) =>
    Effect.asVoid(read(db, "noteRefusal", key, [db.prepare(NOTE_REFUSAL).bind(key, etag, reason)])),
  forgetRefusals: (keys: ReadonlyArray<string>) =>
    Effect.forEach(jsonParameters(keys.map((key) => JSON.stringify(key))), (parameter) =>
      read(db, "forgetRefusals", "the archive", [db.prepare(FORGET_REFUSALS).bind(parameter)]), { discard: true })
})

export const make = (db: Database, identities: Identities) =>
  Catalog.of({
    ...refusalsOf(db),
    list: Effect.fn("HotStoreD1.listCatalog")(function*(site, window) {
      if (isEmpty(window)) return []
      const [from, to] = [dayOf(window.start), dayOf(window.end - 1)]
      const rows = yield* identities.ask<{ object: string }>("listCatalog", site, LIST, from, to)
      return rows.map(({ object }) => coldObjectOf(site, object))
    }),
    find: finding(db, identities),
    ends: endsOf(db, identities),
    publish: publishing(db, identities)
  })
