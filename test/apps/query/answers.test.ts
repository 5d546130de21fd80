/**
 * Proves the forms of the query Worker's answers, its limits and the discovery of points and days, by requests over
 * memory adapters whose samples are known. Every answer is decoded with the schema of the API.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema, Stream } from "effect"
import {
  ColumnsAnswer,
  CoverageAnswer,
  LatestAnswer,
  PointsAnswer,
  RowsAnswer
} from "../../../src/apps/query/answers.ts"
import { deriveSite } from "../../../src/apps/archival/derive.ts"
import { publishDay } from "../../../src/apps/publish.ts"
import { dayOf, formatDay } from "../../../src/domain/time/calendar.ts"
import { HotDays } from "../../../src/ports/HotDays.ts"
import { hotStore } from "../../hot-store.ts"
import { readers } from "../../parquet/readers.ts"
import { makeWorld, reader, type World } from "../http/world.ts"
import { regular, series } from "../../samples.ts"

const MINUTE = 60_000
const DAY = 1_440 * MINUTE

const quarters = (point: string, start: number, count: number, step = MINUTE) =>
  regular(point, { start, count, step, value: (i) => i / 4 })

const described = (name: string, unit: string, device: string, tags: ReadonlyArray<string>) =>
  ({ name, unit, device, description: null, intervalSeconds: 60, tags, collected: true })

/** Two points of yesterday and today in D1, and one of a month ago in R2. */
const filled = async (env: Record<string, string> = {}): Promise<World> => {
  const world = await makeWorld(env)
  const { now } = world.clock
  await world.run(Effect.gen(function*() {
    const hot = yield* hotStore
    yield* hot.intake.registerPoints("north", [
      described("ahu/temp", "°C", "AHU 1", ["supply"]),
      described("ahu/flow", "l/s", "AHU 1", []),
      described("old", "kWh", "meter", ["billing"]),
      described("silent", "", "AHU 2", [])
    ])
    yield* hot.intake.append(yield* hot.intake.takeFence("north"), 1, [
      quarters("ahu/flow", now - DAY - 10 * MINUTE, 5),
      quarters("ahu/temp", now - 10 * MINUTE, 10)
    ])
    const day = dayOf(now) - 30
    const samples = Stream.make(quarters("old", day * DAY, 20))
    yield* publishDay({ site: "north", day, source: "backfill", writtenBy: "test", series: samples, evict: null })
  }))
  return world
}

const get = async (world: World, path: string, headers: Record<string, string> = {}): Promise<Response> => {
  const response = await world.query(path, reader({ headers }))
  if (response.status !== 200) assert.fail(`${path}: ${response.status} ${await response.text()}`)
  return response
}

const query = (parameters: string) =>
  `/timeseries/query?site_name=north&point_names=ahu/temp,ahu/flow,nothing&start_time=now-2d&end_time=now&${parameters}`

const strict = { onExcessProperty: "error" } as const

describe("formats", () => {
  it("are what the API says, in rows and columns, with one value or several", async () => {
    const world = await filled()
    for (const resolution of ["", "interval=1h", "interval=1h&agg=avg,delta&fill=null", "width=5"]) {
      const rows = await (await get(world, query(`${resolution}&explain=true`))).json()
      const columns = await (await get(world, query(`${resolution}&layout=columns`))).json()
      const byRow = Schema.decodeUnknownSync(RowsAnswer, strict)(rows)
      const byColumn = Schema.decodeUnknownSync(ColumnsAnswer, strict)(columns)
      assert.deepStrictEqual(byColumn.unknown_points, [{ point_name: "nothing", near: [] }])
      assert.deepStrictEqual(byColumn.series.map(({ point }) => point), ["ahu/temp", "ahu/flow"])
      const counted = byColumn.series.reduce((sum, { timestamps }) => sum + timestamps.length, 0)
      assert.strictEqual(counted, byRow.samples.length)
      assert.strictEqual(counted, byRow.metadata.returned_samples)
    }
  })

  it("are chosen by format, else by Accept, else JSON", async () => {
    const world = await filled()
    const type = async (parameters: string, accept?: string) =>
      (await get(world, query(parameters), accept === undefined ? {} : { accept })).headers.get("content-type")
    assert.strictEqual(await type(""), "application/json")
    assert.strictEqual(await type("", "text/csv"), "text/csv")
    for (const [accept, expected] of [
      ["*/*", "application/json"],
      ["text/html, */*;q=0.8", "application/json"],
      ["text/html,application/xhtml+xml", "application/json"],
      ["application/json, text/csv", "application/json"],
      ["text/csv, application/json", "text/csv"],
      ["application/json;q=0.1, text/csv;q=0.2", "text/csv"],
      ["TEXT/CSV; Q=0.9 , application/json;q=0.5", "text/csv"],
      ["text/*", "text/csv"],
      ["text/csv;q=0.5, */*", "application/json"],
      ["application/json;q=0, */*", "application/x-ndjson"],
      ["text/csv;q=0", "application/json"],
      ["text/csv;q=high", "application/json"],
      ["text/csv;q=2, application/x-ndjson;q=0.1", "application/x-ndjson"],
      [",;,", "application/json"]
    ] as const) assert.strictEqual(await type("", accept), expected, accept)
    assert.strictEqual(await type("format=ndjson", "text/csv"), "application/x-ndjson")
    assert.strictEqual(await type("", "application/vnd.apache.parquet"), "application/vnd.apache.parquet")
  })

  it("law 10: describe themselves in headers", async () => {
    const world = await filled()
    const { headers } = await get(world, query("width=5&format=csv"))
    assert.deepStrictEqual(
      ["x-resolution", "x-truncated", "x-source", "x-column-ms", "x-unknown-points"].map((name) => headers.get(name)),
      ["m4", "false", "d1", String(10 * 60 * MINUTE), "1"]
    )
  })
})

