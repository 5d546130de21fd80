/**
 * Proves that the simulator behaves like the real API, with its quirks, and that its building is a function of the
 * seed: by requests whose answers are known of the real one.
 */
import { assert, describe, it } from "vitest"
import {
  DEVELOPMENT_KEY,
  type Simulator,
  simulator,
  type SimulatorOptions
} from "../../../src/apps/ace-simulator/simulator.ts"
import { DAY_MS, HOUR_MS } from "../../../src/domain/time/calendar.ts"

const NOW = 1_786_060_800_000
const SITE = "plant-1"
const build = (options: SimulatorOptions = {}) => simulator({ pointsPerSite: 160, now: () => NOW, ...options })

interface Body {
  readonly message?: string
  readonly items?: ReadonlyArray<Record<string, unknown>>
  readonly pages?: number | null
  readonly total?: number
  readonly point_samples?: ReadonlyArray<
    { readonly name: string; readonly value: string | null; readonly time: string }
  >
  readonly next_cursor?: string | null
  readonly has_more?: boolean
}

const get = async (building: Simulator, path: string, headers?: Record<string, string>) => {
  const response = await building.fetch(
    new Request(`http://ace.test/api${path}`, { headers: headers ?? { authorization: `Bearer ${DEVELOPMENT_KEY}` } })
  )
  return { status: response.status, headers: response.headers, body: await response.json() as Body }
}

const samples = (building: Simulator, params: Record<string, string>) => {
  const query = new URLSearchParams({
    start_time: new Date(NOW - HOUR_MS).toISOString(),
    end_time: new Date(NOW).toISOString(),
    raw_data: "true",
    ...params
  })
  return get(building, `/sites/${SITE}/timeseries/paginated?${query}`)
}

describe("the API", () => {
  it("answers with and without a trailing slash", async () => {
    const ofSite = [`/sites/${SITE}/points`, `/sites/${SITE}/configured_points/`]
    for (const path of ["/sites/", "/sites", "/points/", ...ofSite]) {
      assert.strictEqual((await get(build(), path)).status, 200, path)
    }
  })

  it("takes page sizes of its closed sets only", async () => {
    const building = build()
    for (const size of ["4", "20", "0", "-1", "abc", "200000", "10.0"]) {
      assert.strictEqual((await samples(building, { page_size: size })).status, 400, size)
    }
    assert.strictEqual((await samples(building, { page_size: "3" })).body.point_samples?.length, 3)
    assert.strictEqual((await get(building, "/points?per_page=25")).status, 400)
    assert.strictEqual((await get(building, "/points")).body.items?.length, 10)
    assert.strictEqual((await get(building, "/points?per_page=40&page=5")).body.items?.length, 0)
    assert.strictEqual((await get(building, "/points?per_page=50")).body.pages, 4)
  })

  it("401 without a key; 500 with a wrong one", async () => {
    const building = build()
    assert.strictEqual((await get(building, "/sites", {})).status, 401)
    const wrong = await get(building, "/sites", { authorization: "Bearer wrong" })
    assert.deepStrictEqual([wrong.status, wrong.body.message], [500, "An unhandled exception occurred."])
    const forged = await get(building, "/sites", { authorization: "Bearer a.b.c" })
    assert.deepStrictEqual([forged.status, forged.body.message], [500, "JWT Signature Invalid"])
  })

  it("403 for an unknown site, 404 for an unknown point, 400 for bad parameters", async () => {
    const building = build()
    const window = `start_time=2026-08-06T00:00:00&end_time=2026-08-06T01:00:00`
    assert.strictEqual((await get(building, `/sites/nowhere/timeseries/paginated?${window}`)).status, 403)
    assert.strictEqual((await get(building, `/points/nowhere/timeseries?${window}`)).status, 404)
    assert.strictEqual((await samples(building, { start_time: "yesterday" })).status, 400)
    assert.strictEqual((await samples(building, { cursor: "?" })).status, 400)
    assert.strictEqual((await get(building, `/sites/${SITE}/timeseries/paginated`)).status, 400)
  })

  it("an empty window is 200 with an empty list", async () => {
    const { body, status } = await samples(build(), { end_time: new Date(NOW - HOUR_MS).toISOString() })
    assert.deepStrictEqual([status, body], [200, { point_samples: [], next_cursor: null, has_more: false }])
  })
})

