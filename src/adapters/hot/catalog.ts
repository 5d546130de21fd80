/**
 * Catalog rows, and the transaction that records a cold partition, registers its points, widens their extents and evicts
 * what it took over.
 */
import { Effect } from "effect"
import type { CatalogEntry, ColdObject } from "../../domain/tiers/catalog.ts"
import type { PointExtent } from "../../domain/samples/extent.ts"
import { type EvictionGuard, StalePartition } from "../../ports/HotDays.ts"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import { EPOCH } from "./compact.ts"
import { batch, type Database, guard, retryPlatform, rowsOf, rowsWritten } from "../cloudflare/database.ts"
import { hexFromBytes } from "../cloudflare/hex.ts"
import { read, storeError, tick } from "./database.ts"
import { widenStatements } from "./extents.ts"
import { type Identities, retryAllocation } from "./identities.ts"
import { chunkBetween, dayOffset, STRIP_ID, STRIPS } from "./keys.ts"

/** What SQL calls the fields of a cold object; the site is known. */
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
} satisfies Record<keyof Omit<ColdObject, "site">, string>

/** SQL: the JSON of a catalog row, without its index. */
export const CATALOG_JSON = `json_object(${Object.entries(COLUMNS).map(([field, column]) => `'${field}', ${column}`).join(", ")})`

/** Parses what {@link CATALOG_JSON} wrote. */
export const coldObjectOf = (site: string, json: string): ColdObject => ({ site, ...JSON.parse(json) as Omit<ColdObject, "site"> })

/** SQL: the catalog rows of a site between two days, both included. */
export const catalogBetween = (from: string, to: string): string =>
  `catalog WHERE site_id = ?1 AND day BETWEEN ${from} AND ${to}`

const PUT = `INSERT INTO catalog (site_id, day, generation, key, etag, size, row_count, points, first_timestamp,
    last_timestamp, checksum, source, run, point_index)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, unhex(?14))
  ON CONFLICT DO UPDATE SET generation = excluded.generation, key = excluded.key, etag = excluded.etag,
    size = excluded.size, row_count = excluded.row_count, points = excluded.points,
    first_timestamp = excluded.first_timestamp, last_timestamp = excluded.last_timestamp,
    checksum = excluded.checksum, source = excluded.source, run = excluded.run, point_index = excluded.point_index
  WHERE excluded.generation > catalog.generation`

// Above the stored generation, or the very same publication once more.
const NEWER = `NOT EXISTS (SELECT 1 FROM catalog WHERE site_id = ?1 AND day = ?2
  AND (generation > ?3 OR generation = ?3 AND etag <> ?4)) AND ?3 > 0`

export const make = (db: Database, identities: Identities) => {
  const put = (siteId: number, entry: CatalogEntry) =>
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
      entry.source,
      entry.writtenBy,
      entry.index === null ? null : hexFromBytes(entry.index)
    )

  // The directory row stays as long as a tail does, and it is exact: every batch that touches a tail keeps its count.
  const eviction = (siteId: number, { day, epoch }: EvictionGuard) => [
    guard(db, `${EPOCH} = ?3`, siteId, day, epoch),
    tick(db, siteId),
    db.prepare(
      `DELETE FROM chunk WHERE k IN (SELECT c.k FROM block AS b CROSS JOIN json_each(${STRIPS}) AS s
         CROSS JOIN chunk AS c ON ${chunkBetween(STRIP_ID, "?2", "?3")} WHERE b.site_id = ?1)`
    ).bind(siteId, dayOffset(day), dayOffset(day + 1)),
    db.prepare("DELETE FROM hot_day WHERE site_id = ?1 AND day = ?2 AND tail_bytes = 0").bind(siteId, day),
    db.prepare(
      `UPDATE hot_day SET (epoch, generation, chunk_samples) = (SELECT clock, clock, 0 FROM site WHERE id = ?1)
       WHERE site_id = ?1 AND day = ?2`
    ).bind(siteId, day)
  ]

  /** What a failed guard meant: success where this very publication stands, else who was first. */
  const explain = Effect.fnUntraced(function*(siteId: number, entry: CatalogEntry) {
    const results = yield* read(db, "publish", entry.key, [
      db.prepare("SELECT generation, etag FROM catalog WHERE site_id = ?1 AND day = ?2").bind(siteId, entry.day)
    ])
    const current = rowsOf<{ generation: number; etag: string }>(results, 0)[0]
    if (current?.generation === entry.generation && current.etag === entry.etag) return { cost: 0 }
    return yield* new StalePartition({
      site: entry.site,
      day: entry.day,
      detail: (current?.generation ?? 0) >= entry.generation
        ? `the catalog is at generation ${current?.generation ?? 0}, not below ${entry.generation}`
        : "it was compacted or evicted"
    })
  })

  return Effect.fn("HotStoreD1.publish")(function*(
    entry: CatalogEntry,
    points: ReadonlyArray<PointExtent>,
    evict: EvictionGuard | null
  ) {
    const siteId = yield* identities.ensureSite("publish", entry.site)
    const attempt = Effect.gen(function*() {
      const { ids, statements } = yield* identities.ensurePoints("publish", siteId, points.map(({ point }) => point))
      const results = yield* batch(db, "publish", entry.key, [
        guard(db, NEWER, siteId, entry.day, entry.generation, entry.etag),
        put(siteId, entry),
        ...evict === null ? [] : eviction(siteId, evict),
        ...statements,
        ...widenStatements(db, points, ids)
      ])
      return { cost: rowsWritten(results) }
    })
    return yield* attempt.pipe(
      retryPlatform,
      retryAllocation,
      Effect.catchTags({
        D1Error: (error) => Effect.fail(storeError(error)),
        IdTaken: (cause) => Effect.fail(new HotStoreError({ operation: "publish", subject: entry.key, cause })),
        GuardFailed: () => explain(siteId, entry)
      })
    )
  })
}
