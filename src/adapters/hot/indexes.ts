/**
 * Cold objects with their indexes, which queries fetch once they know which objects they read.
 */
import { Effect } from "effect"
import type { CatalogEntry, ColdObject } from "../../domain/tiers/catalog.ts"
import { type Database, rowsOf, rowsRead } from "../cloudflare/database.ts"
import { read } from "./database.ts"
import { bytesFromHex } from "../cloudflare/hex.ts"
import type { Identities } from "./identities.ts"

/** Indexes fetched at a time: up to 24 KB each, and twice that as hex. */
const INDEXES_AT_ONCE = 64

// An etag names one content for ever, so that an index read later than its row is still the right one.
const INDEXES = `SELECT c.day, hex(c.point_index) AS pointIndex
  FROM json_each(?2) AS o CROSS JOIN catalog AS c ON c.site_id = ?1 AND c.day = o.value ->> 0
  WHERE c.etag = o.value ->> 1 AND c.point_index IS NOT NULL`

export const make = (db: Database, identities: Identities) =>
  Effect.fn("HotStoreD1.find")(function*(site: string, objects: ReadonlyArray<ColdObject>) {
    const indexes = new Map<number, Uint8Array>()
    let cost = 0
    const siteId = yield* identities.site("find", site)
    for (let from = 0; siteId !== undefined && from < objects.length; from += INDEXES_AT_ONCE) {
      const asked = objects.slice(from, from + INDEXES_AT_ONCE).map(({ day, etag }) => [day, etag])
      const results = yield* read(db, "find", `site ${site}`, [
        db.prepare(INDEXES).bind(siteId, JSON.stringify(asked))
      ])
      for (const { day, pointIndex } of rowsOf<{ day: number; pointIndex: string }>(results, 0)) {
        indexes.set(day, bytesFromHex(pointIndex))
      }
      cost += rowsRead(results)
    }
    const entries = objects.map((object): CatalogEntry => ({ ...object, index: indexes.get(object.day) ?? null }))
    return { entries, cost }
  })