describe("the same answer", () => {
  it("parquet holds the same rows as JSON", async () => {
    const world = await filled()
    const parameters = query("interval=1h&agg=avg,count&fill=null")
    const bytes = new Uint8Array(await (await get(world, `${parameters}&format=parquet`)).arrayBuffer())
    const { samples } = await (await get(world, parameters)).json() as { samples: ReadonlyArray<object> }
    assert.isAbove(samples.length, 50)
    assert.deepStrictEqual((await readers.duckdb(bytes)).map((row) => ({ ...row })), samples)
    const none = await (await get(world, `${query("format=parquet").replace("now-2d", "now-1s")}`)).arrayBuffer()
    for (const read of Object.values(readers)) assert.deepStrictEqual(await read(new Uint8Array(none)), [])
  })

  it("a body asks what a URL asks", async () => {
    const world = await filled()
    const body = JSON.stringify({
      site_name: "north",
      point_names: ["ahu/temp", "ahu/flow", "nothing"],
      start_time: world.clock.now - 2 * DAY,
      end_time: "now",
      interval: "1h",
      agg: ["min", "max"],
      explain: true
    })
    const posted = await world.query(
      "/timeseries/query",
      reader({ method: "POST", body, headers: { "content-type": "application/json" } })
    )
    const asked = await get(world, query("interval=1h&agg=min,max&explain=true"))
    assert.deepStrictEqual(await posted.json(), await asked.json())
  })
})

describe("long answers", () => {
  it("a stream of many batches is whole, whatever the format", async () => {
    const world = await makeWorld()
    const day = dayOf(world.clock.now) - 30
    const points = Array.from({ length: 5 }, (_, i) => `p${i}`)
    const one = (point: string) => quarters(point, day * DAY, 200_000, 400)
    await world.run(publishDay({
      site: "north",
      day,
      source: "backfill",
      writtenBy: "test",
      evict: null,
      series: Stream.fromIterable(points.map(one))
    }))
    const path = `/timeseries/query?site_name=north&point_names=${points.join(",")}&start_time=now-40d&end_time=now`
    const lines = (await (await get(world, `${path}&format=csv`)).text()).trimEnd().split("\n")
    assert.strictEqual(lines.length, 1_000_001)
    assert.strictEqual(lines.at(-1), `p4,${day * DAY + 199_999 * 400},${199_999 / 4}`)
    const tail = (await (await get(world, `${path}&format=ndjson&explain=true`)).text()).trimEnd().split("\n").at(-1) ??
      ""
    const { explain, metadata } = JSON.parse(tail) as { explain: { batches: number }; metadata: object }
    assert.strictEqual(explain.batches, 5)
    assert.deepInclude(metadata, { source: "r2", r2_samples: 1_000_000, returned_samples: 1_000_000 })
    // What a header says must be true of the whole, which only some first pieces can tell.
    await world.run(Effect.gen(function*() {
      const hot = yield* hotStore
      yield* hot.intake.append(yield* hot.intake.takeFence("north"), 1, [
        quarters("fresh", world.clock.now - MINUTE, 1)
      ])
    }))
    const cases = [["p0,p1", "r2"], ["p0,fresh", "split"], ["fresh,p0", null], ["fresh", "d1"]] as const
    for (const [asked, source] of cases) {
      const query = `site_name=north&point_names=${asked}&start_time=now-40d&end_time=now&format=csv`
      const response = await get(world, `/timeseries/query?${query}`)
      assert.strictEqual(response.headers.get("x-source"), source, asked)
      await response.body?.cancel()
    }
  })
})

