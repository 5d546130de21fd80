/**
 * `HotStore` on D1. The tables and the rules they obey are described in docs/format-hot-store.md.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { type Day, dayOf } from "../../domain/time/calendar.ts"
import { isEmpty, type Window } from "../../domain/time/window.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { Directory, type SiteStats } from "../../ports/Directory.ts"
import { type HotDay, HotDays } from "../../ports/HotDays.ts"
import type { HotStore } from "../../ports/HotStore.ts"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import { Intake } from "../../ports/Intake.ts"
import { Reads } from "../../ports/Reads.ts"
import { SchemaCheck } from "../../ports/SchemaCheck.ts"
import type { SourcePoint } from "../../ports/SampleSource.ts"
import * as Append from "./append.ts"
import * as Publish from "./catalog.ts"
import { CATALOG_JSON, catalogBetween, coldObjectOf } from "./catalog.ts"
import * as Compact from "./compact.ts"
import { type Database, rowsOf } from "../cloudflare/database.ts"
import { read } from "./database.ts"
import * as Extents from "./extents.ts"
import * as Identities from "./identities.ts"
import * as Find from "./indexes.ts"
import { CHUNK_SPAN, chunkBetween, STRIP_ID, STRIPS, TAIL_SPAN, tailBetween } from "./keys.ts"
import * as Recent from "./recent.ts"
import * as Scan from "./scan.ts"
import * as Snapshot from "./snapshot.ts"

/** The version that all migrations, those of job state included, leave behind and this code was built for. */
const SCHEMA_VERSION = 4

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
  FROM block AS b CROSS JOIN json_each(${STRIPS}) AS s CROSS JOIN chunk AS c ON ${chunkBetween(STRIP_ID, "0", `${CHUNK_SPAN}`)}
  WHERE b.site_id = ?1`

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

/** One statement about a site, by its id; no rows where nobody has written to the site. */
const asking = (db: Database, identities: Identities.Identities) =>
<T>(operation: string, site: string, sql: string, ...values: ReadonlyArray<unknown>) =>
  Effect.gen(function*() {
    const siteId = yield* identities.site(operation, site)
    if (siteId === undefined) return []
    return rowsOf<T>(
      yield* read(db, operation, `site ${site}`, [db.prepare(sql).bind(siteId, ...values)]),
      0
    )
  })

type Ask = ReturnType<typeof asking>

const schemaCheckOf = (db: Database) =>
  SchemaCheck.of({
    check: Effect.gen(function*() {
      const results = yield* read(db, "ready", "schema", [
        db.prepare("SELECT max(version) AS version FROM hot_schema")
      ])
      const version = rowsOf<{ version: number | null }>(results, 0)[0]?.version ?? 0
      if (version === SCHEMA_VERSION) return
      const cause = new Error(`it is at version ${version}, this code was built for ${SCHEMA_VERSION}: run the migrations`)
      return yield* new HotStoreError({ operation: "ready", subject: "schema", cause })
    })
  })

const intakeOf = (db: Database, identities: Identities.Identities) =>
  Intake.of({
    // A lost answer costs a sequence number; nobody holds the one that was skipped.
    takeFence: Effect.fn("HotStoreD1.takeFence")(function*(site) {
      const results = yield* read(db, "takeFence", `site ${site}`, [
        db.prepare(
          `INSERT INTO site (name, run_sequence) VALUES (?1, 1)
           ON CONFLICT (name) DO UPDATE SET run_sequence = run_sequence + 1, run_step = 0
           RETURNING run_sequence AS sequence`
        ).bind(site)
      ])
      return { site, sequence: rowsOf<{ sequence: number }>(results, 0)[0]?.sequence ?? 0 }
    }),

    append: Append.make(db, identities),

    registerPoints: Effect.fn("HotStoreD1.registerPoints")(function*(site, points) {
      const siteId = yield* identities.ensureSite("registerPoints", site)
      yield* identities.describe(siteId, points)
    }),

    recent: Recent.make(db, identities)
  })

const directoryOf = (db: Database, ask: Ask) =>
  Directory.of({
    sites: Effect.gen(function*() {
      const results = yield* read(db, "sites", "sites", [db.prepare("SELECT name FROM site ORDER BY name")])
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

    stats: Effect.fn("HotStoreD1.stats")(function*(site) {
      return statsOf((yield* ask<StatsRow>("stats", site, STATS))[0] ?? NO_STATS)
    })
  })

const readsOf = (db: Database, identities: Identities.Identities, ask: Ask) =>
  Reads.of({
    snapshot: Snapshot.make(db, identities),
    extents: Extents.make(db, identities),

    version: Effect.fn("HotStoreD1.version")(function*(site, window) {
      if (isEmpty(window)) return "empty"
      // Points are never removed, so that their number tells of every new one.
      const rows = yield* ask<{ version: string }>(
        "version",
        site,
        `SELECT json_array(
          (SELECT count(*) FROM point WHERE site_id = ?1),
          (SELECT json_group_array(day || ':' || generation) FROM hot_day WHERE site_id = ?1 AND day BETWEEN ?2 AND ?3),
          (SELECT json_group_array(day || ':' || generation) FROM catalog WHERE site_id = ?1 AND day BETWEEN ?2 AND ?3)
        ) AS version`,
        dayOf(window.start),
        dayOf(window.end - 1)
      )
      return rows[0]?.version ?? "empty"
    })
  })

const hotDaysOf = (db: Database, identities: Identities.Identities, ask: Ask) =>
  HotDays.of({
    list: (site) =>
      ask<HotDay>(
        "hotDays",
        site,
        `SELECT day, generation, tail_bytes AS pendingBytes, tail_since AS pendingSince,
           chunk_samples + tail_samples AS samples
         FROM hot_day WHERE site_id = ?1 ORDER BY day`
      ),

    compact: Compact.make(db, identities),
    scan: Scan.make(db, identities)
  })

const catalogOf = (db: Database, identities: Identities.Identities, ask: Ask) =>
  Catalog.of({
    list: Effect.fn("HotStoreD1.catalog")(function*(site: string, window: Window) {
      if (isEmpty(window)) return []
      const rows = yield* ask<{ object: string }>(
        "catalog",
        site,
        `SELECT ${CATALOG_JSON} AS object FROM ${catalogBetween("?2", "?3")} ORDER BY day`,
        dayOf(window.start),
        dayOf(window.end - 1)
      )
      return rows.map(({ object }) => coldObjectOf(site, object))
    }),

    find: Find.make(db, identities),
    publish: Publish.make(db, identities)
  })

export const layer = (db: Database): Layer.Layer<HotStore> =>
  Layer.effectContext(Effect.sync(() => {
    const identities = Identities.make(db)
    const ask = asking(db, identities)
    return Context.make(SchemaCheck, schemaCheckOf(db)).pipe(
      Context.add(Intake, intakeOf(db, identities)),
      Context.add(Directory, directoryOf(db, ask)),
      Context.add(Reads, readsOf(db, identities, ask)),
      Context.add(HotDays, hotDaysOf(db, identities, ask)),
      Context.add(Catalog, catalogOf(db, identities, ask))
    )
  }))
