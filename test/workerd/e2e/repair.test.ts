/** A lost archive object, end to end: queries refuse its day, archival names it, and forgetting it mends both. */
import { env } from "cloudflare:workers"
import { assert, beforeEach, it } from "vitest"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { emptyStores } from "./stores.ts"
import { makeWorld } from "./world.ts"

const MIDNIGHT = Date.UTC(2026, 9, 14)
const NOON = MIDNIGHT + 12 * HOUR_MS
const FORGET = "/archive/forget?site_name=SITE&day=2026-10-14"

interface Problem {
  readonly code: string
}

interface Forgotten {
  readonly samples: number
  readonly run: { readonly status: string; readonly counts: Readonly<Record<string, number>> }
}

beforeEach(emptyStores)

it("law 4: a lost object is an error until its day is forgotten, and an empty day then", async () => {
  const world = await makeWorld(NOON + DAY_MS)
  const path = FORGET.replace("SITE", world.site)
  const forget = (parameters = "") =>
    world.archival().fetch(world.request(path + parameters, { method: "POST" }))
  await world.startBackfill("2026-10-13", "2026-10-14")
  while (await world.deliver()) { /* until the job has ended */ }
  assert.include(await world.json<Problem>(await forget(), 409), { code: "day_readable" })
  const [lost] = (await env.BUCKET.list({ prefix: "timeseries/2026/10/14/" })).objects
  assert.isDefined(lost)
  await env.BUCKET.delete(lost.key)
  const point = encodeURIComponent(world.building.points(world.site)[0] ?? "")
  const both = `/timeseries/query?site_name=${world.site}&point_name=${point}` +
    "&start_time=2026-10-13&end_time=2026-10-15"
  const refused = await world.json<Problem>(await world.query().fetch(world.request(both)), 503)
  assert.strictEqual(refused.code, "archive_damaged")

  await world.startBackfill("2026-10-14", "2026-10-14")
  while (await world.deliver()) { /* until the job has ended */ }
  const status = await world.backfillStatus()
  assert.strictEqual(status["status"], "failed")
  assert.include(JSON.stringify(status), "ObjectMissing")

  const told = await world.json<Record<string, unknown>>(await forget("&dry_run=true"))
  assert.deepInclude(told, { day: "2026-10-14", run: null })
  assert.include(told["reason"], "ObjectMissing")
  const { run, samples } = await world.json<Forgotten>(await forget())
  assert.strictEqual(run.status, "warning")
  assert.deepStrictEqual(run.counts, { forgottenSamples: samples })
  assert.isAbove(samples, 0)
  await world.expectTruth({ start: MIDNIGHT - DAY_MS, end: MIDNIGHT })
  const { samples: left } = await world.ask({ start: MIDNIGHT - DAY_MS, end: MIDNIGHT + DAY_MS })
  assert.isBelow(left.at(-1)?.timestamp ?? Infinity, MIDNIGHT)
  await world.expectExtents((await world.ask({ start: MIDNIGHT - 9 * DAY_MS, end: NOON + DAY_MS })).samples)

  // The source has the day still: a backfill fills it again.
  await world.startBackfill("2026-10-14", "2026-10-14")
  while (await world.deliver()) { /* until the job has ended */ }
  await world.expectTruth({ start: MIDNIGHT - DAY_MS, end: MIDNIGHT + DAY_MS - MINUTE_MS })
  assert.include(await world.json<Problem>(await forget(), 409), { code: "day_readable" })
  const unknown = world.request(path.replace("2026-10-14", "2026-10-01"), { method: "POST" })
  assert.include(await world.json<Problem>(await world.archival().fetch(unknown), 404), { code: "day_not_archived" })
})
