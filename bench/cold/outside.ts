/**
 * The stores of the deriving Worker, outside its runtime: an object store and a database, behind HTTP. The objects of
 * days are files; those that the Worker writes are kept in memory.
 */
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { DatabaseSync, type SQLInputValue } from "node:sqlite"
import type { OwnEntry } from "../../src/domain/tiers/catalog.ts"
import { listen, readBody } from "../machine/http.ts"
import type { DayFile } from "./days.ts"

export interface Statement {
  readonly sql: string
  readonly values: ReadonlyArray<SQLInputValue>
}

const migrated = (): DatabaseSync => {
  const database = new DatabaseSync(":memory:")
  const files = readdirSync("migrations").filter((file) => file.endsWith(".sql")).sort()
  for (const file of files) database.exec(readFileSync(join("migrations", file), "utf8"))
  return database
}

const insertEntry = (database: DatabaseSync, entry: OwnEntry) => {
  database.prepare("INSERT OR IGNORE INTO site (id, name) VALUES (1, ?)").run(entry.site)
  database.prepare(
    `INSERT INTO catalog (site_id, day, generation, key, etag, size, row_count, points, first_timestamp, last_timestamp,
      checksum, source, run, point_index) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
  ).run(entry.day, entry.generation, entry.key, entry.etag, entry.size, entry.rows, entry.points, entry.firstTimestamp,
    entry.lastTimestamp, entry.checksum, entry.source, entry.writtenBy, entry.index)
}

/** Runs all statements or none, like a batch of D1. */
const transact = (database: DatabaseSync, statements: ReadonlyArray<Statement>) => {
  database.exec("BEGIN")
  try {
    const results = statements.map(({ sql, values }) => ({
      results: database.prepare(sql).all(...values),
      meta: { rows_read: 0, rows_written: 0 }
    }))
    database.exec("COMMIT")
    return results
  } catch (error) {
    database.exec("ROLLBACK")
    throw error
  }
}

export const startOutside = async (days: ReadonlyArray<DayFile>) => {
  const database = migrated()
  const objects = new Map<string, { readonly bytes: Buffer; readonly etag: string; readonly metadata: string }>()
  for (const { entry, file } of days) {
    insertEntry(database, entry)
    objects.set(entry.key, { bytes: readFileSync(file), etag: entry.etag, metadata: "{}" })
  }
  const server = createServer(async (request, response) => {
    const key = decodeURIComponent((request.url ?? "").slice(1))
    const body = await readBody(request)
    if (request.method === "POST") {
      try {
        response.end(JSON.stringify(transact(database, JSON.parse(body.toString()) as ReadonlyArray<Statement>)))
      } catch (error) {
        response.writeHead(500).end(String(error))
      }
      return
    }
    if (request.method === "PUT") {
      objects.set(key, {
        bytes: body,
        etag: createHash("md5").update(body).digest("hex"),
        metadata: String(request.headers["x-metadata"])
      })
    }
    const object = objects.get(key)
    if (object === undefined) {
      response.writeHead(404).end()
      return
    }
    response.setHeader("etag", object.etag)
    response.setHeader("x-metadata", object.metadata)
    if (request.method !== "GET") return void response.end()
    const range = JSON.parse(String(request.headers["x-range"])) as { readonly offset: number; readonly length: number }
    response.end(object.bytes.subarray(range.offset, range.offset + range.length))
  })
  return {
    address: await listen(server),
    close: () => {
      server.close()
      database.close()
    }
  }
}