describe("the samples of the API", () => {
  it("rows ascend; times have no zone, values are texts", async () => {
    const { body } = await samples(build(), { page_size: "10000" })
    const rows = body.point_samples ?? []
    assert.isAbove(rows.length, 5_000)
    assert.isTrue(rows.every((row, i) => i === 0 || (rows[i - 1]?.time ?? "") <= row.time))
    assert.isTrue(rows.every((row) => /^2026-08-06T\d\d:\d\d:\d\d(\.\d{6})?$/.test(row.time)))
    for (const form of [/^\d+\.0$/, /^\d+\.\d{1,2}$/, /^\d+\.\d{10,}$/, /^(true|false)$/]) {
      assert.isTrue(rows.some((row) => form.test(row.value ?? "")), String(form))
    }
  })

  it("has the cursor bug: a page inside one timestamp returns its own cursor", async () => {
    const building = build({ missing: 0, outages: 0 })
    const first = await samples(building, { page_size: "3" })
    const second = await samples(building, { page_size: "3", cursor: first.body.next_cursor ?? "" })
    const third = await samples(building, { page_size: "3", cursor: second.body.next_cursor ?? "" })
    assert.notDeepEqual(second.body.point_samples, first.body.point_samples)
    assert.deepStrictEqual(third.body, second.body)
    assert.isTrue(third.body.has_more)
    const repaired = JSON.parse(atob(second.body.next_cursor ?? "")) as { offset: number; timestamp: string }
    assert.strictEqual(repaired.offset, 3)
    const next = await samples(building, {
      page_size: "3",
      cursor: btoa(JSON.stringify({ ...repaired, offset: 6 }).replace(/([:,])(?=["\d])/g, "$1 "))
    })
    assert.notDeepEqual(next.body.point_samples, second.body.point_samples, "an offset that was repaired is honoured")
  })

  it("without raw_data answers buckets of 5 minutes", async () => {
    const { body } = await samples(build(), { raw_data: "false" })
    const rows = body.point_samples ?? []
    assert.isAbove(rows.length, 100)
    assert.isTrue(rows.every((row) => /T\d\d:[0-5][05]:00$/.test(row.time)))
    assert.strictEqual(new Set(rows.map((row) => row.name + row.time)).size, rows.length)
  })

  it("answers single points by name and by list", async () => {
    const building = build()
    const name = building.points(SITE)[12] ?? ""
    const window = `start_time=2026-08-06T00:00:00&end_time=2026-08-06T01:00:00`
    const one = await get(building, `/points/${encodeURIComponent(name)}/timeseries?${window}`)
    const listed = await building.fetch(
      new Request(`http://ace.test/api/points/get_timeseries?${window}`, {
        method: "POST",
        headers: { authorization: `Bearer ${DEVELOPMENT_KEY}` },
        body: JSON.stringify({ points: [{ name }] })
      })
    )
    assert.isAbove(one.body.point_samples?.length ?? 0, 0)
    assert.deepStrictEqual(await listed.json(), one.body)
    assert.strictEqual((await get(building, `/points/%E0%A4%A/timeseries?${window}`)).status, 400)
  })
})

describe("the building", () => {
  const window = { start: NOW - 3 * DAY_MS, end: NOW }

  it("is a function of the seed; more points leave the first ones as they were", () => {
    const [building, larger, other] = [build(), build({ pointsPerSite: 400, sites: 2 }), build({ seed: 2 })]
    assert.deepStrictEqual(larger.points(SITE).slice(0, 160), building.points(SITE))
    const truths = (of: Simulator) => building.points(SITE).map((point) => of.truth(SITE, point, window))
    assert.deepStrictEqual(truths(larger), truths(building))
    assert.notDeepEqual(truths(other), truths(building))
  })

  it("answers a part of a window as it answers the whole", () => {
    const building = build()
    for (const point of building.points(SITE).slice(0, 60)) {
      const whole = building.truth(SITE, point, window)
      const cut = window.start + 123_456_789
      const parts = [
        building.truth(SITE, point, { start: window.start, end: cut }),
        building.truth(SITE, point, { start: cut, end: window.end })
      ]
      assert.deepStrictEqual(parts.flatMap((part) => [...part.timestamps]), [...whole.timestamps])
      assert.deepStrictEqual(parts.flatMap((part) => [...part.values]), [...whole.values])
    }
  })

  it("misses a few samples one by one and some in outages", () => {
    const count = (building: Simulator) =>
      building.points(SITE).reduce((sum, point) => sum + building.truth(SITE, point, window).timestamps.length, 0)
    const full = count(build({ missing: 0, outages: 0 }))
    const share = (options: SimulatorOptions) => 1 - count(build(options)) / full
    assert.closeTo(share({ outages: 0 }), 0.015, 0.002)
    assert.isAbove(share({ missing: 0 }), 0.002)
    assert.isBelow(share({ missing: 0 }), 0.06)
  })

  it("has meters that never run back, and values of every kind", async () => {
    const building = build({ pointsPerSite: 400, missing: 0, outages: 0 })
    const { body } = await get(building, `/sites/${SITE}/points?per_page=500`)
    const valuesOf = (label: string) => {
      const item = body.items?.find((one) =>
        String((one["bacnet_data"] as Record<string, string>)["object_name"]).endsWith(label)
      )
      return [...building.truth(SITE, String(item?.["name"]), window).values]
    }
    for (const label of ["Energy", "Run Hours", "Pulse Count"]) {
      const values = valuesOf(label)
      assert.isAbove(values.length, 100)
      assert.isTrue(values.every((value, i) => i === 0 || (values[i - 1] ?? 0) <= value), label)
      assert.isAbove((values.at(-1) ?? 0) - (values[0] ?? 0), 0, label)
    }
    assert.sameMembers([...new Set(valuesOf("Supply Fan Status"))], [0, 1])
    const setpoints = valuesOf("Zone Temp Setpoint")
    assert.isBelow(setpoints.filter((value, i) => i > 0 && value !== setpoints[i - 1]).length, 30)
    const float32 = valuesOf("Supply Air Temp")
    assert.isTrue(float32.every((value) => Math.fround(value) === value && value >= 50 && value <= 80))
    assert.isTrue(valuesOf("Solar Irradiance").some((value) => Math.fround(value) !== value))
  })

  it("lists as configured the points with collect_enabled only", async () => {
    const building = build({ pointsPerSite: 400 })
    const all = await get(building, `/sites/${SITE}/points?per_page=500`)
    const configured = await get(building, `/sites/${SITE}/configured_points?per_page=500`)
    const enabled = all.body.items?.filter((item) => item["collect_enabled"] === true)
    assert.isBelow(enabled?.length ?? 0, 400)
    assert.deepStrictEqual(configured.body.items, enabled)
  })
})

it("takes faults at run time, and refuses those it does not know", async () => {
  const building = build()
  const post = (body: unknown) =>
    building.fetch(new Request("http://ace.test/simulator/faults", { method: "POST", body: JSON.stringify(body) }))
  assert.strictEqual((await post({ throttled: { count: 1, retryAfterSeconds: 9 } })).status, 200)
  const throttled = await get(building, "/sites")
  assert.deepStrictEqual([throttled.status, throttled.headers.get("retry-after")], [429, "9"])
  assert.strictEqual((await get(building, "/sites")).status, 200)
  assert.strictEqual((await post({ throtled: { count: 1 } })).status, 400)
  const garbled = new Request("http://ace.test/simulator/faults", { method: "POST", body: "{" })
  assert.strictEqual((await building.fetch(garbled)).status, 400)
  assert.strictEqual((await post({ serverError: { rate: 2 } })).status, 400)
  assert.strictEqual((await post({ noConfiguredPoints: true })).status, 200)
  const current = await building.fetch(new Request("http://ace.test/simulator/faults"))
  assert.deepStrictEqual(await current.json(), { noConfiguredPoints: true })
  assert.deepStrictEqual((await get(building, `/sites/${SITE}/configured_points`)).body.items, [])
})

it("deals a fault by rate from a seeded sequence", async () => {
  const run = async () => {
    const building = build({ pointsPerSite: 8, faults: { serverError: { rate: 0.4 } } })
    const statuses: Array<number> = []
    for (let i = 0; i < 40; i++) statuses.push((await get(building, "/sites")).status)
    return statuses
  }
  const statuses = await run()
  assert.includeMembers(statuses, [200, 500])
  assert.deepStrictEqual(await run(), statuses)
})
