/** Bars (a), (c), (d) and (e): what is synced, archived and asked for again is the truth, bit for bit. */
import { assert, it } from "vitest"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/calendar.ts"
import { makeWorld } from "./world.ts"

const START = Date.UTC(2026, 9, 14, 12)

it("(a) sync → query → 21 days pass → archival → the same query gives the same samples", async () => {
  const world = await makeWorld(START)
  await world.syncCron()
  const window = { start: Date.UTC(2026, 9, 14), end: START - MINUTE_MS }
  const hot = await world.expectTruth(window)
  assert.strictEqual(hot.metadata.source, "d1")
  world.moveTo(START + 21 * DAY_MS)
  await world.archiveCron()
  const [run] = await world.archiveRuns()
  assert.strictEqual(run?.status, "completed", run?.reason)
  const cold = await world.expectTruth(window, START)
  assert.strictEqual(cold.metadata.source, "r2")
  assert.deepStrictEqual(cold.samples, hot.samples)
})
