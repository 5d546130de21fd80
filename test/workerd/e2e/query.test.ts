/** The query Worker on real D1 and KV: its formats, its cache, its keys. */
import { env } from "cloudflare:workers"
import { parquetReadObjects } from "hyparquet"
import { assert, beforeEach, it } from "vitest"
import { make } from "../../../src/apps/query/worker.ts"
import { emptyStores } from "./stores.ts"
import { makeWorld } from "./world.ts"

const NOW = Date.UTC(2026, 10, 23, 12, 2)
const HOUR = 3_600_000

beforeEach(emptyStores)

it("answers in every format, remembers what it answered, and forgets it when data comes", async () => {
  const world = await makeWorld(NOW)
  await world.syncCron()
  const named = world.building.points(world.site).slice(0, 3).map((point) => `point_name=${encodeURIComponent(point)}`)
  const path = (parameters: string) =>
    `/timeseries/query?site_name=${world.site}&${named.join("&")}` +
    `&start_time=${NOW - 2 * HOUR}&end_time=${NOW + HOUR}&${parameters}`
  const worker = () =>
    make({
      ...env,
      CACHE: env.KV,
      OPEN_READS: "true",
      LOCAL_DEVELOPMENT: "true",
      CLOCK_OFFSET_MS: String(world.now() - Date.now())
    } as Cloudflare.Env)
  const get = (parameters: string, headers: Record<string, string> = {}) =>
    worker().fetch(new Request(`https://worker.test${path(parameters)}`, { headers }))

  const json = await get("")
  assert.strictEqual(json.headers.get("x-cache"), "miss")
  const { samples } = await json.json<{ samples: ReadonlyArray<Record<string, unknown>> }>()
  assert.isAbove(samples.length, 30)

  const again = await get("")
  assert.strictEqual(again.headers.get("x-cache"), "hit")
  assert.deepStrictEqual((await again.json<{ samples: unknown }>()).samples, samples)
  const etag = json.headers.get("etag") ?? ""
  assert.strictEqual((await get("", { "if-none-match": etag })).status, 304)

  const csv = (await (await get("format=csv")).text()).trimEnd().split("\n")
  assert.strictEqual(csv.length, samples.length + 1)
  const bytes = new Uint8Array(await (await get("format=parquet")).arrayBuffer())
  const rows = await parquetReadObjects({
    file: { byteLength: bytes.length, slice: (start, end) => bytes.slice(start, end).buffer }
  })
  assert.deepStrictEqual(rows.map(({ value }) => value as unknown), samples.map(({ value }) => value))

  world.moveTo(NOW + HOUR)
  await world.syncCron()
  const later = await get("", { "if-none-match": etag })
  assert.strictEqual(later.status, 200)
  assert.strictEqual(later.headers.get("x-cache"), "miss")
  assert.isAbove((await later.json<{ samples: ReadonlyArray<unknown> }>()).samples.length, samples.length)
})
