/**
 * `/health`, `/status` and `/metrics` of the Workers as deployed, on real D1 and R2: they follow what the Workers did,
 * and what `/health` reads does not grow with the points and samples of a site.
 */
import { env } from "cloudflare:workers"
import { assert, beforeEach, it } from "vitest"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { counting } from "../counting.ts"
import { readMetrics } from "../../metrics.ts"
import { emptyStores } from "./stores.ts"
import { makeWorld } from "./world.ts"

const NOON = Date.UTC(2026, 9, 14, 12)

beforeEach(emptyStores)

interface Body {
  readonly status: string
  readonly reasons: ReadonlyArray<{ readonly code: string }>
  readonly database_bytes: number
  readonly sites: ReadonlyArray<{
    readonly newest_sample: string | null
    readonly archived_through: string | null
    readonly hot_days: number
  }>
}

it("they follow a sync, a day without one, and an archival", async () => {
  const world = await makeWorld(NOON)
  const get = (path: string) => world.query().fetch(world.request(path))
  const health = async () => {
    const workers = [world.etl(), world.query(), world.archival(), world.backfill()]
    const said = await Promise.all(
      workers.map(async (worker) => world.json<Body>(await worker.fetch(world.request("/health"))))
    )
    return said.map(({ reasons, status }) => [status, ...reasons.map(({ code }) => code)].join(" "))
  }
  assert.deepStrictEqual(new Set(await health()), new Set(["degraded sync_late"]))
  await world.syncCron()
  assert.deepStrictEqual(new Set(await health()), new Set(["healthy"]))
  world.moveTo(NOON + 22 * DAY_MS)
  assert.deepStrictEqual(new Set(await health()), new Set(["degraded sync_late archival_late"]))
  await world.archiveCron()
  assert.deepStrictEqual(new Set(await health()), new Set(["degraded sync_late"]))
  const { database_bytes, sites } = await world.json<Body>(await get("/status"))
  assert.isAbove(database_bytes, 0)
  assert.deepInclude(sites[0], { hot_days: 0, archived_through: "2026-10-14" })
  assert.match(sites[0]?.newest_sample ?? "", /^2026-10-14T1[12]:/)
  const metrics = readMetrics(await (await get("/metrics")).text())
  assert.strictEqual(metrics.find(({ name }) => name === "building_vitals_database_bytes")?.value, database_bytes)
})

it("/health reads few rows, however many points and samples there are", async () => {
  const rows: Array<number> = []
  for (const pointsPerSite of [2, 120]) {
    await emptyStores()
    const { database, sent } = counting(env.DB)
    const world = await makeWorld(NOON, { pointsPerSite }, { DB: database as D1Database })
    await world.syncCron()
    world.moveTo(NOON + HOUR_MS)
    await world.syncCron()
    world.moveTo(NOON + HOUR_MS + MINUTE_MS)
    const before = sent.rows
    await world.query().fetch(world.request("/health"))
    rows.push(sent.rows - before)
  }
  assert.strictEqual(rows[0], rows[1])
  assert.isBelow(rows[1] ?? Infinity, 40)
})
