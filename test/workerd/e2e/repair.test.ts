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

interface Verified {
  readonly status: string
  readonly findings: ReadonlyArray<{ readonly kind: string; readonly day: string; readonly detail: string }>
}

it("law 4: verify finds a changed byte and another index, and the nightly inventory a lost object", async () => {
  const world = await makeWorld(NOON + DAY_MS)
  await world.startBackfill("2026-10-12", "2026-10-14")
  while (await world.deliver()) { /* until the job has ended */ }
  const verify = async (end = "2026-10-14") => {
    const path = `/archive/verify?site_name=${world.site}&start_date=2026-10-12&end_date=${end}`
    const body = await world.json<Verified>(await world.archival().fetch(world.request(path, { method: "POST" })))
    return body.findings.map(({ day, kind }) => `${day} ${kind}`)
  }
  assert.deepStrictEqual(await verify(), [])
  const [listed] = (await env.BUCKET.list({ prefix: "timeseries/2026/10/12/" })).objects
  const object = await env.BUCKET.get(listed?.key ?? "")
  assert.isNotNull(object)
  const bytes = new Uint8Array(await object.arrayBuffer())
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  await env.BUCKET.put(object.key, bytes, { customMetadata: object.customMetadata ?? {} })
  await env.DB.prepare(
    "UPDATE catalog SET point_index = (SELECT point_index FROM catalog WHERE day = ?1) WHERE day = ?1 + 1"
  ).bind(Date.UTC(2026, 9, 12) / DAY_MS).run()
  assert.deepStrictEqual(await verify(), ["2026-10-12 damaged", "2026-10-13 damaged"])
  assert.deepStrictEqual(await verify("2026-10-12"), ["2026-10-12 damaged"])

  await env.BUCKET.delete((await env.BUCKET.list({ prefix: "timeseries/2026/10/14/" })).objects[0]?.key ?? "")
  world.moveTo(world.now() + DAY_MS)
  await world.archiveCron()
  const report = (await world.archiveRuns()).find(({ kind }) => kind === "inventory")
  assert.strictEqual(report?.status, "warning")
  assert.include(report?.reason, "2026-10-14 is missing")
})
