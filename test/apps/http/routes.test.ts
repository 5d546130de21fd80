/**
 * Proves the way of data through all four Workers, by their HTTP routes over memory adapters: sync, query, archival and
 * backfill.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { startRereading } from "../../../src/domain/jobs/reread-plan.ts"
import { numberText } from "../../../src/apps/query/encode.ts"
import { RowsAnswer } from "../../../src/apps/query/answers.ts"
import { BadCredentials } from "../../../src/ports/SampleSource.ts"
import { JobState } from "../../../src/ports/JobState.ts"
import { regular } from "../../samples.ts"
import { admin, makeWorld, reader, type World } from "./world.ts"

const DAY = 86_400_000

interface Run {
  readonly site_name: string
  readonly status: string
  readonly reason: string
  readonly samples: number
}

/** Values that a text could spoil: -0, and thirds as singles. */
const thirds = (point: string, start: number, count: number, step = 60_000) =>
  regular(point, { start, count, step, value: (i) => i === 0 ? -0 : Math.fround(i / 3) })

const trigger = async (world: World) =>
  await (await world.etl("/trigger?site_name=north", admin({ method: "POST" }))).json() as {
    status: string
    runs: Run[]
  }

const ask = async (world: World, parameters: string): Promise<QueryAnswer> => {
  const response = await world.query(`/timeseries/query?site_name=north&${parameters}`, reader())
  const body = await response.text()
  assert.strictEqual(response.status, 200, body)
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/)
  return Schema.decodeUnknownSync(RowsAnswer, { onExcessProperty: "error" })(JSON.parse(body))
}
type QueryAnswer = typeof RowsAnswer.Type

const synced = async (): Promise<World> => {
  const world = await makeWorld()
  const start = world.clock.now - 3_600_000
  world.source.add("north", [thirds("b/temperature", start, 50), thirds("A,with comma", start, 30)])
  assert.strictEqual((await trigger(world)).status, "completed")
  return world
}

describe("etl", () => {
  it("syncs, and shows what it stored and the runs with their reasons", async () => {
    const world = await synced()
    const again = await trigger(world)
    assert.strictEqual(again.runs[0]?.samples, 0)
    assert.match(again.runs[0]?.reason ?? "", /nothing new/)
    world.clock.now += 7_200_000
    await trigger(world)
    world.source.add("north", [thirds("b/temperature", world.clock.now - 7_200_000, 10)])
    world.clock.now += 300_000
    await trigger(world)
    const stats = await (await world.etl("/stats", reader())).json() as {
      sites: Array<{
        site_name: string
        synced_through: string | null
        points: number
        lag: Record<string, number> | null
        lagging_points: Array<{ point_name: string; lag_minutes: number }>
      }>
      runs: Run[]
    }
    assert.deepStrictEqual(stats.sites.map(({ site_name, points }) => [site_name, points]), [["north", 2], [
      "south",
      0
    ]])
    assert.strictEqual(stats.sites[1]?.synced_through, null)
    const lag = { samples: 10, p50_minutes: 120, p95_minutes: 120, max_minutes: 120 }
    assert.deepStrictEqual(stats.sites.map(({ lag }) => lag), [lag, null])
    assert.deepStrictEqual(
      stats.sites.map(({ lagging_points }) => lagging_points.map((one) => [one.point_name, one.lag_minutes])),
      [[["b/temperature", 120]], []]
    )
    assert.strictEqual(stats.runs.length, 4)
  })

  it("names the hours that are still missing before the newest samples", async () => {
    const world = await synced()
    const behind = async () =>
      (await (await world.etl("/stats", reader())).json() as { sites: Array<{ behind: unknown }> }).sites[0]?.behind
    assert.deepStrictEqual(await behind(), [])
    const watermark = world.clock.now - 3_600_000 + 49 * 60_000 + 1
    const ahead = [4, 8].map((hours) => ({ start: watermark + hours * 3_600_000, end: watermark + hours * 3_700_000 }))
    world.clock.now += 86_400_000
    await world.run(Effect.flatMap(JobState, (jobs) =>
      jobs.saveRereading("north", { ...startRereading(world.clock.now, 0), ahead })))
    assert.deepStrictEqual(await behind(), [
      { start_time: "2026-11-23T11:49:00.001Z", end_time: "2026-11-23T15:49:00.001Z" },
      { start_time: "2026-11-23T15:55:40.001Z", end_time: "2026-11-23T19:49:00.001Z" }
    ])
    const status = await (await world.query("/status", reader())).json() as { sites: Array<{ newest_sample: string }> }
    assert.strictEqual(status.sites[0]?.newest_sample, "2026-11-23T20:02:20.000Z")
  })

  it("law 7: states a wrong key and a silent source, and never calls them completed", async () => {
    const world = await makeWorld()
    world.source.faults.failPages = new BadCredentials({ status: 500, detail: "JWT Signature Invalid" })
    world.source.faults.failPoints = world.source.faults.failPages
    const failed = await trigger(world)
    assert.strictEqual(failed.status, "failed")
    assert.match(failed.runs[0]?.reason ?? "", /BadCredentials/)
    world.source.faults.failPages = null
    world.source.faults.failPoints = null
    world.source.setPoints("north", [])
    world.clock.now += 60_000
    const silent = await trigger(world)
    assert.strictEqual(silent.status, "warning")
    assert.match(silent.runs[0]?.reason ?? "", /no configured points/)
    const stats = await (await world.etl("/stats", reader())).json() as { runs: Run[] }
    assert.deepStrictEqual(stats.runs.map(({ status }) => status), ["warning", "failed"])
  })
})

