/**
 * `GET /health` of all four Workers over memory adapters, from a healthy system through each thing that goes wrong and
 * back: the status, the reasons, what is logged, that nothing is named, and how little it costs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { ColdStore, ColdStoreError, StoreUnavailable } from "../../../src/ports/ColdStore.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import { HotStoreError } from "../../../src/ports/HotStoreError.ts"
import { JobState } from "../../../src/ports/JobState.ts"
import { BadCredentials } from "../../../src/ports/SampleSource.ts"
import { SchemaCheck, WrongSchema } from "../../../src/ports/HotStore.ts"
import { regular } from "../../samples.ts"
import { admin, makeWorld, type World } from "./world.ts"

const MINUTE = 60_000
const DAY = 86_400_000
const WORKERS = ["etl", "query", "archival", "backfill"] as const

interface Health {
  readonly status: string
  readonly reasons: ReadonlyArray<{ readonly code: string; readonly detail: string }>
}

const post = { method: "POST" }

/** What all Workers say, which is the same. A minute passes before, so that nothing is remembered. */
const health = async (world: World): Promise<readonly [status: string, ...codes: ReadonlyArray<string>]> => {
  world.clock.now += MINUTE
  const said = await Promise.all(WORKERS.map(async (worker) => {
    const response = await world[worker]("/health")
    const body = await response.text()
    assert.notMatch(body, /north|south|key-of-the-tests|DB|SELECT/)
    const { reasons, status } = JSON.parse(body) as Health
    assert.strictEqual(response.status, status === "unhealthy" ? 503 : 200, worker)
    return [status, ...reasons.map(({ code }) => code)] as const
  }))
  for (const one of said) assert.deepStrictEqual(one, said[0])
  return said[0] as readonly [string, ...ReadonlyArray<string>]
}

/** A sync of both sites, which have had a sample a minute so far. */
const sync = async (world: World) => {
  for (const site of ["north", "south"]) {
    world.source.add(site, [regular("a", { start: world.clock.now - 10 * MINUTE, count: 10, step: MINUTE })])
  }
  await world.etl("/trigger", admin(post))
}

