/**
 * Proves that workerd tells the query Worker, configured as it is deployed, of clients that have gone: as many sockets
 * as an isolate has places are opened on large answers and not read; once they are cut, their places are free again.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { setTimeout as pause } from "node:timers/promises"
import * as ColdStoreR2 from "../../../src/adapters/cold/ColdStoreR2.ts"
import * as HotStoreD1 from "../../../src/adapters/hot/HotStoreD1.ts"
import { bundleWorker } from "../../../src/apps/local/bundle.ts"
import { migrate } from "../../../src/apps/local/migrate.ts"
import { publishDay } from "../../../src/apps/publish.ts"
import { MAX_STREAMS } from "../../../src/apps/query/streams.ts"
import { regular } from "../../samples.ts"

// A port that other programs rarely take, below those of npm start's test.
const PORT = 16_000 + process.pid % 4_000
const DAY = 20_000
// Rows of long names are far more bytes than all buffers between the Worker and a client that does not read.
const POINTS = ["a", "b"].map((letter) => letter.repeat(300))
const PATH = "/timeseries/query?site_name=plant-1&start_time=2024-10-04&end_time=2024-10-05&format=csv&point_names=" +
  POINTS.join(",")

const running = Effect.acquireRelease(
  Effect.gen(function*() {
    const { options } = yield* bundleWorker("query", PORT, { OPEN_READS: "true", ENABLE_QUERY_CACHE: "false" })
    const miniflare = new Miniflare(convertV4MiniflareOptions({ workers: [options], cf: false }))
    yield* Effect.promise(() => miniflare.ready)
    return miniflare
  }),
  (miniflare) => Effect.promise(() => miniflare.dispose())
)

const fill = Effect.fnUntraced(function*(miniflare: Miniflare) {
  const database = yield* Effect.promise(() => miniflare.getD1Database("DB", "query"))
  const bucket = yield* Effect.promise(() => miniflare.getR2Bucket("BUCKET", "query"))
  yield* migrate(database)
  const samples = POINTS.map((point) => regular(point, { start: DAY * 86_400_000, count: 101_000, step: 400 }))
  yield* publishDay({
    site: "plant-1",
    day: DAY,
    source: "backfill",
    writtenBy: "test",
    evict: null,
    series: Stream.fromIterable(samples)
  }).pipe(
    Effect.provide(Layer.mergeAll(HotStoreD1.layer(database), ColdStoreR2.layer(bucket as unknown as R2Bucket)))
  )
})

/** Asks, and reads no more than the head of the answer. */
const ask = async (): Promise<readonly [status: string, socket: Socket]> => {
  const socket = connect(PORT, "127.0.0.1").on("error", () => {})
  socket.write(`GET ${PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
  await once(socket, "readable")
  const head = String(socket.read(12))
  return [head.split(" ")[1] ?? "", socket]
}

/** Until an answer has the status; the socket stays open. */
const askUntil = async (status: string): Promise<Socket> => {
  for (;;) {
    const [told, socket] = await ask()
    if (told === status) return socket
    socket.destroy()
    await pause(50)
  }
}

it.live("clients that cut the connection give their places back", () =>
  Effect.gen(function*() {
    yield* fill(yield* running)
    yield* Effect.promise(async () => {
      const opened = await Promise.all(Array.from({ length: MAX_STREAMS }, ask))
      assert.deepStrictEqual(opened.map(([status]) => status), Array<string>(MAX_STREAMS).fill("200"))
      const [status, refused] = await ask()
      refused.destroy()
      assert.strictEqual(status, "503")
      for (const [, socket] of opened) socket.destroy()
      // Every place, not just one: the new ones are held until all are taken.
      const again: Array<Socket> = []
      while (again.length < MAX_STREAMS) again.push(await askUntil("200"))
      for (const socket of again) socket.destroy()
      ;(await askUntil("200")).destroy()
    })
  }).pipe(Effect.scoped))
