/**
 * What holds at the start of a window, wherever the sample before it is: near or far in D1, in a daily object, in a
 * month, or known by its extent only. And that an answer does not change when its days are made into months.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { deriveSite } from "../../../src/apps/archival/derive.ts"
import { publishDay } from "../../../src/apps/publish.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { hotStore } from "../../hot-store.ts"
import { randomOf } from "../../random.ts"
import { regular, type Sample, series } from "../../samples.ts"
import { makeWorld, reader, type World } from "../http/world.ts"

interface Answer {
  readonly samples: ReadonlyArray<{ readonly timestamp: number; readonly value: number | null }>
  readonly metadata: Readonly<Record<string, unknown>>
  readonly explain?: Readonly<Record<string, unknown>>
}

const ask = async (world: World, parameters: Record<string, string | number>): Promise<Answer> => {
  const search = new URLSearchParams({ site_name: "north", point_names: "p" })
  for (const [name, value] of Object.entries(parameters)) search.set(name, String(value))
  const response = await world.query(`/timeseries/query?${search}`, reader())
  const body = await response.json() as Answer
  assert.strictEqual(response.status, 200, JSON.stringify(body))
  return body
}

const valuesOf = ({ samples }: Answer) => samples.map(({ value }) => value)

const publish = (one: Series) =>
  Effect.suspend(() => {
    const day = dayOf(one.timestamps[0] ?? 0)
    const evict = null
    return publishDay({ site: "north", day, source: "backfill", writtenBy: "test", series: Stream.make(one), evict })
  })

const append = (...all: ReadonlyArray<Series>) =>
  Effect.flatMap(hotStore, ({ intake }) =>
    Effect.flatMap(intake.takeFence("north"), (fence) => intake.append(fence, 1, all)))

const derive = deriveSite("north", { hotDays: 20, timeoutMs: 1e9 })

/** Where the sample before the window is; the window is one day. */
const PLACES = {
  "in D1, minutes before": { start: "2026-11-20", before: "2026-11-19T23:50", cold: false, after: true },
  "in D1, six days before": { start: "2026-11-20", before: "2026-11-14T01:00", cold: false, after: true },
  "in D1, twelve days before": { start: "2026-11-20", before: "2026-11-08T01:00", cold: false, after: true },
  "in R2, the same day": { start: "2026-10-20T12:00", before: "2026-10-20T01:00", cold: true, after: true },
  "in R2, thirty days before": { start: "2026-10-20", before: "2026-09-20T01:00", cold: true, after: true },
  "known by its extent": { start: "2026-11-20", before: "2026-10-25T01:00", cold: true, after: false }
} as const

