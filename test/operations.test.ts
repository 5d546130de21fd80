/**
 * The alert rules and the dashboard of docs/operations: they name series that /metrics gives, each rule's condition
 * holds in a world that causes it, and none holds in one where all is well.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { PREFIX, SERIES } from "../src/apps/status/metrics.ts"
import type { RunReport } from "../src/domain/jobs/run.ts"
import { Directory } from "../src/ports/Directory.ts"
import { JobState } from "../src/ports/JobState.ts"
import { BadCredentials, Transient } from "../src/ports/SampleSource.ts"
import { holds, rules, type Scrape } from "./alerts.ts"
import { admin, makeWorld, reader, type World } from "./apps/http/world.ts"
import { regular } from "./samples.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const post = { method: "POST" }

const folder = join(import.meta.dirname, "../docs/operations")
const read = (file: string): string => readFileSync(join(folder, file), "utf8")

const trigger = (world: World) => world.etl("/trigger", admin(post))

const wellWorld = async (bytes = 4e9): Promise<World> => {
  const world = await makeWorld({ SITE_NAME: "north" }, Layer.effect(Directory, Effect.map(Directory, (directory) => ({
    ...directory,
    reach: Effect.map(directory.reach, (reach) => ({ ...reach, bytes }))
  }))))
  world.source.add("north", [regular("a", { start: world.clock.now - 10 * MINUTE, count: 10, step: MINUTE })])
  await trigger(world)
  return world
}

const scrape = async (world: World): Promise<Scrape> => ({
  at: world.clock.now,
  text: await (await world.query("/metrics", reader())).text()
})

/** The same at all instants of the last two hours and of the same hours of the day before, changed as is said. */
const history = ({ at, text }: Scrape, dayBefore = text): ReadonlyArray<Scrape> =>
  [[DAY, dayBefore] as const, [0, text] as const].flatMap(([age, said]) =>
    Array.from({ length: 120 }, (_, i) => ({ at: at - age - (119 - i) * MINUTE, text: said })))

const firing = (scrapes: ReadonlyArray<Scrape>, now: number): ReadonlyArray<string> =>
  rules.filter((rule) => holds(rule, scrapes, now)).map(({ alert }) => alert)

const report = (change: Pick<RunReport, "kind" | "status">) => (world: World) =>
  world.run(Effect.flatMap(JobState, (jobs) =>
    jobs.logRun({
      id: "a run",
      site: "north",
      reason: "a reason",
      startedAt: world.clock.now,
      finishedAt: world.clock.now,
      samples: 0,
      dropped: {},
      counts: {},
      ...change
    })))

const startBackfill = (world: World) =>
  world.backfill("/backfill/start", admin({
    ...post,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ start_date: "2026-11-20", end_date: "2026-11-20" })
  }))

const refuse = async (world: World) => {
  world.clock.now += MINUTE
  world.source.faults.failPages = new BadCredentials({ status: 401, detail: "no such key" })
  await trigger(world)
}

/** What causes each alert. */
const causes: Readonly<Record<string, (world: World) => unknown>> = {
  BuildingVitalsUnhealthy: refuse,
  KeyRefused: refuse,
  SyncLate: (world) => world.clock.now += 16 * MINUTE,
  SourceSilent: async (world) => {
    world.clock.now += 70 * MINUTE
    await trigger(world)
  },
  ArchivalLate: (world) => world.clock.now += 23 * DAY,
  ArchivalFailed: report({ kind: "archival", status: "failed" }),
  ArchiveDamaged: report({ kind: "inventory", status: "warning" }),
  BackfillStandsStill: async (world) => {
    await startBackfill(world)
    world.clock.now += 61 * MINUTE
  },
  BackfillDaysFailed: async (world) => {
    world.source.faults.failPages = new Transient({ detail: "down", attempts: 1 })
    await startBackfill(world)
    await world.drainSteps()
  }
}

describe("docs/operations", () => {
  const named = (text: string): ReadonlyArray<string> =>
    [...new Set([...text.matchAll(/building_vitals_\w+/g)].map(([name]) => name.slice(PREFIX.length)))]

  it("names series that /metrics gives, and the page explains each of them", () => {
    const page = read("monitoring.md")
    for (const text of [rules.map(({ expr }) => expr).join(), read("dashboard.json"), page]) {
      assert.isNotEmpty(named(text))
      assert.deepStrictEqual(named(text).filter((name) => !(name in SERIES)), [])
    }
    for (const [name, meaning] of Object.entries(SERIES)) {
      assert.include(page, `| \`${PREFIX}${name}\` |`)
      assert.include(page, `| ${meaning} |`)
    }
  })

  it("has a rule for every line of the file that names one, and a dashboard that is JSON", () => {
    assert.strictEqual(rules.length, read("alerts.yml").split("- alert:").length - 1)
    assert.isNotEmpty((JSON.parse(read("dashboard.json")) as { panels: ReadonlyArray<unknown> }).panels)
  })
})

describe("alert rules", () => {
  it("are silent where all is well", async () => {
    const world = await wellWorld()
    assert.deepStrictEqual(firing(history(await scrape(world)), world.clock.now), [])
  })

  it.each(Object.entries(causes))("%s follows its cause", async (alert, cause) => {
    const world = await wellWorld()
    await cause(world)
    assert.include(firing(history(await scrape(world)), world.clock.now), alert)
  })

  it("BuildingVitalsUnreachable follows silence", () => {
    assert.deepStrictEqual(firing([], 0), ["BuildingVitalsUnreachable"])
  })

  it("DatabaseLarge follows the size of the database", async () => {
    const world = await wellWorld(9e9)
    assert.deepStrictEqual(firing(history(await scrape(world)), world.clock.now), ["DatabaseLarge"])
  })

  it("SyncRateHalved and SyncRateDoubled compare with the day before", async () => {
    const world = await wellWorld()
    const said = await scrape(world)
    const dayBefore = (samples: number) => said.text.replace(/(run_samples\{kind="sync".*\}) .+/, `$1 ${samples}`)
    const fires = (samples: number) => firing(history(said, dayBefore(samples)), world.clock.now)
    assert.match(said.text, /run_samples\{kind="sync".*\} 10\n/)
    assert.deepStrictEqual(fires(21), ["SyncRateHalved"])
    assert.deepStrictEqual(fires(20), [])
    assert.deepStrictEqual(fires(5), [])
    assert.deepStrictEqual(fires(4), ["SyncRateDoubled"])
  })

  it("are each caused by one of these tests", () => {
    const others = ["BuildingVitalsUnreachable", "DatabaseLarge", "SyncRateHalved", "SyncRateDoubled"]
    assert.sameMembers(rules.map(({ alert }) => alert), [...Object.keys(causes), ...others])
  })
})
