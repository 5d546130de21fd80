/**
 * Prepares the kept database for this start.
 */
import { Effect } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { unstable_splitSqlQuery } from "wrangler"
import { LocalError } from "./error.ts"

const FOLDER = join(import.meta.dirname, "../../../migrations")

const RECORD = "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, " +
  "applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)"

/** Applies the missing migrations and records them as wrangler does. */
export const migrate = (database: Pick<D1Database, "prepare" | "batch">) =>
  Effect.tryPromise({
    try: async () => {
      await database.prepare(RECORD).run()
      const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ readonly name: string }>()
      const applied = new Set(results.map(({ name }) => name))
      const missing = readdirSync(FOLDER).filter((name) => name.endsWith(".sql") && !applied.has(name)).sort()
      // A migration and its record are one transaction.
      for (const name of missing) {
        await database.batch([
          ...unstable_splitSqlQuery(readFileSync(join(FOLDER, name), "utf8")).map((query) => database.prepare(query)),
          database.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name)
        ])
      }
    },
    catch: (cause) => new LocalError({ operation: "migrating", subject: "the local database", cause })
  })

/** Ends the leases of an earlier start: their holders are gone, so nobody has to wait until they expire. */
export const endLeases = (database: Pick<D1Database, "prepare">) =>
  Effect.tryPromise({
    try: () => database.prepare("DELETE FROM lease").run(),
    catch: (cause) => new LocalError({ operation: "ending", subject: "the leases of an earlier start", cause })
  })
