/**
 * The sites and points of the store, and how much it holds of each site.
 */
import { Effect, Schema } from "effect"
import type { Day } from "../../domain/time/calendar.ts"
import { Directory, type SiteReach, type SiteStats } from "../../ports/Directory.ts"
import type { SourcePoint } from "../../ports/SampleSource.ts"
import { type Database, rowsOf } from "../cloudflare/database.ts"
import { read } from "./database.ts"
import type { Identities } from "./identities.ts"
import { CHUNK_SPAN, chunkBetween, STRIP_ID, STRIPS, TAIL_SPAN, tailBetween } from "./keys.ts"

/** A site that was only asked for, as by a wrong setting, has neither. */
const SITES = `SELECT name FROM site AS s
  WHERE EXISTS (SELECT 1 FROM point WHERE site_id = s.id) OR EXISTS (SELECT 1 FROM catalog WHERE site_id = s.id)
  ORDER BY name`

const parseTags = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Schema.String)))

interface PointRow extends Omit<SourcePoint, "tags" | "collected"> {
  readonly id: number
  readonly tags: string
  readonly collected: number
}

const STATS = `SELECT
  (SELECT count(*) FROM point WHERE site_id = ?1) AS points,
  (SELECT count(*) FROM hot_day WHERE site_id = ?1) AS hotDays,
  (SELECT min(day) FROM hot_day WHERE site_id = ?1) AS oldestDay,
  (SELECT max(day) FROM hot_day WHERE site_id = ?1) AS newestDay,
  (SELECT coalesce(sum(tail_bytes), 0) FROM hot_day WHERE site_id = ?1) AS tailBytes,
  (SELECT count(*) FROM block AS b CROSS JOIN tail AS t ON ${tailBetween("b.id", "0", `${TAIL_SPAN}`)}
    WHERE b.site_id = ?1) AS tailRows,
  (SELECT count(*) FROM catalog WHERE site_id = ?1) AS coldDays,
  (SELECT coalesce(sum(row_count), 0) FROM catalog WHERE site_id = ?1) AS coldRows,
  (SELECT coalesce(sum(size), 0) FROM catalog WHERE site_id = ?1) AS coldBytes,
  count(c.k) AS chunks, coalesce(sum(length(c.timelines) + length(c.data)), 0) AS chunkBytes
  FROM block AS b CROSS JOIN json_each(${STRIPS}) AS s
  CROSS JOIN chunk AS c ON ${chunkBetween(STRIP_ID, "0", `${CHUNK_SPAN}`)}
  WHERE b.site_id = ?1`

// The hot days of a site are few, and its first and last rows are found without the others.
const REACH = `WITH hot AS (
    SELECT site_id, count(*) AS days, min(day) AS oldest, max(day) AS newest, sum(tail_bytes) AS bytes
    FROM hot_day GROUP BY site_id)
  SELECT s.name AS site, coalesce(h.days, 0) AS hotDays, h.oldest AS oldestHotDay, h.newest AS newestHotDay,
    coalesce(h.bytes, 0) AS pendingBytes,
    (SELECT max(day) FROM catalog WHERE site_id = s.id AND day < coalesce(h.oldest, 1e9)) AS archivedThrough,
    (SELECT last_timestamp FROM catalog WHERE site_id = s.id ORDER BY day DESC LIMIT 1) AS newestArchivedSample
  FROM site AS s LEFT JOIN hot AS h ON h.site_id = s.id ORDER BY s.name`

interface StatsRow {
  readonly points: number
  readonly hotDays: number
  readonly oldestDay: Day | null
  readonly newestDay: Day | null
  readonly tailBytes: number
  readonly tailRows: number
  readonly chunks: number
  readonly chunkBytes: number
  readonly coldDays: number
  readonly coldRows: number
  readonly coldBytes: number
}

const NO_STATS: StatsRow = {
  points: 0,
  hotDays: 0,
  oldestDay: null,
  newestDay: null,
  tailBytes: 0,
  tailRows: 0,
  chunks: 0,
  chunkBytes: 0,
  coldDays: 0,
  coldRows: 0,
  coldBytes: 0
}

const statsOf = (row: StatsRow): SiteStats => ({
  points: row.points,
  hot: {
    days: row.hotDays,
    oldest: row.oldestDay,
    newest: row.newestDay,
    compacted: { records: row.chunks, bytes: row.chunkBytes },
    pending: { records: row.tailRows, bytes: row.tailBytes }
  },
  cold: { days: row.coldDays, samples: row.coldRows, bytes: row.coldBytes }
})

export const make = (db: Database, { ask }: Identities) =>
  Directory.of({
    sites: Effect.gen(function*() {
      const results = yield* read(db, "sites", "sites", [db.prepare(SITES)])
      return rowsOf<{ name: string }>(results, 0).map(({ name }) => name)
    }),

    points: Effect.fn("HotStoreD1.points")(function*(site, search) {
      const rows = yield* ask<PointRow>(
        "points",
        site,
        `SELECT id, name, unit, device, description, interval_seconds AS intervalSeconds, tags, collected
         FROM point WHERE site_id = ?1 ORDER BY name`
      )
      // Not in SQL: SQLite folds the case of ASCII only.
      const wanted = search.toLowerCase()
      return rows.filter(({ name }) => name.toLowerCase().includes(wanted))
        .map((row) => ({ ...row, tags: parseTags(row.tags), collected: row.collected === 1 }))
    }),

    reach: Effect.gen(function*() {
      const results = yield* read(db, "reach", "sites", [db.prepare(REACH)])
      return { bytes: results[0]?.meta.size_after ?? null, sites: rowsOf<SiteReach>(results, 0) }
    }),

    stats: Effect.fn("HotStoreD1.stats")(function*(site) {
      return statsOf((yield* ask<StatsRow>("stats", site, STATS))[0] ?? NO_STATS)
    })
  })

