/** A real D1 database and a real R2 bucket outside of the measured runtime, behind the HTTP of `bindings.ts`. */
import { createServer } from "node:http"
import { Effect } from "effect"
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { bundleWorker } from "../../src/apps/local/bundle.ts"
import { migrate } from "../../src/apps/local/migrate.ts"
import type { Statement } from "../cold/outside.ts"
import { listen, readBody } from "./http.ts"

/** What was done to the stores so far. */
export interface StoreCounts {
  statements: number
  rowsWritten: number
  puts: number
  /** Gets, heads and puts. */
  objects: number
}

/** @param folder where the stores keep what they hold */
export const startStores = async (folder: string) => {
  const { options } = await Effect.runPromise(bundleWorker("query", 0, {}))
  const miniflare = new Miniflare(convertV4MiniflareOptions({
    workers: [{ ...options, unsafeDirectSockets: [] }],
    resourcePersistencePath: folder,
    cf: false
  }))
  const db = await miniflare.getD1Database("DB", "query")
  await Effect.runPromise(migrate(db))
  const bucket = await miniflare.getR2Bucket("BUCKET", "query")
  const counts: StoreCounts = { statements: 0, rowsWritten: 0, puts: 0, objects: 0 }

  const runStatements = async (body: Buffer): Promise<string> => {
    const statements = JSON.parse(body.toString()) as ReadonlyArray<Statement>
    const results = await db.batch(statements.map(({ sql, values }) => db.prepare(sql).bind(...values)))
    counts.statements += statements.length
    for (const { meta } of results) counts.rowsWritten += meta.rows_written
    return JSON.stringify(results.map(({ meta, results }) => ({ meta, results })))
  }

  const server = createServer((request, response) => {
    const answer = async () => {
      const body = await readBody(request)
      if (request.method === "POST") return response.end(await runStatements(body))
      const key = decodeURIComponent((request.url ?? "").slice(1))
      counts.objects++
      if (request.method === "GET") {
        const object = await bucket.get(key, { range: JSON.parse(String(request.headers["x-range"])) as R2Range })
        return object === null
          ? response.writeHead(404).end()
          : response.end(Buffer.from(await object.arrayBuffer()))
      }
      if (request.method === "PUT") {
        counts.puts++
        const object = await bucket.put(key, new Uint8Array(body), {
          customMetadata: JSON.parse(String(request.headers["x-metadata"])) as Record<string, string>,
          onlyIf: JSON.parse(String(request.headers["x-only-if"])) as R2Conditional
        })
        return object === null ? response.writeHead(412).end() : response.writeHead(200, { etag: object.etag }).end()
      }
      const object = await bucket.head(key)
      if (object === null) return response.writeHead(404).end()
      const { customMetadata, etag, size } = object
      return response.writeHead(200, { etag, "x-size": size, "x-metadata": JSON.stringify(customMetadata ?? {}) }).end()
    }
    answer().catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  return {
    address: await listen(server),
    counts,
    close: async () => {
      server.close()
      await miniflare.dispose()
    }
  }
}
