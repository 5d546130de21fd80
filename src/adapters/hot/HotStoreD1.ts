/**
 * The hot store on D1: its services share one database and one cache of ids. The tables and the rules they obey are
 * described in docs/format-hot-store.md.
 */
import { Context, Effect, Layer } from "effect"
import { dayOf } from "../../domain/time/calendar.ts"
import { isEmpty } from "../../domain/time/window.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { Directory } from "../../ports/Directory.ts"
import { type HotDay, HotDays } from "../../ports/HotDays.ts"
import type { HotStore } from "../../ports/HotStore.ts"
import { Intake } from "../../ports/Intake.ts"
import { Reads } from "../../ports/Reads.ts"
import { SchemaCheck, WrongSchema } from "../../ports/HotStore.ts"
import { type Database, rowsOf } from "../cloudflare/database.ts"
import * as Append from "./append.ts"
import * as CatalogRows from "./catalog.ts"
import * as Compact from "./compact.ts"
import { read } from "./database.ts"
import * as DirectoryRows from "./directory.ts"
import * as Extents from "./extents.ts"
import * as Identities from "./identities.ts"
import * as Recent from "./recent.ts"
import * as Scan from "./scan.ts"
import * as Snapshot from "./snapshot.ts"

/** The version after all migrations, those of the job state included. */
const SCHEMA_VERSION = 8

const generationsOf = (table: string) =>
  `SELECT json_group_array(day || ':' || generation) FROM ${table} WHERE site_id = ?1 AND day BETWEEN ?2 AND ?3`

const VERSION = `SELECT json_array((SELECT count(*) FROM point WHERE site_id = ?1), (${generationsOf("hot_day")}),
  (${generationsOf("catalog")})) AS version`

const HOT_DAYS = `SELECT day, generation, tail_bytes AS pendingBytes, tail_since AS pendingSince,
    chunk_samples + tail_samples AS samples
  FROM hot_day WHERE site_id = ?1 ORDER BY day`

const TAKE_FENCE = `INSERT INTO site (name, run_sequence) VALUES (?1, 1)
  ON CONFLICT (name) DO UPDATE SET run_sequence = run_sequence + 1, run_step = 0
  RETURNING run_sequence AS sequence`

const schemaCheckOf = (db: Database) =>
  SchemaCheck.of({
    check: Effect.gen(function*() {
      const results = yield* read(db, "checkSchema", "the database", [
        // Every column: a schema before version 7 has no minimum_reader.
        db.prepare("SELECT * FROM hot_schema ORDER BY version DESC LIMIT 1")
      ])
      const newest = rowsOf<{ version: number; minimum_reader?: number | null }>(results, 0)[0]
      const version = newest?.version ?? 0
      const minimumReader = newest?.minimum_reader ?? version
      if (version < SCHEMA_VERSION || minimumReader > SCHEMA_VERSION) {
        return yield* new WrongSchema({ version, expected: SCHEMA_VERSION })
      }
    }).pipe(
      Effect.catchIf(
        (error) => error._tag === "HotStoreError" && /no such table/i.test(String(error.cause)),
        () => Effect.fail(new WrongSchema({ version: 0, expected: SCHEMA_VERSION }))
      )
    )
  })

const intakeOf = (db: Database, identities: Identities.Identities) =>
  Intake.of({
    // If an answer is lost, its sequence number is skipped.
    takeFence: Effect.fn("HotStoreD1.takeFence")(function*(site) {
      const results = yield* read(db, "takeFence", `site ${site}`, [db.prepare(TAKE_FENCE).bind(site)])
      return { site, sequence: rowsOf<{ sequence: number }>(results, 0)[0]?.sequence ?? 0 }
    }),

    append: Append.make(db, identities),

    registerPoints: Effect.fn("HotStoreD1.registerPoints")(function*(site, points) {
      const siteId = yield* identities.ensureSite("registerPoints", site)
      yield* identities.describe(siteId, points)
    }),

    recent: Recent.make(db, identities)
  })

const readsOf = (db: Database, identities: Identities.Identities) =>
  Reads.of({
    snapshot: Snapshot.make(db, identities),
    extents: Extents.make(db, identities),

    version: Effect.fn("HotStoreD1.version")(function*(site, window) {
      if (isEmpty(window)) return "empty"
      // Points are never removed, so their number changes with every new one.
      const [from, to] = [dayOf(window.start), dayOf(window.end - 1)]
      const rows = yield* identities.ask<{ version: string }>("version", site, VERSION, from, to)
      return rows[0]?.version ?? "empty"
    })
  })

const hotDaysOf = (db: Database, identities: Identities.Identities) =>
  HotDays.of({
    list: (site) => identities.ask<HotDay>("listDays", site, HOT_DAYS),
    compact: Compact.make(db, identities),
    scan: Scan.make(db, identities)
  })

export const layer = (db: Database): Layer.Layer<HotStore> =>
  Layer.effectContext(Effect.sync(() => {
    const identities = Identities.make(db)
    return Context.make(SchemaCheck, schemaCheckOf(db)).pipe(
      Context.add(Intake, intakeOf(db, identities)),
      Context.add(Directory, DirectoryRows.make(db, identities)),
      Context.add(Reads, readsOf(db, identities)),
      Context.add(HotDays, hotDaysOf(db, identities)),
      Context.add(Catalog, CatalogRows.make(db, identities))
    )
  }))
