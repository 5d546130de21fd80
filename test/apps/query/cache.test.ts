/**
 * Proves that cached answers are the same bytes and never stale, by asking again after every kind of change, and
 * comparing with an answer that is made anew.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { deriveSite } from "../../../src/apps/archival/derive.ts"
import { archiveSite } from "../../../src/apps/archival/program.ts"
import { publishDay } from "../../../src/apps/publish.ts"
import { NOW_STEP_MS } from "../../../src/apps/http/input.ts"
import { DAY_MS, dayOf } from "../../../src/domain/time/calendar.ts"
import { hotStore } from "../../hot-store.ts"
import { randomOf, seeds } from "../../random.ts"
import { makeWorld, reader, type World } from "../http/world.ts"
import { series } from "../../samples.ts"

const query = (parameters = "") =>
  `/timeseries/query?site_name=north&point_names=a,b&start_time=2026-09-01&end_time=2026-11-24${parameters}`

interface Samples {
  readonly samples: ReadonlyArray<{ readonly value: number }>
}

/** The same window whatever `tz` is. */
const utc = (parameters: string) =>
  query(parameters).replace("2026-09-01", "2026-09-01T00:00Z").replace("2026-11-24", "2026-11-24T00:00Z")

/** A question, and others of which each differs from it in one thing. */
const questions = [
  query("&interval=1h"),
  query("&interval=1h").replace("north", "south"),
  query("&interval=1h").replace("a,b", "a"),
  query("&interval=1h").replace("a,b", "b"),
  query("&interval=1h").replace("a,b", "b,a"),
  query("&interval=1h").replace("a,b", "a,b,c"),
  query("&interval=1h").replace("2026-09-01", "2026-09-02"),
  query("&interval=1h").replace("2026-09-01", "2026-09-01T00:00:00.001"),
  query("&interval=1h").replace("2026-11-24", "2026-11-25"),
  query("&interval=1h&agg=min"),
  query("&interval=1h&agg=avg,min"),
  query("&interval=1h&agg=min,avg"),
  query("&interval=1h&tz=Europe/Zurich"),
  query("&interval=1h&origin=2026-09-01T00:30"),
  query("&interval=1h&fill=null"),
  query("&interval=1h&fill=0"),
  query("&interval=1h&fill=previous"),
  query("&interval=1h&fill=previous&max_gap=2h"),
  query("&interval=1h&fill=previous&max_gap=3h"),
  query("&interval=1h&layout=columns"),
  query("&interval=1h&format=csv"),
  query("&interval=1h&format=csv&spreadsheet=true"),
  query("&interval=1h&format=ndjson"),
  query("&interval=1h&format=parquet"),
  query("&interval=2h"),
  utc(""),
  utc("&tz=Europe/Zurich"),
  query("&width=100"),
  query("&width=101")
]

const append = (world: World, point: string, at: number, value: number, site = "north") =>
  world.run(Effect.gen(function*() {
    const hot = yield* hotStore
    yield* hot.intake.append(yield* hot.intake.takeFence(site), 1, [series(point, [[at, value]])])
  }))

const filled = async (env: Record<string, string> = {}): Promise<World> => {
  const world = await makeWorld(env)
  await append(world, "a", world.clock.now - 1_000, 1)
  return world
}

const ask = async (world: World, path: string, headers: Record<string, string> = {}) => {
  const response = await world.query(path, reader({ headers }))
  const body = await response.text()
  return {
    status: response.status,
    body,
    cache: response.headers.get("x-cache"),
    etag: response.headers.get("etag") ?? ""
  }
}