describe("a point that reports on change", () => {
  for (const [place, { after, before, cold, start }] of Object.entries(PLACES)) {
    it(`is drawn from the left edge, and averaged from there: its sample is ${place}`, async () => {
      const world = await makeWorld({ ENABLE_QUERY_CACHE: "false" })
      const from = Date.parse(`${start}Z`.replace(/^(.{10})Z/, "$1T00:00Z"))
      const samples: ReadonlyArray<Sample> = [
        [Date.parse(`${before}Z`), 7],
        ...after ? [[from + 12 * HOUR_MS, 9] as const] : []
      ]
      const pieces = samples.map((sample) => series("p", [sample]))
      await world.run(Effect.gen(function*() {
        if (cold) { for (const piece of pieces) yield* publish(piece) } else yield* append(series("p", samples))
        // Another point, so that days of the window exist whether or not the point is in them.
        if (cold) yield* publish(regular("q", { start: from - 2 * DAY_MS, count: 3 }))
      }))
      const window = { start_time: from, end_time: from + DAY_MS }
      for (const derived of [false, true]) {
        if (derived) await world.run(derive)
        const chart = await ask(world, { ...window, width: 100, explain: "true" })
        const rest = after ? [{ point_name: "p", timestamp: from + 12 * HOUR_MS, value: 9 }] : []
        const left = { point_name: "p", timestamp: from, value: 7 }
        assert.deepStrictEqual(chart.samples as ReadonlyArray<object>, [left, ...rest])
        assert.strictEqual(chart.metadata["held_values"], 1)
        assert.match(String(chart.explain?.["look_back"]), /needed of 1 points and found of 1 within 31 days/)
        const held = after ? [7, 7, 9, 9] : [7, 7, 7, 7]
        assert.deepStrictEqual(valuesOf(await ask(world, { ...window, interval: "6h", agg: "twa" })), held)
        const previous = await ask(world, { ...window, interval: "6h", agg: "last", fill: "previous" })
        assert.deepStrictEqual(valuesOf(previous), held)
        const short = await ask(world, { ...window, interval: "6h", agg: "last", fill: "previous", max_gap: "1s" })
        assert.deepStrictEqual(valuesOf(short), after ? [null, null, 9, null] : [null, null, null, null])
      }
    })
  }

  it("holds no longer than 31 days, and a point that begins later has no value before", async () => {
    const world = await makeWorld({ ENABLE_QUERY_CACHE: "false" })
    const from = Date.UTC(2026, 10, 20)
    await world.run(publish(series("p", [[from - 31 * DAY_MS - 1, 7]])))
    await world.run(append(series("q", [[from + HOUR_MS, 1]]), series("p", [[from + HOUR_MS, 1]])))
    for (const point of ["p", "q"]) {
      const chart = await ask(world, { point_names: point, start_time: from, end_time: from + DAY_MS, width: 100 })
      assert.deepStrictEqual(valuesOf(chart), [1])
      assert.strictEqual(chart.metadata["held_values"], 0)
    }
  })

  it("law 2: of a hot and an archived sample before the window the later one holds", async () => {
    const world = await makeWorld({ ENABLE_QUERY_CACHE: "false" })
    const from = Date.UTC(2026, 10, 20, 12)
    await world.run(publish(series("p", [[from - 20 * MINUTE_MS, 1], [from - 10 * MINUTE_MS, 2]])))
    await world.run(append(series("p", [[from - 20 * MINUTE_MS, 3]])))
    const question = { start_time: from, end_time: from + HOUR_MS, interval: "1h", agg: "twa" }
    assert.deepStrictEqual(valuesOf(await ask(world, question)), [2])
    await world.run(append(series("p", [[from - 10 * MINUTE_MS, 4]])))
    assert.deepStrictEqual(valuesOf(await ask(world, question)), [4])
  })

  it("an answer has another tag when a sample before its window has changed", async () => {
    const world = await makeWorld()
    const from = Date.UTC(2026, 10, 20)
    const tagOf = async (resolution: string) => {
      const window = `start_time=${from}&end_time=${from + DAY_MS}`
      const path = `/timeseries/query?site_name=north&point_names=p&${window}&${resolution}`
      return (await world.query(path, reader())).headers.get("etag")
    }
    await world.run(append(series("p", [[from - 5 * DAY_MS, 1], [from + HOUR_MS, 1]])))
    const before = [await tagOf("interval=1h&agg=twa"), await tagOf("interval=1h&agg=avg")]
    await world.run(append(series("p", [[from - 5 * DAY_MS, 2]])))
    const after = [await tagOf("interval=1h&agg=twa"), await tagOf("interval=1h&agg=avg")]
    assert.notStrictEqual(after[0], before[0])
    assert.strictEqual(after[1], before[1])
  })
})