describe("long points", () => {
  it("a long point comes in pieces by rows, whole by columns, and is the same", async () => {
    const world = await makeWorld()
    const today = dayOf(world.clock.now)
    const step = 20_000
    await world.run(Effect.gen(function*() {
      for (let day = today - 100; day < today - 5; day++) {
        const samples = Stream.make(quarters("p", day * DAY + day % 7, DAY / step, step))
        yield* publishDay({ site: "north", day, source: "backfill", writtenBy: "test", evict: null, series: samples })
        if (day === today - 50) yield* deriveSite("north", { hotDays: 20, timeoutMs: 60_000 })
      }
      const hot = yield* hotStore
      yield* hot.intake.append(yield* hot.intake.takeFence("north"), 1, [
        quarters("p", (today - 60) * DAY, 50, 7_000_000),
        quarters("p", (today - 5) * DAY, 500)
      ])
    }))
    const path = "/timeseries/query?site_name=north&point_names=p&start_time=now-99d&end_time=now"
    const { metadata, series: [whole] } = await (await get(world, `${path}&layout=columns`))
      .json() as typeof ColumnsAnswer.Type
    const lines = (await (await get(world, `${path}&format=ndjson&explain=true`)).text()).trimEnd().split("\n")
    const tail = JSON.parse(lines.pop() ?? "") as Required<Pick<typeof ColumnsAnswer.Type, "explain" | "metadata">>
    assert.isAbove(tail.explain.batches, 2)
    assert.isAbove(tail.explain.months.length, 0)
    assert.deepStrictEqual(tail.explain.hot_days, [60, 59, 58, 57, 5].map((ago) => formatDay(today - ago)))
    const { query_time_ms: _, ...said } = metadata
    assert.deepInclude(tail.metadata, said)
    assert.deepStrictEqual(
      lines,
      (whole?.timestamps ?? []).map((timestamp, i) =>
        `{"point_name":"p","timestamp":${timestamp},"value":${whole?.values?.[i]}}`
      )
    )
  })
})

describe("limits", () => {
  it("law 9: are checked before the first cold read", async () => {
    for (const [env, status, code] of [
      [{ MAX_QUERY_SAMPLES: "19" }, 413, "too_much_data"],
      [{ MAX_QUERY_POINTS: "1" }, 422, "too_many_points"],
      [{ MAX_QUERY_RANGE_DAYS: "30" }, 422, "range_too_wide"]
    ] as const) {
      const world = await filled(env)
      const response = await world.query(
        "/timeseries/query?site_name=north&point_names=old,silent&start_time=now-40d&end_time=now",
        reader()
      )
      const body = await response.json() as { code: string; detail: string }
      assert.strictEqual(`${response.status} ${body.code}`, `${status} ${code}`)
      assert.match(body.detail, /: ask for/)
    }
  })
})

