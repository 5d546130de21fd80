/** What is synced, archived and asked for again is the simulator's truth, bit for bit. */
import { assert, beforeEach, it } from "vitest"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { emptyStores } from "./stores.ts"
import { makeWorld } from "./world.ts"

const MIDNIGHT = Date.UTC(2026, 9, 14)
const NOON = MIDNIGHT + 12 * HOUR_MS

beforeEach(emptyStores)

it("law 2: (a) sync → query → 21 days pass → archival → the same query gives the same samples", async () => {
  const world = await makeWorld(NOON)
  await world.syncCron()
  const window = { start: MIDNIGHT, end: NOON - MINUTE_MS }
  const hot = await world.expectTruth(window)
  assert.strictEqual(hot.metadata.source, "d1")
  const { samples } = await world.ask({ start: MIDNIGHT - 9 * DAY_MS, end: NOON + DAY_MS })
  await world.expectExtents(samples)
  world.moveTo(NOON + 21 * DAY_MS)
  await world.archiveCron()
  const [run] = await world.archiveRuns()
  assert.strictEqual(run?.status, "completed", run?.reason)
  const cold = await world.expectTruth(window, NOON)
  assert.strictEqual(cold.metadata.source, "r2")
  assert.deepStrictEqual(cold.samples, hot.samples)
  await world.expectExtents(samples)
})

it("law 2: (c) of one timestamp in D1 and R2 the value read later counts, once, also after archival", async () => {
  // A sync at noon makes half a day hot. Then, a day later, all of it is backfilled, with other values.
  const world = await makeWorld(NOON - DAY_MS)
  await world.syncCron()
  world.moveTo(NOON)
  const yesterday = { start: MIDNIGHT - DAY_MS, end: MIDNIGHT }
  const hot = await world.ask(yesterday)
  assert.isAbove(hot.samples.length, 0)
  world.alterAnswers((text) => text.replaceAll(/"value": (?:"[^"]*"|[^,}]+)/g, "\"value\": \"-12345.5\""))
  await world.startBackfill("2026-10-13", "2026-10-13")
  while (await world.deliver()) { /* until the job has ended */ }
  assert.strictEqual((await world.backfillStatus())["status"], "completed")

  const both = await world.ask(yesterday)
  assert.strictEqual(both.metadata.source, "split")
  assert.strictEqual(both.metadata.d1_samples, hot.samples.length)
  const ever = { start: MIDNIGHT - 9 * DAY_MS, end: NOON + DAY_MS }
  await world.expectExtents((await world.ask(ever)).samples)
  const keys = both.samples.map(({ point_name, timestamp }) => `${point_name}\n${timestamp}`)
  assert.strictEqual(new Set(keys).size, keys.length)
  assert.includeMembers(keys, hot.samples.map(({ point_name, timestamp }) => `${point_name}\n${timestamp}`))
  for (const sample of both.samples) assert.strictEqual(sample.value, -12_345.5, JSON.stringify(sample))
  world.moveTo(NOON + 21 * DAY_MS)
  await world.archiveCron()
  const after = await world.ask(yesterday)
  assert.strictEqual(after.metadata.source, "r2")
  assert.deepStrictEqual(after.samples, both.samples)
  await world.expectExtents((await world.ask(ever)).samples)
})

it("law 6: (d) a sample 19 d 23 h 59 min old survives archival in D1, and moves the next day", async () => {
  const world = await makeWorld(NOON)
  await world.syncCron()
  world.moveTo(MIDNIGHT + DAY_MS + 10 * MINUTE_MS)
  await world.syncCron()
  const day = { start: MIDNIGHT, end: MIDNIGHT + DAY_MS }
  const before = await world.expectTruth(day)
  const last = Math.max(...before.samples.map(({ timestamp }) => timestamp))
  world.moveTo(last + 20 * DAY_MS - MINUTE_MS)
  await world.archiveCron()
  const kept = await world.ask(day)
  assert.strictEqual(kept.metadata.d1_samples, before.samples.length)
  assert.deepStrictEqual(kept.samples, before.samples)
  world.moveTo(MIDNIGHT + 21 * DAY_MS)
  await world.archiveCron()
  const moved = await world.ask(day)
  assert.strictEqual(moved.metadata.source, "r2")
  assert.deepStrictEqual(moved.samples, before.samples)
})

it("law 1: (e) a sync at 02:05 that overlaps the day archived at 02:00 loses and doubles nothing", async () => {
  const world = await makeWorld(NOON, {}, { HOT_STORAGE_DAYS: "1" })
  await world.syncCron()
  const window = { start: MIDNIGHT, end: MIDNIGHT + 2 * DAY_MS + 2 * HOUR_MS }
  world.moveTo(window.end)
  await world.archiveCron()
  assert.strictEqual((await world.ask({ start: MIDNIGHT, end: NOON - MINUTE_MS })).metadata.source, "r2")
  world.moveTo(window.end + 5 * MINUTE_MS)
  await world.syncCron()
  const [sync] = await world.syncRuns()
  assert.strictEqual(sync?.status, "completed", sync?.reason)
  const split = await world.expectTruth(window)
  assert.strictEqual(split.metadata.source, "split")
  world.moveTo(window.end + DAY_MS)
  await world.archiveCron()
  await world.expectTruth(window, window.end + 5 * MINUTE_MS)
})

it("bad, repeated or unordered rows, and requests that fail, are counted and do no harm", async () => {
  const faults = {
    nulls: 0.03,
    nans: 0.03,
    texts: 0.03,
    duplicates: 0.05,
    unordered: { rate: 0.5 },
    serverError: { count: 1 },
    truncated: { count: 1 },
    throttled: { count: 1, retryAfterSeconds: 0 }
  }
  const world = await makeWorld(NOON, { faults }, { MAX_RETRIES: "4" })
  await world.syncCron()
  const [run] = await world.syncRuns()
  assert.strictEqual(run?.status, "completed", run?.reason)
  assert.match(run?.reason ?? "", /dropped rows: .*null/)
  await world.expectTruth({ start: MIDNIGHT, end: NOON - MINUTE_MS })
})

it("law 6: rows that arrive three hours late are found the next day, and move to R2 with the others", async () => {
  const faults = { late: { rate: 0.2, seconds: 3 * 3_600 } }
  const world = await makeWorld(MIDNIGHT + 30 * MINUTE_MS, { faults, intervalMinutes: 15, pointsPerSite: 3 })
  const day = { start: MIDNIGHT, end: MIDNIGHT + DAY_MS }
  for (let hour = 0; hour < 24; hour += 2) {
    world.moveTo(MIDNIGHT + hour * HOUR_MS + 30 * MINUTE_MS)
    await world.syncCron()
  }
  const before = await world.ask(day)
  for (let hour = 24; hour < 38; hour++) {
    world.moveTo(MIDNIGHT + hour * HOUR_MS + 30 * MINUTE_MS)
    await world.syncCron()
  }
  const hot = await world.expectTruth(day)
  assert.isAbove(hot.samples.length, before.samples.length)
  const seen = world.now()
  world.moveTo(MIDNIGHT + 22 * DAY_MS)
  await world.archiveCron()
  const cold = await world.expectTruth(day, seen)
  assert.strictEqual(cold.metadata.source, "r2")
})