describe("query", () => {
  it("answers in the order asked, then time, value bits included", async () => {
    const world = await synced()
    const start = world.clock.now - 3_600_000
    const points = `point_names=b/temperature&point_name=${encodeURIComponent("A,with comma")}`
    const answer = await ask(world, `${points}&start_time=${start}&end_time=${world.clock.now}`)
    assert.deepStrictEqual(answer.point_names, ["b/temperature", "A,with comma"])
    const expected = [thirds("b/temperature", start, 50), thirds("A,with comma", start, 30)]
      .flatMap(({ point, timestamps, values }) =>
        Array.from(timestamps, (timestamp, i) => ({ point_name: point, timestamp, value: values[i] as number }))
      )
    assert.deepStrictEqual(answer.samples, expected)
    assert.isTrue(Object.is(answer.samples[0]?.value, -0))
    assert.strictEqual(answer.metadata.source, "d1")
    assert.strictEqual(answer.metadata.d1_samples, 80)
    assert.strictEqual(answer.metadata.r2_samples, 0)
  })

  it("takes every form of instant, and leaves the end out", async () => {
    const world = await synced()
    const start = world.clock.now - 3_600_000
    const counts: Array<number> = []
    for (const [from = "", to = ""] of [
      [String(start), String(start + 60_000)],
      [String(start / 1_000), String(start / 1_000 + 60)],
      [String(start * 1_000), String((start + 60_000) * 1_000)],
      ["2026-11-23T11:00:00Z", "2026-11-23T11:01:00Z"],
      ["2026-11-23 11:00", "2026-11-23T11:01"],
      ["2026-11-23T12:00:00+01:00", "2026-11-23T06:01:00-05:00"]
    ]) {
      const window = new URLSearchParams({ point_names: "b/temperature", start_time: from, end_time: to })
      counts.push((await ask(world, window.toString())).samples.length)
    }
    assert.deepStrictEqual(counts, [1, 1, 1, 1, 1, 1])
  })

  it("averages buckets", async () => {
    const world = await synced()
    const answer = await ask(
      world,
      "point_names=b/temperature&start_time=2026-11-23&end_time=2026-11-24&interval=30min"
    )
    const values = thirds("", 0, 50).values
    const mean = (part: Float64Array) => part.reduce((a, b) => a + b, 0) / part.length
    assert.deepStrictEqual(answer.samples.map(({ timestamp }) => timestamp), [
      Date.UTC(2026, 10, 23, 11),
      Date.UTC(2026, 10, 23, 11, 30)
    ])
    assert.closeTo(answer.samples[0]?.value ?? 0, mean(values.subarray(0, 30)), 1e-12)
    const { d1_samples, r2_samples, resolution, returned_samples } = answer.metadata
    assert.deepStrictEqual([d1_samples, r2_samples, returned_samples, resolution], [50, 0, 2, "30min"])
  })
})