describe("long ranges", () => {
  const step = 20_000

  /** 80 days of a sample every 20 s, of which the closed months have rollups. */
  const long = async () => {
    const world = await makeWorld({ MAX_QUERY_SAMPLES: "150000" })
    const today = dayOf(world.clock.now)
    await world.run(Effect.gen(function*() {
      for (let day = today - 90; day < today - 10; day++) {
        const samples = Stream.make(quarters("p", day * DAY, DAY / step, step))
        yield* publishDay({ site: "north", day, source: "backfill", writtenBy: "test", evict: null, series: samples })
      }
      yield* deriveSite("north", { hotDays: 20, timeoutMs: 60_000 })
    }))
    return world
  }
  const path = (parameters: string) =>
    "/timeseries/query?site_name=north&point_names=p&start_time=now-89d&end_time=now&layout=columns&explain=true&" +
    parameters

  it("law 10: rollups answer buckets of whole hours, within limits that samples would break, and say why", async () => {
    const world = await long()
    const hourly = ["interval=1d&agg=avg,count,last", "interval=auto", "interval=1mo&tz=Europe/Zurich", "width=500"]
    for (const parameters of hourly) {
      const { explain, metadata } = await (await get(world, path(parameters))).json() as typeof ColumnsAnswer.Type
      assert.deepStrictEqual(explain?.rollups.map(({ month }) => month), ["2026-08", "2026-09", "2026-10"], parameters)
      assert.match(explain?.resolution ?? "", /whole hours, so that hourly rollups can serve them$/)
      assert.isBelow((explain?.expected_samples_per_point ?? 0) * 2, 150_000)
      assert.deepInclude(metadata, { source: "r2", d1_samples: 0, r2_samples: 78.5 * DAY / step })
    }
    for (const [parameters, reason] of [
      ["interval=1d&agg=avg,twa", /twa can only be made from samples$/],
      ["interval=1d&tz=Asia/Kolkata", /not whole UTC hours, as rollups are$/],
      ["interval=30min", /not whole UTC hours, as rollups are$/]
    ] as const) {
      const refused = await world.query(path(parameters), reader())
      const { code, detail } = await refused.json() as { code: string; detail: string }
      assert.strictEqual(`${refused.status} ${code}`, "413 too_much_data", parameters)
      assert.match(detail, /buckets of whole hours such as interval=1d$/)
      const short = path(parameters).replace("now-89d", "now-40d")
      const { explain } = await (await get(world, short)).json() as typeof ColumnsAnswer.Type
      assert.match(explain?.resolution ?? "", reason)
      assert.deepStrictEqual(explain?.rollups, [])
    }
  })
})

describe("discovery", () => {
  it("finds points by every word, page by page", async () => {
    const world = await filled()
    const find = async (parameters: string) =>
      Schema.decodeUnknownSync(PointsAnswer, strict)(
        await (await get(world, `/points?site_name=north&${parameters}`)).json()
      )
    const names = async (search: string) =>
      (await find(`search=${encodeURIComponent(search)}`)).points.map(({ point_name }) => point_name)
    assert.deepStrictEqual(await names("AHU"), ["ahu/flow", "ahu/temp", "silent"])
    assert.deepStrictEqual(await names("°c supply"), ["ahu/temp"])
    assert.deepStrictEqual(await names("billing  KWH "), ["old"])
    assert.deepStrictEqual(await names("ahu billing"), [])
    const first = await find("limit=3")
    assert.deepStrictEqual([first.total, first.points.length, first.next_cursor], [4, 3, "old"])
    const second = await find(`limit=3&cursor=${encodeURIComponent(first.next_cursor ?? "")}`)
    assert.deepStrictEqual([second.points.map(({ point_name }) => point_name), second.next_cursor], [["silent"], null])
  })

  it("says when each found point has data, in whatever tier", async () => {
    const world = await filled()
    const { now } = world.clock
    const month = dayOf(now) - 30
    await world.run(Effect.gen(function*() {
      const hot = yield* hotStore
      yield* publishDay({
        site: "north",
        day: month,
        source: "backfill",
        writtenBy: "test",
        series: Stream.make(quarters("ahu/temp", month * DAY, 2)),
        evict: null
      })
      yield* hot.intake.append(yield* hot.intake.takeFence("north"), 1, [quarters("old", (month - 1) * DAY, 1)])
    }))
    const ranges = async (parameters: string) =>
      Schema.decodeUnknownSync(PointsAnswer, strict)(
        await (await get(world, `/points?site_name=north&${parameters}`)).json()
      )
        .points.map((point) => [point.point_name, point.first_timestamp, point.last_timestamp])
    assert.deepStrictEqual(await ranges(""), [
      ["ahu/flow", now - DAY - 10 * MINUTE, now - DAY - 6 * MINUTE],
      ["ahu/temp", month * DAY, now - MINUTE],
      ["old", (month - 1) * DAY, month * DAY + 19 * MINUTE],
      ["silent", null, null]
    ])
    assert.deepStrictEqual(await ranges("search=billing"), [["old", (month - 1) * DAY, month * DAY + 19 * MINUTE]])
    assert.deepStrictEqual(await ranges("limit=1&cursor=old"), [["silent", null, null]])
  })
})

