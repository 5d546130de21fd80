/** What a long stream costs in a workerd that runs only the query Worker; its stores are outside, behind HTTP. */
import { createServer } from "node:http"
import { join } from "node:path"
import { Effect } from "effect"
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { bundleWorker } from "../../src/apps/local/bundle.ts"
import type { Statement } from "../cold/outside.ts"
import { startRuntime } from "../cold/runtime.ts"
import { listen, readBody } from "../machine/http.ts"
import type { Random } from "../mixes/random.ts"
import { lastOf, pickPoints, RANGES } from "./measure.ts"
import { pathOf } from "./runtime.ts"

export interface StreamCost {
  /** The maximum of megabytes above the idle runtime. */
  readonly peakMegabytes: number
  readonly megabytes: number
  readonly rows: number
  readonly ms: number
}

/** The stores of `prepareData`, behind the HTTP of `bindings.ts`. */
const startStores = async (folder: string) => {
  const { options } = await Effect.runPromise(bundleWorker("query", 0, {}))
  const miniflare = new Miniflare(convertV4MiniflareOptions({
    workers: [{ ...options, unsafeDirectSockets: [] }],
    resourcePersistencePath: folder,
    cf: false
  }))
  const db = await miniflare.getD1Database("DB", "query")
  const bucket = await miniflare.getR2Bucket("BUCKET", "query")
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      const statements = JSON.parse((await readBody(request)).toString()) as ReadonlyArray<Statement>
      const results = await db.batch(statements.map(({ sql, values }) => db.prepare(sql).bind(...values)))
      response.end(JSON.stringify(results.map((one) => one.results)))
      return
    }
    const [, offset, length] = /^(\d+)\+(\d+)$/.exec(String(request.headers["x-range"])) ?? []
    const object = await bucket.get(decodeURIComponent((request.url ?? "").slice(1)), {
      range: { offset: Number(offset), length: Number(length) }
    })
    if (object === null) response.writeHead(404).end()
    else response.end(Buffer.from(await object.arrayBuffer()))
  })
  return {
    address: await listen(server),
    close: async () => {
      server.close()
      await miniflare.dispose()
    }
  }
}

/** A year of raw samples of 5 points as CSV. */
export const measureStream = async (folder: string, random: Random): Promise<StreamCost> => {
  const stores = await startStores(folder)
  const runtime = await startRuntime(join(import.meta.dirname, "alone.ts"))
  try {
    const path = pathOf({ points: pickPoints(random, 5), window: lastOf(RANGES["1y"]), form: { format: "csv" } })
    runtime.resetPeak()
    const idle = runtime.memory().now
    const began = performance.now()
    const answer = await fetch(new URL(path, runtime.address), { headers: { "x-outside": stores.address } })
    if (answer.status !== 200 || answer.body === null) throw new Error(`${answer.status}: ${await answer.text()}`)
    let bytes = 0
    let lines = 0
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      for (let i = chunk.indexOf(10); i >= 0; i = chunk.indexOf(10, i + 1)) lines++
    }
    return {
      peakMegabytes: runtime.memory().peak - idle,
      megabytes: bytes / 1e6,
      rows: lines - 1,
      ms: performance.now() - began
    }
  } finally {
    await runtime.stop()
    await stores.close()
  }
}