describe("query, in detail", () => {
  it("names unknown points, with near matches that differ in case", async () => {
    const world = await synced()
    const answer = await ask(world, "point_names=b/temperature,B/Temperature,nothing&start_time=0&end_time=1")
    assert.deepStrictEqual(answer.point_names, ["b/temperature"])
    assert.deepStrictEqual(answer.unknown_points, [
      { point_name: "B/Temperature", near: ["b/temperature"] },
      { point_name: "nothing", near: [] }
    ])
    assert.strictEqual(answer.metadata.source, "none")
    const none = await world.query(
      "/timeseries/query?site_name=north&point_names=B/TEMPERATURE&start_time=0&end_time=1",
      reader()
    )
    assert.strictEqual(none.status, 404)
    assert.deepStrictEqual((await none.json() as { unknown_points: unknown }).unknown_points, [
      { point_name: "B/TEMPERATURE", near: ["b/temperature"] }
    ])
  })

  it("lists sites and points, and searches in any case", async () => {
    const world = await synced()
    assert.deepStrictEqual(await (await world.query("/sites", reader())).json(), { sites: ["north"] })
    const names = async (search: string) => {
      const response = await world.query(`/points?site_name=north&search=${encodeURIComponent(search)}`, reader())
      return (await response.json() as { points: Array<{ point_name: string }> }).points.map((one) => one.point_name)
    }
    assert.deepStrictEqual(await names(""), ["A,with comma", "b/temperature"])
    assert.deepStrictEqual(await names("TEMP"), ["b/temperature"])
    assert.deepStrictEqual(await names("%"), [])
  })

  it("streams an answer of many pieces whole", async () => {
    const world = await makeWorld()
    world.source.add("north", [thirds("p", world.clock.now - 3_600_000, 36_000, 100)])
    await trigger(world)
    const answer = await ask(world, "point_names=p&start_time=2026-11-23&end_time=2026-11-24")
    assert.strictEqual(answer.samples.length, 36_000)
    assert.strictEqual(answer.metadata.d1_samples, 36_000)
  })

  it("writes every double so that it reads back bit for bit", () => {
    for (const value of [0, -0, 0.1, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, Math.fround(0.1), -273.15]) {
      assert.isTrue(Object.is(JSON.parse(numberText(value)), value), String(value))
    }
  })
})

describe("archival", () => {
  it("plans without changing anything, moves, and a query answers the same before and after", async () => {
    const world = await makeWorld()
    world.source.add("north", [thirds("p", world.clock.now - 3_600_000, 50)])
    await trigger(world)
    const window = `point_names=p&start_time=${world.clock.now - DAY}&end_time=${world.clock.now}`
    const before = await ask(world, window)
    world.clock.now += 21 * DAY + DAY / 2
    const post = async (path: string, init: RequestInit = {}) => {
      const response = await world.archival(path, admin({ method: "POST", ...init }))
      const body = await response.text()
      assert.strictEqual(response.status, 200, body)
      return JSON.parse(body) as { status: string; runs: Run[]; plans: Array<{ due_days: string[] }> }
    }
    const json = { body: "{\"dry_run\":true}", headers: { "content-type": "application/json" } }
    for (const dry of [await post("/archive/run?dry_run=true"), await post("/archive/run", json)]) {
      assert.strictEqual(dry.status, "dry_run")
      assert.deepStrictEqual(dry.plans[0]?.due_days, ["2026-11-23"])
      assert.deepStrictEqual(dry.runs, [])
    }
    assert.strictEqual((await ask(world, window)).metadata.source, "d1")
    const moved = await post("/archive/run")
    assert.strictEqual(moved.status, "completed")
    assert.strictEqual(moved.runs[0]?.samples, 50)
    const after = await ask(world, window)
    assert.strictEqual(after.metadata.source, "r2")
    assert.deepStrictEqual(after.samples, before.samples)
    const idle = await post("/archive/run")
    assert.match(idle.runs[0]?.reason ?? "", /nothing is due/)
    const answer = await (await world.archival("/archive/status", reader())).json() as {
      runs: Run[]
      plans: Array<unknown>
    }
    assert.strictEqual(answer.plans.length, 1)
    const rebuilt = await world.archival("/archive/rebuild", admin({ method: "POST" }))
    assert.deepStrictEqual(await rebuilt.json(), { objects: 1, recorded: 0, suspect: [], unreadable: [], foreign: [] })
    const adopted = await world.archival("/archive/adopt?rewrite=true", admin({ method: "POST" }))
    assert.deepStrictEqual(await adopted.json(), {
      objects: 0,
      recorded: 0,
      merged: 0,
      dropped: {},
      refused: [],
      postponed: 0
    })
    const derived = await world.archival("/archive/derive", admin({ method: "POST" }))
    assert.strictEqual((await derived.json() as { status: string }).status, "completed")
    assert.strictEqual((await world.archival("/archive/adopt", { method: "POST" })).status, 401)
    assert.strictEqual(answer.runs.length, 2)
  })
})

const post = async (world: World, path: string, body?: object) => {
  const response = await world.backfill(
    path,
    admin({
      method: "POST",
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } })
    })
  )
  return { status: response.status, body: await response.json() as Record<string, unknown> }
}
const status = async (world: World) =>
  await (await world.backfill("/backfill/status", reader())).json() as Record<string, unknown>
const range = { start_date: "2026-11-10", end_date: "2026-11-12" }

