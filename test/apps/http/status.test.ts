/**
 * `GET /status` and `GET /metrics` over memory adapters: what they say of a system that has synced, archived, made a
 * month, failed and backfilled, against what is known of it; who may ask; and that the text is what Prometheus reads.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { StatusAnswer } from "../../../src/apps/status/answers.ts"
import { PREFIX, SERIES } from "../../../src/apps/status/metrics.ts"
import { Transient } from "../../../src/ports/SampleSource.ts"
import { regular } from "../../samples.ts"
import { readMetrics } from "../../metrics.ts"
import { admin, makeWorld, reader, type World, withKey } from "./world.ts"

const MINUTE = 60_000
const DAY = 86_400_000
const post = { method: "POST" }

const decode = Schema.decodeUnknownSync(StatusAnswer, { onExcessProperty: "error" })

const statusOf = async (world: World) => decode(await (await world.query("/status", reader())).json())

const metricsOf = async (world: World) => {
  const response = await world.query("/metrics", reader())
  assert.strictEqual(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8")
  return await response.text()
}

const trigger = (world: World) => world.etl("/trigger", admin(post))

/** Ten minutes of both sites up to now, synced. */
const sync = async (world: World) => {
  for (const site of ["north", "south"]) {
    world.source.add(site, [regular("a", { start: world.clock.now - 10 * MINUTE, count: 10, step: MINUTE })])
  }
  await trigger(world)
}

/** A world in which everything has happened once. */
const eventful = async (): Promise<World> => {
  const world = await makeWorld()
  await sync(world)
  world.clock.now += 22 * DAY
  await sync(world)
  await world.archival("/archive/run", admin(post))
  world.source.add("north", [regular("b", { start: Date.UTC(2026, 10, 20), count: 30, step: MINUTE })])
  await world.backfill("/backfill/start", admin({
    ...post,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ start_date: "2026-11-20", end_date: "2026-11-21" })
  }))
  await world.drainSteps()
  world.clock.now += MINUTE
  world.source.faults.failPages = new Transient({ detail: "the source is down", attempts: 1 })
  await trigger(world)
  world.source.faults.failPages = null
  return world
}

describe("/status", () => {
  it("tells of every site and of the backfill", async () => {
    const world = await eventful()
    world.clock.now += 4 * MINUTE
    const { at, backfill, database_bytes, failures, reasons, sites, status } = await statusOf(world)
    assert.strictEqual(at, new Date(world.clock.now).toISOString())
    assert.strictEqual(status, "healthy", JSON.stringify(reasons))
    assert.isNull(database_bytes)
    assert.deepStrictEqual(sites.map(({ site_name }) => site_name), ["north", "south"])
    const north = sites[0]
    assert.deepInclude(north, {
      hot_days: 1,
      oldest_hot_day: "2026-12-15",
      archived_through: "2026-11-23",
      backlog_days: 0,
      months: 0,
      newest_month: null,
      archive_findings: ""
    })
    assert.isAbove(north?.pending_bytes ?? 0, 0)
    assert.strictEqual(north?.last_sync?.status, "failed")
    assert.strictEqual(north?.last_archival?.status, "completed")
    assert.strictEqual(north?.newest_sample, "2026-12-15T11:59:00.000Z")
    assert.deepStrictEqual(failures.map(({ kind, site_name }) => [kind, site_name]).sort(), [
      ["sync", "north"],
      ["sync", "south"]
    ])
    assert.include(failures[0]?.reason, "the source is down")
    assert.deepInclude(backfill, {
      status: "completed",
      days_total: 4,
      days_done: 4,
      failed_days: [],
      samples: 30,
      next_try: null,
      estimated_completion: null
    })
    assert.isAtLeast(backfill?.recent_pages ?? 0, 1)
  })

  it("says what is wrong and for how long", async () => {
    const world = await makeWorld()
    await sync(world)
    world.clock.now += 30 * DAY
    const { reasons, sites, status } = await statusOf(world)
    assert.strictEqual(status, "degraded")
    assert.sameMembers(reasons.map(({ code }) => code), ["sync_late", "archival_late"])
    assert.strictEqual(sites[0]?.sync_lag_minutes, 30 * 24 * 60)
    assert.strictEqual(sites[0]?.backlog_days, 1)
  })

  it("and /metrics are for keys of all sites", async () => {
    const world = await makeWorld()
    for (const path of ["/status", "/metrics"]) {
      assert.strictEqual((await world.query(path)).status, 401)
      assert.strictEqual((await world.query(path, withKey("another key"))).status, 401)
      assert.strictEqual((await world.query(path, reader())).status, 200)
    }
  })
})

describe("/metrics", () => {
  it("gives every series that it lists, each explained once, above its lines", async () => {
    const seen = new Set<string>()
    const running = await makeWorld()
    await sync(running)
    running.source.add("north", [regular("b", { start: Date.UTC(2026, 10, 20), count: 30, step: MINUTE })])
    for (const world of [await makeWorld(), running, await eventful()]) {
      const text = await metricsOf(world)
      for (const line of text.trimEnd().split("\n")) {
        assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[\d.e+-]+)$/)
      }
      const read = readMetrics(text)
      const explained = [...text.matchAll(/^# TYPE (\w+) gauge$/gm)].map(([, name]) => name as string)
      assert.deepStrictEqual(explained, [...new Set(explained)])
      assert.sameMembers(explained, [...new Set(read.map(({ name }) => name))])
      for (const name of explained) seen.add(name)
    }
    // The memory store has no file, and only a job that is under way has an end.
    const absent = ["database_bytes", "backfill_rest_seconds"]
    const expected = Object.keys(SERIES).filter((name) => !absent.includes(name)).map((name) => `${PREFIX}${name}`)
    assert.sameMembers([...seen], expected)
  })

  it("says the numbers of /status", async () => {
    const world = await eventful()
    world.clock.now += 30 * MINUTE
    const read = readMetrics(await metricsOf(world))
    const value = (name: string, labels: Readonly<Record<string, string>> = {}) =>
      read.find((one) =>
        one.name === `${PREFIX}${name}` && Object.entries(labels).every(([key, text]) => one.labels[key] === text)
      )?.value
    assert.strictEqual(value("health"), 1)
    assert.strictEqual(value("health_reason", { code: "sync_late" }), 1)
    assert.strictEqual(value("health_reason", { code: "key_refused" }), 0)
    assert.strictEqual(value("run_failed", { kind: "sync", site: "south" }), 1)
    assert.strictEqual(value("run_failed", { kind: "archival", site: "south" }), 0)
    assert.strictEqual(value("hot_days", { site: "north" }), 1)
    assert.strictEqual(value("backfill_days", { state: "all" }), 4)
    assert.strictEqual(value("backfill_in_progress"), 0)
    assert.isAbove(value("sync_lag_seconds", { site: "north" }) ?? 0, 30 * 60)
  })

  it("quotes names of sites", async () => {
    const world = await makeWorld({ SITE_NAME: JSON.stringify(["a\"b"]) })
    assert.include(await metricsOf(world), "building_vitals_months{site=\"a\\\"b\"} 0")
  })
})