describe("days and months", () => {
  const FIRST = Date.UTC(2026, 8, 1)

  /** A counter and a noisy signal, every minute of a month. */
  const filled = async (): Promise<World> => {
    const world = await makeWorld({ ENABLE_QUERY_CACHE: "false" })
    const random = randomOf(7)
    let total = 0
    await world.run(Effect.gen(function*() {
      for (let start = FIRST; start < FIRST + 30 * DAY_MS; start += DAY_MS) {
        const day = { start, count: 1_440 }
        const counter = regular("counter", { ...day, value: () => total += random.next() })
        const meter = regular("meter", { ...day, value: () => Math.round(random.next() * 10_000) / 100 })
        yield* publishDay({
          site: "north",
          day: dayOf(start),
          source: "backfill",
          writtenBy: "test",
          series: Stream.make(counter, meter),
          evict: null
        })
      }
    }))
    return world
  }

  it("law 2: every aggregation has the same bits before and after its month is derived, alone or not", async () => {
    const world = await filled()
    const month = { point_names: "meter", start_time: "2026-09-01", end_time: "2026-10-01" }
    const all = "avg,min,max,sum,count,first,last"
    const asked = ["1h", "5h", "1d", "1mo"].flatMap((interval) =>
      [all, `${all},twa`, "sum", "avg"].map((agg) => ({ ...month, interval, agg })))
    const read = async () => {
      const answers = await Promise.all(asked.map((question) => ask(world, question)))
      return answers.map(({ samples }) => samples)
    }
    const before = await read()
    await world.run(derive)
    assert.deepStrictEqual(await read(), before)
    const sums = before.map((samples) => samples.map((row) => row.value ?? (row as Record<string, unknown>)["sum"]))
    for (const i of [0, 4, 8, 12]) assert.deepStrictEqual(sums[i], sums[i + 2])
    const explained = await ask(world, { ...month, interval: "1d", agg: "sum", explain: "true" })
    assert.deepInclude(explained.explain?.["rollups"], { month: "2026-09", build: 1, days: 30 })
  })

  it("a day's delta, rate and twa are the same alone as inside two days", async () => {
    const world = await filled()
    for (const derived of [false, true]) {
      if (derived) await world.run(derive)
      for (const agg of ["delta", "rate", "twa"]) {
        const days = { point_names: "counter", interval: "1d", agg }
        const two = await ask(world, { ...days, start_time: "2026-09-10", end_time: "2026-09-12" })
        const alone = await ask(world, { ...days, start_time: "2026-09-11", end_time: "2026-09-12" })
        assert.strictEqual(alone.samples[0]?.value, two.samples[1]?.value)
        // One object more than the day itself.
        assert.strictEqual(alone.metadata["partitions"], agg === "twa" ? 1 : 2)
      }
    }
  })

  it("a chart of points that report often enough is not looked up before its window", async () => {
    const world = await filled()
    const day = { point_names: "counter,meter", start_time: "2026-09-10", end_time: "2026-09-11" }
    const chart = await ask(world, { ...day, width: 500, explain: "true" })
    assert.strictEqual(chart.metadata["partitions"], 1)
    assert.match(String(chart.explain?.["look_back"]), /needed of 0 points/)
  })
})

describe("zones and empty buckets", () => {
  it("an instant without a zone is in tz, and the answer says so", async () => {
    const world = await makeWorld()
    await world.run(append(series("p", [[Date.UTC(2026, 10, 19, 23), 1], [Date.UTC(2026, 10, 20, 23), 2]])))
    const day = { start_time: "2026-11-20", end_time: "2026-11-21T00:00" }
    const local = await ask(world, { ...day, tz: "Europe/Zurich" })
    assert.deepStrictEqual([valuesOf(local), local.metadata["tz"]], [[1], "Europe/Zurich"])
    assert.strictEqual(local.metadata["start_time"], "2026-11-19T23:00:00.000Z")
    const plain = await ask(world, day)
    assert.deepStrictEqual([valuesOf(plain), plain.metadata["tz"]], [[2], "UTC"])
  })

  it("a count of no samples is 0 in every bucket that is listed, and fill=0 fills with 0", async () => {
    const world = await makeWorld()
    const from = Date.UTC(2026, 10, 20)
    await world.run(append(series("p", [[from + 90 * MINUTE_MS, 5]])))
    const question = { start_time: from, end_time: from + 3 * HOUR_MS, interval: "1h" }
    assert.deepStrictEqual(valuesOf(await ask(world, { ...question, agg: "count" })), [1])
    for (const fill of ["null", "0", "previous", "linear"]) {
      assert.deepStrictEqual(valuesOf(await ask(world, { ...question, agg: "count", fill })), [0, 1, 0], fill)
    }
    assert.deepStrictEqual(valuesOf(await ask(world, { ...question, agg: "sum", fill: "0" })), [0, 5, 0])
    assert.deepStrictEqual(valuesOf(await ask(world, { ...question, agg: "sum", fill: "null" })), [null, 5, null])
  })

  it("refusals name what is allowed, and a + that became a space", async () => {
    const world = await makeWorld()
    const detailOf = async (parameters: string) => {
      const path = `/timeseries/query?site_name=north&point_names=p&end_time=now&${parameters}`
      return (await (await world.query(path, reader())).json() as { detail: string }).detail
    }
    assert.match(await detailOf("start_time=now-1d&interval=often"), /raw, auto, .*1w, 1mo, 1q or 1y/)
    assert.match(await detailOf("start_time=2026-11-20T00:00:00+01:00"), /%2B/)
    assert.match(await detailOf("start_time=now+1d&"), /%2B/)
  })
})