describe("/health", () => {
  it("follows the syncs: never, in time, late, silent, a bad key, and healthy again", async () => {
    const world = await makeWorld()
    assert.deepStrictEqual(await health(world), ["degraded", "sync_late"])
    await sync(world)
    assert.deepStrictEqual(await health(world), ["healthy"])
    world.clock.now += 15 * MINUTE
    assert.deepStrictEqual(await health(world), ["degraded", "sync_late"])
    world.clock.now += 60 * MINUTE
    await world.etl("/trigger", admin(post))
    assert.deepStrictEqual(await health(world), ["degraded", "source_silent"])
    world.source.faults.failPages = new BadCredentials({ status: 401, detail: "no such key" })
    await world.etl("/trigger", admin(post))
    world.source.faults.failPages = null
    const [status, ...codes] = await health(world)
    assert.strictEqual(status, "unhealthy")
    assert.include(codes, "key_refused")
    const failed = world.log.filter((line) => line.includes("no such key"))
    assert.isNotEmpty(failed)
    for (const line of failed) {
      assert.match(line, /"level":"ERROR"/)
      assert.match(line, /"annotations":\{"run":"sync\/(north|south)\/.+","kind":"sync","site":"(north|south)"\}/)
    }
    await sync(world)
    assert.deepStrictEqual(await health(world), ["healthy"])
  })

  it("follows archival: late, failed, and healthy again", async () => {
    const failing = { is: false }
    const broken = new ColdStoreError({
      operation: "build",
      key: "a key",
      reason: new StoreUnavailable({ cause: new Error("no room") })
    })
    const world = await makeWorld({}, Layer.effect(ColdStore, Effect.map(ColdStore, (cold) => ({
      ...cold,
      build: (options, series) => failing.is ? Effect.fail(broken) : cold.build(options, series)
    }))))
    await sync(world)
    world.clock.now += 22 * DAY
    await sync(world)
    assert.deepStrictEqual(await health(world), ["degraded", "archival_late"])
    failing.is = true
    await world.archival("/archive/run", admin(post))
    assert.deepStrictEqual(await health(world), ["degraded", "archival_late", "archival_failed"])
    assert.isNotEmpty(world.log.filter((line) => /"level":"ERROR"/.test(line) && line.includes("no room")))
    failing.is = false
    await world.archival("/archive/run", admin(post))
    assert.deepStrictEqual(await health(world), ["healthy"])
  })

  it("follows a backfill: days that fail, a job that stands still, one that is done", async () => {
    const world = await makeWorld()
    const start = (date: string) =>
      world.backfill("/backfill/start", admin({
        ...post,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ start_date: date, end_date: date })
      }))
    world.source.add("north", [regular("a", { start: Date.UTC(2026, 10, 20), count: 10, step: MINUTE })])
    await start("2026-11-20")
    await sync(world)
    assert.deepStrictEqual(await health(world), ["healthy"])
    world.clock.now += 61 * MINUTE
    await sync(world)
    assert.deepStrictEqual(await health(world), ["degraded", "backfill_late"])
    await world.drainSteps()
    await sync(world)
    assert.deepStrictEqual(await health(world), ["healthy"])
    await start("2026-11-01")
    await world.drainSteps()
    await sync(world)
    assert.deepStrictEqual(await health(world), ["degraded", "backfill_failed"])
  })

  it("is unhealthy while a store does not answer or has another schema, and says no more", async () => {
    const cause = new Error("SELECT secret FROM DB")
    let fault: "none" | "hot" | "cold" | "jobs" | "schema" = "none"
    const failIf = (one: typeof fault) => <A, E, R, F>(effect: Effect.Effect<A, E, R>, error: F) =>
      Effect.suspend((): Effect.Effect<A, E | F, R> => fault === one ? Effect.fail(error) : effect)
    const override = Layer.mergeAll(
      Layer.effect(Directory, Effect.map(Directory, (directory) => ({
        ...directory,
        reach: failIf("hot")(directory.reach, new HotStoreError({ operation: "reach", subject: "sites", cause }))
      }))),
      Layer.effect(ColdStore, Effect.map(ColdStore, (cold) => ({
        ...cold,
        head: (site, day) =>
          failIf("cold")(
            cold.head(site, day),
            new ColdStoreError({ operation: "head", key: "a key", reason: new StoreUnavailable({ cause }) })
          )
      }))),
      Layer.succeed(SchemaCheck, {
        check: failIf("schema")(Effect.void, new WrongSchema({ version: 0, expected: 5 }))
      })
    )
    const world = await makeWorld({}, override)
    await sync(world)
    fault = "hot"
    assert.deepStrictEqual(await health(world), ["unhealthy", "store_unavailable"])
    fault = "cold"
    assert.deepStrictEqual(await health(world), ["unhealthy", "store_unavailable"])
    fault = "schema"
    assert.deepStrictEqual(await health(world), ["unhealthy", "schema_not_ready"])
    fault = "none"
    assert.deepStrictEqual(await health(world), ["healthy"])
  })

  it("asks the stores once in 15 seconds, however often it is asked", async () => {
    let asked = 0
    const world = await makeWorld({}, Layer.effect(JobState, Effect.map(JobState, (jobs) => ({
      ...jobs,
      job: Effect.tap(jobs.job, () => Effect.sync(() => asked++))
    }))))
    for (let i = 0; i < 5; i++) await world.query("/health")
    assert.strictEqual(asked, 1)
    world.clock.now += 15_000
    await world.query("/health")
    assert.strictEqual(asked, 2)
  })

  it("judges the sites of SITE_NAME; those that are not synced any more are not late", async () => {
    const world = await makeWorld({ SITE_NAME: "north" })
    await sync(world)
    assert.deepStrictEqual(await health(world), ["healthy"])
  })
})