describe("cache", () => {
  it("gives the same bytes again, and 304 to who has them", async () => {
    const world = await filled()
    const first = await ask(world, query())
    const second = await ask(world, query())
    assert.deepStrictEqual([first.cache, second.cache], ["miss", "hit"])
    assert.strictEqual(second.body, first.body)
    for (const known of [first.etag, first.etag.replace("W/", ""), `"x", ${first.etag}`, "*", " * "]) {
      const third = await ask(world, query(), { "if-none-match": known })
      assert.deepStrictEqual([third.status, third.body, third.etag], [304, "", first.etag])
    }
    assert.strictEqual((await ask(world, query(), { "if-none-match": "W/\"other\"" })).status, 200)
  })

  it("knows one question in two spellings", async () => {
    const world = await filled()
    await ask(world, query("&interval=1h&agg=avg"))
    for (
      const same of ["&interval=60min", "&interval=60min&format=json&layout=rows", "&tz=UTC&interval=1h&fill=none"]
    ) {
      assert.strictEqual((await ask(world, query(same))).cache, "hit", same)
    }
  })

  it("knows questions apart that differ in one thing, whichever it is", async () => {
    const world = await filled()
    for (const [site, point] of [["north", "b"], ["south", "a"], ["south", "b"]] as const) {
      await append(world, point, world.clock.now - 1_000, 1, site)
    }
    const seen = new Map<string, string>()
    for (const question of questions) {
      const { body, cache, etag, status } = await ask(world, question)
      assert.deepStrictEqual([status, cache], [200, "miss"], question)
      assert.isUndefined(seen.get(etag), `${question} has the tag of ${seen.get(etag)}`)
      seen.set(etag, question)
      assert.strictEqual((await ask(world, question)).body, body)
    }
  })

  it("law 2: knows that the value changed which holds at the start of the window", async () => {
    const world = await filled()
    const start = world.clock.now - DAY_MS
    const path = "/timeseries/query?site_name=north&point_names=a&interval=6h&fill=previous" +
      `&start_time=${new Date(start).toISOString()}&end_time=${new Date(world.clock.now).toISOString()}`
    const before = await ask(world, path)
    await append(world, "a", start - 2 * DAY_MS, 5)
    const after = await ask(world, path)
    assert.deepStrictEqual([before.cache, after.cache], ["miss", "miss"])
    assert.notStrictEqual(after.body, before.body)
  })

  it("tells a question of two points from one of a point that has the name of both", async () => {
    const world = await filled()
    await append(world, "b", world.clock.now - 1_000, 2)
    await append(world, "a,b", world.clock.now - 1_000, 3)
    const one = await ask(world, query().replace("point_names=a,b", "point_name=a,b"))
    const two = await ask(world, query())
    assert.notStrictEqual(one.etag, two.etag)
    const values = [one, two].map(({ body }) => (JSON.parse(body) as Samples).samples.map(({ value }) => value))
    assert.deepStrictEqual(values, [[3], [1, 2]])
  })

  it("switched off keeps nothing, and still knows who has the answer", async () => {
    const world = await filled({ ENABLE_QUERY_CACHE: "false" })
    const first = await ask(world, query())
    const second = await ask(world, query())
    assert.deepStrictEqual([first.status, first.cache, second.cache], [200, "off", "off"])
    assert.deepInclude(await ask(world, query(), { "if-none-match": second.etag }), {
      status: 304,
      body: "",
      etag: first.etag
    })
    await append(world, "a", world.clock.now - 500, 2)
    const third = await ask(world, query(), { "if-none-match": first.etag })
    assert.strictEqual(third.status, 200)
    assert.notStrictEqual(third.etag, first.etag)
  })
})

describe("If-None-Match: *", () => {
  const path = (site: string, point: string) => query().replace("north", site).replace("a,b", point)

  for (const env of [{}, { ENABLE_QUERY_CACHE: "false" }]) {
    it(`is true only of what does not exist, with ${JSON.stringify(env)}`, async () => {
      const world = await filled(env)
      const ifAny = { "if-none-match": "*" }
      for (const [site, point, status] of [["nowhere", "a", 404], ["north", "x", 404], ["north", "a", 304]] as const) {
        const told = await ask(world, path(site, point), ifAny)
        assert.strictEqual(told.status, status)
        assert.strictEqual(told.etag !== "", status === 304)
      }
      // Neither is what cannot be asked.
      assert.strictEqual((await ask(world, query("&interval=1s"), ifAny)).status, 422)
    })
  }
})

