/** Gives every test file a database with all migrations applied. */
import { applyD1Migrations } from "cloudflare:test"
import { env } from "cloudflare:workers"

await applyD1Migrations(env.DB, env.MIGRATIONS.map(({ name, queries }) => ({ name, queries: [...queries] })))
