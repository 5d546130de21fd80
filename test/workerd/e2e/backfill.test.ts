/** A backfill through the queue while syncs run, and everything that must never end as `completed` without a reason. */
import { assert, beforeEach, it } from "vitest"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { emptyStores } from "./stores.ts"
import { logged, makeWorld } from "./world.ts"

const MIDNIGHT = Date.UTC(2026, 9, 14)
const NOON = MIDNIGHT + 12 * HOUR_MS

beforeEach(emptyStores)

it("law 2: (b) a month backfilled while sync runs: no gap and no duplicate at the seam", async () => {
  const world = await makeWorld(NOON, { intervalMinutes: 15, pointsPerSite: 6 })
  await world.startBackfill("2026-09-14", "2026-10-13")
  let delivered = 0
  while (await world.deliver()) {
    if (++delivered % 10 !== 1) continue
    world.moveTo(world.now() + 5 * MINUTE_MS)
    await world.syncCron()
  }
  const status = await world.backfillStatus()
  assert.strictEqual(status["status"], "completed", JSON.stringify(status))
  assert.strictEqual(status["days_completed"], 30)
  assert.strictEqual(status["progress_percent"], "100.00")
  const end = world.now() - MINUTE_MS
  await world.syncCron()
  const whole = await world.expectTruth({ start: MIDNIGHT - 30 * DAY_MS, end })
  assert.strictEqual(whole.metadata.source, "split")
  await world.expectTruth({ start: MIDNIGHT - 3 * HOUR_MS, end: MIDNIGHT + 3 * HOUR_MS })
})

it("several sites: each is synced, backfilled and archived whole, beside the others", async () => {
  const world = await makeWorld(NOON, { intervalMinutes: 15, pointsPerSite: 4, sites: 3 })
  assert.strictEqual(world.building.sites.length, 3)
  await world.syncCron()
  await world.startBackfill("2026-10-12", "2026-10-13")
  while (await world.deliver()) { /* until the job has ended */ }
  const status = await world.backfillStatus()
  assert.strictEqual(status["status"], "completed", JSON.stringify(status))
  assert.strictEqual(status["days_total"], 6)
  const window = { start: MIDNIGHT - 2 * DAY_MS, end: NOON - MINUTE_MS }
  const before = await Promise.all(world.building.sites.map((site) => world.expectTruth(window, NOON, site)))
  assert.deepStrictEqual(before.map(({ metadata }) => metadata.source), ["split", "split", "split"])
  world.moveTo(NOON + 21 * DAY_MS)
  await world.archiveCron()
  for (const [i, site] of world.building.sites.entries()) {
    const after = await world.expectTruth(window, NOON, site)
    assert.strictEqual(after.metadata.source, "r2")
    assert.deepStrictEqual(after.samples, before[i]?.samples)
  }
})

it("law 5: a message lost, repeated or out of turn changes nothing: the sweeper sends what is due", async () => {
  const world = await makeWorld(NOON, { intervalMinutes: 15 })
  await world.startBackfill("2026-10-10", "2026-10-11")
  const [first] = world.steps.splice(0)
  assert.isDefined(first)
  world.moveTo(world.now() + 2 * MINUTE_MS)
  await world.backfill().scheduled()
  assert.deepStrictEqual(world.steps.map(({ body }) => body), [first.body])
  const odd = [{ jobId: "another", step: 1 }, "no step"].map((body) => ({ body, delaySeconds: 0 }))
  world.steps.push(first, ...odd)
  while (await world.deliver()) { /* until nothing waits */ }
  assert.strictEqual((await world.backfillStatus())["status"], "completed")
  await world.expectTruth({ start: MIDNIGHT - 4 * DAY_MS, end: MIDNIGHT - 2 * DAY_MS })
})

interface Trouble {
  readonly name: string
  readonly vars: Record<string, string>
  readonly options: Parameters<typeof makeWorld>[1]
  readonly sync: RegExp
  readonly backfill: RegExp
}

const troubles: ReadonlyArray<Trouble> = [
  {
    name: "a wrong ACE key",
    vars: { ACE_API_KEY: "wrong-key-of-the-tests" },
    options: {},
    sync: /^failed .*BadCredentials/,
    backfill: /^failed .*BadCredentials/
  },
  {
    name: "no configured points",
    vars: { POINT_SELECTION: "configured" },
    options: { faults: { noConfiguredPoints: true } },
    sync: /^warning .*no configured points/,
    backfill: /^failed .*no points to collect/
  },
  {
    name: "an empty day",
    vars: {},
    options: { missing: 1 },
    sync: /^warning .*no rows/,
    backfill: /^failed .*no samples/
  },
  {
    name: "a stalled cursor",
    vars: {},
    options: { faults: { stalled: { rate: 1 } } },
    sync: /^failed .*StalledCursor/,
    backfill: /^failed .*StalledCursor/
  }
]

for (const { backfill, name, options, sync, vars } of troubles) {
  it(`law 7: (f) ${name} is stated in the status, and never ends as completed`, async () => {
    const world = await makeWorld(NOON, options, vars)
    await world.syncCron()
    const [run] = await world.syncRuns()
    assert.match(`${run?.status} ${run?.reason}`, sync)
    await world.startBackfill("2026-10-12", "2026-10-12")
    while (await world.deliver()) { /* until the job has ended */ }
    const status = await world.backfillStatus()
    const text = JSON.stringify(status)
    assert.match(`${String(status["status"])} ${text}`, backfill)
    assert.notInclude(text + JSON.stringify(run) + logged.join(), "wrong-key-of-the-tests")
    assert.isAbove(logged.length, 0)
  })
}