describe("now", () => {
  const recent = "/timeseries/query?site_name=north&point_names=a&start_time=now-1h&end_time=now"
  const windowOf = (body: string) => {
    const { metadata } = JSON.parse(body) as { metadata: { start_time: string; end_time: string } }
    return [metadata.start_time, metadata.end_time]
  }

  it("is the same for five minutes, until data changes", async () => {
    const world = await filled()
    world.clock.now += 1
    const first = await ask(world, recent)
    assert.deepStrictEqual(windowOf(first.body), ["2026-11-23T11:00:00.000Z", "2026-11-23T12:05:00.000Z"])
    world.clock.now += NOW_STEP_MS - 2
    assert.deepInclude(await ask(world, recent), { cache: "hit", body: first.body, etag: first.etag })
    assert.strictEqual((await ask(world, recent, { "if-none-match": first.etag })).status, 304)
    await append(world, "a", world.clock.now, 2)
    const changed = await ask(world, recent, { "if-none-match": first.etag })
    assert.deepStrictEqual([changed.status, changed.cache], [200, "miss"])
    assert.deepStrictEqual((JSON.parse(changed.body) as Samples).samples.map(({ value }) => value), [1, 2])
    world.clock.now += 1
    const later = await ask(world, recent)
    assert.strictEqual(later.cache, "miss")
    assert.deepStrictEqual(windowOf(later.body), ["2026-11-23T11:05:00.000Z", "2026-11-23T12:10:00.000Z"])
  })

  it("leaves no sample out of the window that was asked for, at any time of the five minutes", async () => {
    for (const offset of [0, 1, 299_999]) {
      const world = await makeWorld()
      world.clock.now += offset
      const { now } = world.clock
      for (const [at, value] of [[now - 3_600_000, 1], [now - 1, 2]] as const) await append(world, "a", at, value)
      const { body } = await ask(world, recent)
      assert.deepStrictEqual((JSON.parse(body) as Samples).samples.map(({ value }) => value), [1, 2], `${offset}`)
    }
  })

  it("may be the end of the widest window", async () => {
    const world = await filled({ MAX_QUERY_RANGE_DAYS: "2" })
    world.clock.now += 1
    assert.strictEqual((await ask(world, recent.replace("now-1h", "now-2d"))).status, 200)
    assert.strictEqual((await ask(world, recent.replace("now-1h", "now-49h"))).status, 422)
  })
})

describe("the cache as a whole", () => {
  it("is the asker's own: shared caches may keep nothing, and the format may depend on Accept", async () => {
    const world = await filled()
    const { etag } = await ask(world, query())
    for (const [path, known, status, control] of [
      [query(), "", 200, "private, no-cache"],
      [query(), etag, 304, "private, no-cache"],
      [query("&explain=true"), etag, 200, "no-store"],
      [query("&interval=x"), etag, 400, "no-store"],
      ["/points?site_name=north", "", 200, "no-store"]
    ] as const) {
      const { headers, status: told } = await world.query(path, reader({ headers: { "if-none-match": known } }))
      assert.deepStrictEqual([told, headers.get("cache-control")], [status, control], path)
      assert.strictEqual(headers.get("vary"), control === "no-store" ? "Origin" : "Origin, Accept", path)
    }
  })

  for (const seed of seeds(1, 1)) {
    it(`law 2: is not stale after syncs, late data, any move, months or new points (seed ${seed})`, async () => {
      const world = await filled()
      const random = randomOf(seed)
      const { now } = world.clock
      const moves: ReadonlyArray<() => Promise<unknown>> = [
        () => append(world, "a", now - random.below(3) * DAY_MS, random.next()),
        () => append(world, random.pick(["a", "b", "c"]), now - random.below(80) * DAY_MS, random.next()),
        () => world.run(Effect.flatMap(hotStore, (hot) => hot.days.compact("north", dayOf(now) - random.below(3)))),
        () => world.run(archiveSite("north", { hotDays: 20, maxDays: 3, timeoutMs: 60_000 })),
        () => world.run(deriveSite("north", { hotDays: 20, timeoutMs: 60_000 })),
        () => {
          const day = dayOf(now) - 21 - random.below(60)
          const sample = [day * DAY_MS + random.below(5), random.next()] as const
          const samples = Stream.make(series(random.pick(["a", "b"]), [sample]))
          return world.run(
            publishDay({ site: "north", day, source: "backfill", writtenBy: "test", series: samples, evict: null })
          )
        }
      ]
      let hits = 0
      for (let i = 0; i < 300; i++) {
        await random.pick(moves)()
        const path = query(random.pick(["", "&width=300", "&interval=1d&fill=null"]))
        const told = await ask(world, path)
        if (told.cache === "hit") hits++
        // An explained query is always read from the stores.
        const explained = await ask(world, `${path}&explain=true`)
        const { samples: fresh, unknown_points } = JSON.parse(explained.body) as Record<string, unknown>
        const given = JSON.parse(told.body) as Record<string, unknown>
        assert.deepStrictEqual(given["samples"], fresh, `move ${i}`)
        assert.deepStrictEqual(given["unknown_points"], unknown_points, `move ${i}`)
      }
      assert.isAbove(hits, 10)
    })
  }
})