describe("backfill", () => {
  it("starts, conflicts, cancels, resumes, completes and says how far it is", async () => {
    const world = await makeWorld({ SITE_NAME: "north" })
    world.source.add("north", [thirds("p", Date.UTC(2026, 10, 10), 3 * 1_440)])
    assert.deepStrictEqual(await status(world), { status: "not_started" })
    assert.strictEqual((await post(world, "/backfill/cancel")).body["code"], "no_job")
    assert.strictEqual((await post(world, "/backfill/resume")).status, 404)
    const started = await post(world, "/backfill/start", range)
    assert.strictEqual(started.status, 202)
    assert.strictEqual(started.body["status"], "started")
    assert.strictEqual(started.body["estimated_days"], 3)
    assert.includeMembers(Object.keys(started.body), ["backfill_id", "start_date", "end_date", "message"])
    const live = await post(world, "/backfill/start", range)
    assert.strictEqual(`${live.status} ${String(live.body["code"])}`, "409 job_live")
    assert.strictEqual((await post(world, "/backfill/resume")).body["code"], "job_live")
    assert.strictEqual((await status(world))["progress_percent"], "0.00")
    assert.strictEqual((await post(world, "/backfill/cancel")).body["status"], "cancelled")
    assert.strictEqual((await post(world, "/backfill/cancel")).body["code"], "job_ended")
    const resumed = await post(world, "/backfill/start", range)
    assert.strictEqual(resumed.body["backfill_id"], started.body["backfill_id"])
    await world.drainSteps()
    const done = await status(world)
    assert.strictEqual(done["status"], "completed", JSON.stringify(done))
    assert.strictEqual(done["progress_percent"], "100.00")
    assert.strictEqual(done["records_processed"], 3 * 1_440)
    assert.strictEqual((await post(world, "/backfill/resume")).body["code"], "job_ended")
    const answer = await ask(world, "point_names=p&start_time=2026-11-10&end_time=2026-11-13")
    assert.strictEqual(answer.metadata.source, "r2")
    assert.strictEqual(answer.samples.length, 3 * 1_440)
  })

  it("fails with reasons where every day is empty", async () => {
    const world = await makeWorld({ SITE_NAME: "north" })
    world.source.setPoints("north", [])
    await post(world, "/backfill/start", range)
    await world.drainSteps()
    const failed = await status(world)
    assert.strictEqual(failed["status"], "failed")
    assert.match(JSON.stringify(failed["empty_days"]), /no points to collect/)
  })

  it("replaces a live job by force", async () => {
    const world = await makeWorld()
    const first = await post(world, "/backfill/start", range)
    world.clock.now += 1_000
    const second = await post(world, "/backfill/start", { ...range, force_restart: true })
    assert.strictEqual(second.status, 202)
    assert.notStrictEqual(second.body["backfill_id"], first.body["backfill_id"])
  })
})

describe("the range of a backfill", () => {
  it("refuses what is no range of closed days", async () => {
    const world = await makeWorld()
    const cases: ReadonlyArray<readonly [object, number, string, string | undefined]> = [
      [{}, 400, "missing_parameter", "start_date"],
      [{ start_date: "2026-11-10" }, 400, "missing_parameter", "end_date"],
      [{ ...range, start_date: "2026-02-30" }, 400, "invalid_day", "start_date"],
      [{ ...range, end_date: "11/12/2026" }, 400, "invalid_day", "end_date"],
      [{ ...range, start_date: 20261110 }, 400, "invalid_parameter", "start_date"],
      [{ ...range, end_date: "2026-11-09" }, 400, "invalid_range", "end_date"],
      [{ ...range, end_date: "2026-11-23" }, 400, "invalid_range", "end_date"],
      [{ ...range, start_date: "2025-11-11" }, 400, "invalid_range", "start_date"],
      [{ ...range, force_restart: "yes" }, 400, "invalid_parameter", "force_restart"],
      [{ ...range, force: true }, 400, "unknown_parameter", "force"]
    ]
    for (const [body, code, problem, field] of cases) {
      const answer = await post(world, "/backfill/start", body)
      assert.deepStrictEqual(
        [answer.status, answer.body["code"], answer.body["field"]],
        [code, problem, field],
        JSON.stringify(answer.body)
      )
    }
    assert.isTrue(await world.run(Effect.gen(function*() {
      return (yield* (yield* JobState).job)._tag === "None"
    })))
    assert.strictEqual((await world.backfill("/backfill/start", { method: "POST", body: "{}" })).status, 401)
    const index = await (await world.backfill("/")).json() as { service: string }
    assert.strictEqual(index.service, "backfill")
  })
})
