/** An audit over the real stores: a day in R2, a hot one and one that is in neither, against the simulated building. */
import { assert, beforeEach, it } from "vitest"
import type { AuditAnswer } from "../../../src/apps/backfill/audit/api.ts"
import { DAY_MS, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { emptyStores } from "./stores.ts"
import { makeWorld } from "./world.ts"

const NOON = Date.UTC(2026, 9, 14, 12)

beforeEach(emptyStores)

it("law 2: what is archived and what is hot is what the source has; a day that is not stored is missing", async () => {
  const world = await makeWorld(NOON)
  await world.syncCron()
  await world.startBackfill("2026-10-13", "2026-10-13")
  while (await world.deliver()) { /* until the job has ended */ }
  world.moveTo(NOON + 14 * HOUR_MS)
  await world.syncCron()
  const days = { site_name: world.site, start_date: "2026-10-12", end_date: "2026-10-14" }
  const steps: Array<AuditAnswer> = []
  for (let from: string | null | undefined; from !== null; from = steps.at(-1)?.next) {
    const body = JSON.stringify({ ...days, ...(from === undefined ? {} : { from }) })
    const response = await world.backfill().fetch(world.request("/audit", { method: "POST", body }))
    steps.push(await world.json<AuditAnswer>(response))
  }
  const found = ["2026-10-12", "2026-10-13", "2026-10-14"].map((date) => {
    const parts = steps.flatMap(({ days }) => days.filter((day) => day.date === date))
    const sum = (field: "missing" | "differing" | "extra" | "source_samples" | "stored_samples") =>
      parts.reduce((total, part) => total + part[field], 0)
    return [sum("source_samples") > 0, sum("source_samples") - sum("stored_samples") - sum("missing"),
      sum("stored_samples") > 0, sum("differing") + sum("extra"), new Set(parts.map(({ cure }) => cure))]
  })
  assert.deepStrictEqual(found, [
    [true, 0, false, 0, new Set(["backfill"])],
    [true, 0, true, 0, new Set(["none"])],
    [true, 0, true, 0, new Set(["none"])]
  ])
  assert.isTrue(steps.every(({ audited_to, next }) => next === null || next === audited_to))
  await world.expectTruth({ start: NOON - 36 * HOUR_MS, end: NOON - 36 * HOUR_MS + DAY_MS })
})
