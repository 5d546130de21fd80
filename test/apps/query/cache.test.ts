/**
 * Proves that cached answers are the same bytes and never stale, by asking again after every kind of change, and
 * comparing with an answer that is made anew.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { deriveSite } from "../../../src/apps/archival/derive.ts"
import { archiveSite } from "../../../src/apps/archival/program.ts"
import { publishDay } from "../../../src/apps/publish.ts"
import { DAY_MS, dayOf } from "../../../src/domain/time/calendar.ts"
import { hotStore } from "../../hot-store.ts"
import { randomOf, seeds } from "../../random.ts"
import { makeWorld, reader, type World } from "../http/world.ts"
import { series } from "../../samples.ts"

const query = (parameters = "") =>
  `/timeseries/query?site_name=north&point_names=a,b&start_time=2026-09-01&end_time=2026-11-24${parameters}`

const append = (world: World, point: string, at: number, value: number) =>
  world.run(Effect.gen(function*() {
    const hot = yield* hotStore
    yield* hot.intake.append(yield* hot.intake.takeFence("north"), 1, [series(point, [[at, value]])])
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
    for (const known of [first.etag, first.etag.replace("W/", ""), `"x", ${first.etag}`, "*"]) {
      const third = await ask(world, query(), { "if-none-match": known })
      assert.deepStrictEqual([third.status, third.body, third.etag], [304, "", first.etag])
    }
    assert.strictEqual((await ask(world, query(), { "if-none-match": "W/\"other\"" })).status, 200)
  })

  it("knows one question in two spellings, and two questions apart", async () => {
    const world = await filled()
    const { etag } = await ask(world, query("&interval=1h&agg=avg"))
    assert.strictEqual((await ask(world, query("&interval=60min"))).cache, "hit")
    assert.strictEqual((await ask(world, query("&interval=60min&format=json&layout=rows"))).cache, "hit")
    for (const other of ["&interval=1h&agg=min", "&interval=1h&tz=Europe/Zurich", "&interval=1h&layout=columns",
      "&interval=1h&format=csv", "&interval=1h&fill=null", "&interval=2h", "&width=100", "&width=101", ""]) {
      const answer = await ask(world, query(other))
      assert.strictEqual(answer.cache, "miss", other)
      assert.notStrictEqual(answer.etag, etag)
    }
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