describe("last values", () => {
  it("shows the last value of each point, of whatever day and tier", async () => {
    const world = await filled()
    const { now } = world.clock
    const path = "/points/latest?site_name=north&point_names=silent,ahu/temp,old,ahu/flow,nothing"
    const answer = Schema.decodeUnknownSync(LatestAnswer, strict)(await (await get(world, path)).json())
    assert.deepStrictEqual(answer.points, [
      { point_name: "silent", timestamp: null, value: null },
      { point_name: "ahu/temp", timestamp: now - MINUTE, value: 9 / 4 },
      { point_name: "old", timestamp: (dayOf(now) - 30) * DAY + 19 * MINUTE, value: 19 / 4 },
      { point_name: "ahu/flow", timestamp: now - DAY - 6 * MINUTE, value: 1 }
    ])
    assert.deepStrictEqual(answer.unknown_points, [{ point_name: "nothing", near: [] }])
  })

  it("writes a last value so that it reads back bit for bit", async () => {
    const world = await filled()
    const day = dayOf(world.clock.now) - 30
    const extremes = [-0, 5e-324, -1.7976931348623157e308, 0.1]
    await world.run(publishDay({
      site: "north",
      day,
      source: "backfill",
      writtenBy: "test",
      series: Stream.fromIterable(extremes.map((value, i) => series(`x${i}`, [[day * DAY, value]]))),
      evict: null
    }))
    const text = await (await get(world, "/points/latest?site_name=north&point_names=x0,x1,x2,x3")).text()
    const { points } = JSON.parse(text) as typeof LatestAnswer.Type
    assert.isTrue(points.every(({ value }, i) => Object.is(value, extremes[i])), text)
  })
})

describe("coverage", () => {
  it("shows which days have samples, where, and how many", async () => {
    const world = await filled()
    const old = world.clock.now - 30 * DAY
    await world.run(Effect.gen(function*() {
      const hot = yield* hotStore
      const run = yield* hot.intake.takeFence("north")
      const twice = [quarters("old", old - DAY, 1), quarters("silent", old, 1)]
      yield* hot.intake.append(run, 1, twice)
      yield* hot.intake.append(run, 2, twice)
      yield* hot.days.compact("north", dayOf(old - DAY))
    }))
    const answer = Schema.decodeUnknownSync(CoverageAnswer, strict)(
      await (await get(world, "/timeseries/coverage?site_name=north&start_time=now-40d&end_time=now")).json()
    )
    assert.deepStrictEqual(answer.days, [
      { day: "2026-10-23", tier: "d1", samples: 1, exact: true, d1_samples: 1, r2_samples: null, r2_points: null },
      { day: "2026-10-24", tier: "split", samples: 22, exact: false, d1_samples: 2, r2_samples: 20, r2_points: 1 },
      { day: "2026-11-22", tier: "d1", samples: 5, exact: false, d1_samples: 5, r2_samples: null, r2_points: null },
      { day: "2026-11-23", tier: "d1", samples: 10, exact: false, d1_samples: 10, r2_samples: null, r2_points: null }
    ])
    const cold =
      await (await get(await filled(), "/timeseries/coverage?site_name=north&start_time=now-40d&end_time=now-20d"))
        .json()
    assert.deepStrictEqual((cold as typeof CoverageAnswer.Type).days, [
      { day: "2026-10-24", tier: "r2", samples: 20, exact: true, d1_samples: null, r2_samples: 20, r2_points: 1 }
    ])
  })

  it("leaves open how many samples a day has that became hot before they were counted", async () => {
    const uncounted = Layer.effect(HotDays, Effect.map(HotDays, (hotDays) => ({
      ...hotDays,
      list: (site: string) => Effect.map(hotDays.list(site), (days) => days.map((day) => ({ ...day, samples: null })))
    })))
    const world = await makeWorld({}, uncounted)
    await world.run(Effect.gen(function*() {
      const hot = yield* hotStore
      yield* hot.intake.append(yield* hot.intake.takeFence("north"), 1, [quarters("a", world.clock.now - MINUTE, 1)])
      yield* hot.days.compact("north", dayOf(world.clock.now))
    }))
    const answer = await (await get(world, "/timeseries/coverage?site_name=north&start_time=now-1d&end_time=now"))
      .json()
    assert.deepStrictEqual((answer as typeof CoverageAnswer.Type).days, [
      {
        day: "2026-11-23",
        tier: "d1",
        samples: null,
        exact: false,
        d1_samples: null,
        r2_samples: null,
        r2_points: null
      }
    ])
  })
})
