/**
 * Proves how many answers one isolate streams at once: it is filled, and then each way in which a stream can end must
 * give back exactly one place. Cold reads are counted, so that a reader who has gone is seen to cost none.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Deferred, Effect, Layer, Stream } from "effect"
import { MAX_STREAMS } from "../../../src/apps/query/streams.ts"
import { publishDay } from "../../../src/apps/publish.ts"
import { dayOf } from "../../../src/domain/time/calendar.ts"
import { ColdStore, ColdStoreError, StoreUnavailable } from "../../../src/ports/ColdStore.ts"
import { hotStore } from "../../hot-store.ts"
import { regular } from "../../samples.ts"
import { makeWorld, reader, type World } from "../http/world.ts"

const DAY = 86_400_000
/** So many samples of one point are one batch. */
const SAMPLES = 101_000
const POINTS = ["p0", "p1", "p2"]
const PATH = `/timeseries/query?site_name=north&start_time=now-40d&end_time=now&format=csv&point_names=`
const LARGE = `${PATH}${POINTS.join(",")}`
/** As many batches, and nothing in them: a stream that costs little. */
const EMPTY = ["e0", "e1", "e2"]

/** Cold reads so far, and what happens before the next ones. */
const reads: { count: number; next: Effect.Effect<void, ColdStoreError> } = { count: 0, next: Effect.void }

const watched = Layer.effect(
  ColdStore,
  Effect.map(ColdStore, (cold) => ({
    ...cold,
    read: (...asked: Parameters<typeof cold.read>) =>
      Effect.suspend(() => {
        const [{ etag }, points] = asked
        reads.count++
        return points.some((point) => EMPTY.includes(point))
          ? Effect.succeed({ series: [], etag, gets: 0, bytes: 0 })
          : Effect.andThen(reads.next, cold.read(...asked))
      })
  }))
)

// One world for all tests: each ends with all places free.
let world: World

beforeAll(async () => {
  world = await makeWorld({ ENABLE_QUERY_CACHE: "false" }, watched)
  const day = dayOf(world.clock.now) - 30
  const samples = POINTS.map((point) => regular(point, { start: day * DAY, count: SAMPLES, step: 400 }))
  await world.run(Effect.gen(function*() {
    const { intake } = yield* hotStore
    yield* intake.registerPoints("north", EMPTY.map((name) =>
      ({ name, unit: null, device: null, description: null, intervalSeconds: null, tags: [], collected: true })))
  }))
  await world.run(publishDay({
    site: "north",
    day,
    source: "backfill",
    writtenBy: "test",
    evict: null,
    series: Stream.fromIterable(samples)
  }))
})

const open = (init: RequestInit = {}) => world.query(LARGE, reader(init))

/** How many streams can be opened until one is refused; they are cancelled again. */
const free = async (): Promise<number> => {
  const opened: Array<Response> = []
  const next = () => world.query(`${PATH}${EMPTY.join(",")}`, reader())
  for (let response = await next();; response = await next()) {
    if (response.status === 200) {
      opened.push(response)
      continue
    }
    assert.strictEqual(response.status, 503)
    await Promise.all(opened.map(({ body }) => body?.cancel()))
    return opened.length
  }
}

describe("the places of an isolate", () => {
  it("are taken by streams, and beyond them is 503 with Retry-After; what is not streamed needs none", async () => {
    const opened = []
    for (let i = 0; i < MAX_STREAMS; i++) opened.push(await open())
    assert.deepStrictEqual(opened.map(({ status }) => status), Array<number>(MAX_STREAMS).fill(200))
    const refused = await open()
    assert.deepStrictEqual([refused.status, refused.headers.get("retry-after")], [503, "10"])
    assert.strictEqual((await refused.json() as { readonly code: string }).code, "too_many_streams")
    const small = await world.query(`${PATH}p0&interval=1d`, reader())
    assert.strictEqual((await small.text()).split("\n").length, 3)
    await Promise.all(opened.map(({ body }) => body?.cancel()))
    assert.strictEqual(await free(), MAX_STREAMS)
  })

  it("are given back when a stream was read to its end", async () => {
    const held = await open()
    assert.strictEqual((await (await open()).text()).trimEnd().split("\n").length, POINTS.length * SAMPLES + 1)
    assert.strictEqual(await free(), MAX_STREAMS - 1)
    await held.body?.cancel()
  })

  it("are given back when a stream fails in the middle", async () => {
    const response = await open()
    reads.next = Effect.fail(
      new ColdStoreError({ operation: "read", key: "k", reason: new StoreUnavailable({ cause: new Error("down") }) })
    )
    assert.match(String(await response.text().catch((cause: unknown) => cause)), /StoreUnavailable: down/)
    reads.next = Effect.void
    assert.strictEqual(await free(), MAX_STREAMS)
  })

  it("are given back when the client cancels the body, or only asks for the headers", async () => {
    const body = (await open()).body?.getReader()
    await body?.read()
    await body?.cancel()
    assert.strictEqual((await open({ method: "HEAD" })).status, 200)
    assert.strictEqual((await open({ headers: { "if-none-match": "*" } })).status, 304)
    assert.strictEqual(await free(), MAX_STREAMS)
  })

  it("are passed on by a stream of which nothing was read for five minutes, and only by that", async () => {
    const stalled = await open()
    const readers = []
    for (let i = 1; i < MAX_STREAMS; i++) readers.push((await open()).body?.getReader())
    world.clock.now += 299_999
    await Promise.all(readers.map((body) => body?.read().then(() => body.read())))
    assert.strictEqual(await free(), 0)
    world.clock.now += 1
    assert.strictEqual(await free(), 1)
    await Promise.all([stalled.body?.cancel(), ...readers.map((body) => body?.cancel())])
    assert.strictEqual(await free(), MAX_STREAMS)
  })
})

describe("a client that is gone", () => {
  for (const when of ["before the answer", "between two batches", "during a read"] as const) {
    it(`${when}: no more is read, and its place is free`, async () => {
      const begun = reads.count
      const client = new AbortController()
      const reached = Deferred.makeUnsafe<void>()
      const hang = Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
      if (when === "before the answer") reads.next = hang
      const answer = open({ signal: client.signal })
      if (when === "before the answer") await Effect.runPromise(Deferred.await(reached))
      const response = when === "before the answer" ? undefined : await answer
      if (when === "during a read") reads.next = hang
      const rest = response?.text().catch(() => "")
      if (when === "during a read") await Effect.runPromise(Deferred.await(reached))
      client.abort()
      await (rest ?? answer)
      const read = reads.count - begun
      assert.strictEqual(read, when === "during a read" ? 2 : 1)
      reads.next = Effect.void
      assert.strictEqual(await free(), MAX_STREAMS)
      assert.strictEqual(reads.count, begun + read + MAX_STREAMS + 1)
    })
  }
})
