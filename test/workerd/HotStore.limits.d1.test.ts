/** What only D1 has: rows that are counted and paid for, sizes that end, a schema that may be another. */
import { assert, it } from "@effect/vitest"
import { env } from "cloudflare:workers"
import { Effect, Stream } from "effect"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import type { Database } from "../../src/adapters/cloudflare/database.ts"
import { DAY_MS, dayStart, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import { pointExtents } from "../../src/domain/samples/extent.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { windowOfDay } from "../../src/domain/time/window.ts"
import { hotStore } from "../hot-store.ts"
import { randomOf } from "../random.ts"
import { anyDouble, assertSameSeries, regular, series } from "../samples.ts"
import { counting } from "./counting.ts"
import { entryOfDay } from "../conformance/HotStore/samples.ts"

const day = 20_780

const onDay = (point: string, count: number, step: number, value: (i: number) => number): Series =>
  regular(point, { start: dayStart(day), count, step, value })

it.layer(HotStoreD1.layer(env.DB))("HotStore on D1", (it) => {
  it.effect("an append writes one row a block and hour, one a day, one for the run", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const run = yield* hot.intake.takeFence("rows")
      const points = Array.from({ length: 64 }, (_, i) => `p${i}`)
      const page = (from: number) =>
        points.map((point) => regular(point, { start: dayStart(day) + from * MINUTE_MS, count: 5 }))
      yield* hot.intake.append(run, 1, page(0))
      assert.strictEqual((yield* hot.intake.append(run, 2, page(5))).cost, 1 + 1 + 1)
      assert.strictEqual((yield* hot.intake.append(run, 3, page(58))).cost, 2 + 1 + 1)
      // Four strips of chunks, two tails gone, the day settled, the clock moved.
      assert.strictEqual((yield* hot.days.compact("rows", day)).cost, 4 + 2 + 1 + 1)
      const { cost } = yield* hot.reads.snapshot("rows", ["p1", "p2", "p63"], windowOfDay(day))
      assert.isBelow(cost, 40)
    }))

  it.effect("law 3: a query of one point is sent the tail of its strip, not of its block, by one batch", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const points = Array.from({ length: 64 }, (_, i) => `p${String(i).padStart(2, "0")}`)
      // Full mantissas: 8 bytes each, 16 digits as hex.
      const page = points.map((point, i) => onDay(point, 10, MINUTE_MS, (n) => Math.sin(i * 10 + n)))
      yield* hot.intake.append(yield* hot.intake.takeFence("sent"), 1, page)
      const { database, sent } = counting(env.DB)
      let statements = 0
      const watched: Database = {
        prepare: (sql) => database.prepare(sql),
        batch: (list) => {
          statements += list.length
          return database.batch(list)
        }
      }
      for (const i of [0, 17, 63]) {
        Object.assign(sent, { chars: 0 })
        statements = 0
        const read = Effect.flatMap(hotStore, ({ reads }) =>
          reads.snapshot("sent", [points[i] ?? ""], windowOfDay(day)))
        const { hot: found } = yield* Effect.provide(read, HotStoreD1.layer(watched))
        assertSameSeries(found, page.slice(i, i + 1))
        assert.strictEqual(statements, 2, "the id of the site, then all else at one instant")
        assert.isBelow(sent.chars, 64 * 10 * 16 / 2)
      }
    }))

  it.effect("a publication writes the extents that change, one row a point, and no other", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const points = Array.from({ length: 100 }, (_, i) => onDay(`p${i}`, 3, MINUTE_MS, (n) => n))
      const publish = (when: number, generation: number, series: ReadonlyArray<Series>) =>
        hot.catalog.publish(entryOfDay("priced", when, generation), series.flatMap(pointExtents), null)
      yield* publish(day, 1, points)
      // The catalog row is the one beside them.
      assert.strictEqual((yield* publish(day, 2, points)).cost, 1)
      const changed = points.map((one, i) => i < 7 ? { ...one, values: one.values.map(() => -0) } : one)
      assert.strictEqual((yield* publish(day, 3, changed)).cost, 1 + 7)
      const earlier = points.map((one) => ({ ...one, timestamps: one.timestamps.map((ms) => ms - DAY_MS) }))
      assert.strictEqual((yield* publish(day - 1, 1, earlier)).cost, 1 + 100)
      // Of what lies between, nothing is news.
      const between = points.map((one) => ({ ...one, timestamps: one.timestamps.map((ms) => ms - 9) }))
      assert.strictEqual((yield* publish(day - 1, 2, between)).cost, 1)
    }))

  it.effect("extents that move from chunks to the cold tier between two reads are read again", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const point = onDay("a", 5, MINUTE_MS, (i) => i - 9)
      yield* hot.intake.append(yield* hot.intake.takeFence("moving"), 1, [point])
      yield* hot.days.compact("moving", day)
      const { guard } = yield* hot.days.scan("moving", day)
      let batches = 0
      const moving: Database = {
        prepare: (sql) => env.DB.prepare(sql),
        // Site, names, sizes, then the ends, whose chunks are gone when they are asked for.
        batch: async <T>(statements: Array<D1PreparedStatement>) => {
          if (++batches === 5) {
            await Effect.runPromise(hot.catalog.publish(entryOfDay("moving", day, 1), pointExtents(point), guard))
          }
          return env.DB.batch<T>(statements)
        }
      }
      const { extents } = yield* Effect.flatMap(hotStore, (store) => store.reads.extents("moving", ["a"])).pipe(
        Effect.provide(HotStoreD1.layer(moving))
      )
      assert.deepStrictEqual(extents, pointExtents(point))
      assert.strictEqual(batches, 6)
      assert.deepStrictEqual(yield* hot.days.list("moving"), [])
    }))

  it.effect("a hot day that is older than the count of its samples leaves it open", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const run = yield* hot.intake.takeFence("uncounted")
      const samples = Effect.map(hot.days.list("uncounted"), ([one]) => one?.samples)
      yield* hot.intake.append(run, 1, [onDay("a", 5, MINUTE_MS, (i) => i)])
      yield* Effect.promise(() => env.DB.exec("UPDATE hot_day SET tail_samples = NULL, chunk_samples = NULL"))
      assert.isNull(yield* samples)
      yield* hot.days.compact("uncounted", day)
      yield* hot.intake.append(run, 2, [onDay("a", 5, MINUTE_MS, (i) => i)])
      assert.isNull(yield* samples)
    }))

  it.effect("two compactions of one day at once: the later one is counted as a retry", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const run = yield* hot.intake.takeFence("contended")
      yield* hot.intake.append(run, 1, [onDay("a", 1_000, MINUTE_MS, (i) => i)])
      const results = yield* Effect.all([hot.days.compact("contended", day), hot.days.compact("contended", day)], {
        concurrency: "unbounded"
      })
      assert.strictEqual(results.reduce((sum, result) => sum + result.samples, 0), 1_000)
      assert.strictEqual(results.reduce((sum, result) => sum + result.retries, 0), 1)
    }))

  it.effect("an hour beyond the size of a blob continues in another row, and so does a day of chunks", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const { next } = randomOf(1)
      // Full mantissas and odd gaps: no encoding makes this small.
      let ms = dayStart(day)
      const timestamps = Float64Array.from({ length: 250_000 }, () => ms += 1 + Math.floor(next() * 20))
      const long = { point: "long", timestamps, values: timestamps.map(() => next() - 0.5) }
      const pages = Array.from({ length: 5 }, (_, i) => ({
        point: "long",
        timestamps: timestamps.subarray(i * 50_000, (i + 1) * 50_000),
        values: long.values.subarray(i * 50_000, (i + 1) * 50_000)
      }))
      const run = yield* hot.intake.takeFence("large")
      for (const [i, page] of pages.entries()) {
        const { samples } = yield* hot.intake.append(run, i + 1, [page, onDay("small", 9, 1, (n) => n)])
        assert.strictEqual(samples, 50_009)
      }
      const stats = yield* hot.directory.stats("large")
      assert.isAbove(stats.hot.pending.bytes, 2_000_000)
      assert.isAbove(stats.hot.pending.records, 2)
      assert.deepStrictEqual((yield* hot.reads.extents("large", ["long"])).extents, pointExtents(long))
      const read = Effect.map(hot.reads.snapshot("large", ["long", "small"], windowOfDay(day)), (found) => found.hot)
      assertSameSeries(yield* read, [long, onDay("small", 9, 1, (n) => n)])
      assert.strictEqual((yield* hot.days.compact("large", day)).samples, 250_045)
      assert.isAbove((yield* hot.directory.stats("large")).hot.compacted.records, 2)
      assertSameSeries(yield* read, [long, onDay("small", 9, 1, (n) => n)])
      assert.deepStrictEqual((yield* hot.reads.extents("large", ["long"])).extents, pointExtents(long))
      yield* hot.intake.append(run, 6, [onDay("small", 9, 1, () => -0)])
      yield* hot.days.compact("large", day)
      const scan = yield* hot.days.scan("large", day)
      const scanned = yield* Stream.runCollect(scan.series)
      assertSameSeries(scanned, [long, onDay("small", 9, 1, () => -0)])
    }))

  it.effect("law 2: the later append wins where an hour has several rows, before and after compaction", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const random = randomOf(2)
      const run = yield* hot.intake.takeFence("pieces")
      const start = dayStart(day)
      for (let step = 1; step <= 5; step++) {
        const page = regular("a", { start: start + step, count: 40_000, step: 80, value: () => anyDouble(random) })
        yield* hot.intake.append(run, step, [page])
      }
      assert.isAbove((yield* hot.directory.stats("pieces")).hot.pending.records, 1)
      const corrected = series("a", [[start + 1, 42]])
      yield* hot.intake.append(run, 6, [corrected])
      const window = { start: start + 1, end: start + 2 }
      for (const state of ["tail", "chunk"]) {
        assertSameSeries((yield* hot.reads.snapshot("pieces", ["a"], window)).hot, [corrected], state)
        assertSameSeries(yield* hot.intake.recent("pieces", window), [corrected], state)
        yield* hot.days.compact("pieces", day)
      }
    }))

  it.effect("two isolates that register points at once give each its own id", () =>
    Effect.gen(function*() {
      const register = (site: string, prefix: string) =>
        Effect.gen(function*() {
          const hot = yield* hotStore
          const run = yield* hot.intake.takeFence(site)
          const series = Array.from({ length: 70 }, (_, i) => onDay(`${prefix}${i}`, 1, 1, () => i))
          yield* hot.intake.append(run, 1, series)
        }).pipe(Effect.provide(HotStoreD1.layer(env.DB)))
      yield* Effect.all(["x", "y", "z"].map((site) => register(`isolate ${site}`, site)), { concurrency: "unbounded" })
      const hot = yield* hotStore
      const ids = yield* Effect.forEach(["x", "y", "z"], (site) => hot.directory.points(`isolate ${site}`, ""))
      const blocks = ids.map((points) => new Set(points.map(({ id }) => Math.floor(id / 64))))
      assert.deepStrictEqual(ids.map((points) => points.length), [70, 70, 70])
      assert.deepStrictEqual(blocks.map((one) => one.size), [2, 2, 2])
      assert.strictEqual(new Set(blocks.flatMap((one) => [...one])).size, 6)
    }))

  it.effect("damaged bytes are an error that names the site, at once and everywhere", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const run = yield* hot.intake.takeFence("damaged")
      yield* hot.intake.append(run, 1, [onDay("a", 100, MINUTE_MS, (i) => i)])
      yield* hot.days.compact("damaged", day)
      yield* hot.intake.append(run, 2, [onDay("a", 10, MINUTE_MS, (i) => -i)])
      const damage = (table: string, blob: string) =>
        env.DB.prepare(
          `UPDATE ${table} SET ${blob} = CAST(substr(${blob}, 1, length(${blob}) - 3) || x'ffffff' AS BLOB)`
        )
      yield* Effect.promise(() => env.DB.batch([damage("chunk", "data"), damage("tail", "strip0")]))
      const scan = yield* hot.days.scan("damaged", day)
      const failures = [
        yield* Effect.flip(hot.reads.snapshot("damaged", ["a"], windowOfDay(day))),
        yield* Effect.flip(hot.intake.recent("damaged", windowOfDay(day))),
        yield* Effect.flip(hot.days.compact("damaged", day)),
        yield* Effect.flip(hot.reads.extents("damaged", ["a"])),
        yield* Effect.flip(Stream.runCollect(scan.series))
      ]
      for (const failure of failures) {
        assert.strictEqual(failure._tag, "HotStoreError")
        assert.include(failure.message, "damaged")
      }
    }))

  it.effect("an older schema, and a newer one that this code cannot read, are refused by name", () =>
    Effect.gen(function*() {
      const { check } = (yield* hotStore).schema
      const exec = (sql: string) => Effect.promise(() => env.DB.exec(sql))
      yield* check
      yield* exec("INSERT INTO hot_schema (version, minimum_reader) VALUES (98, 7)")
      yield* check
      for (const reader of ["99", "null"]) {
        yield* exec(`INSERT INTO hot_schema (version, minimum_reader) VALUES (99, ${reader})`)
        assert.match((yield* Effect.flip(check)).message, /version 99.*deploy a newer Worker/)
        yield* exec("DELETE FROM hot_schema WHERE version = 99")
      }
      yield* exec("DELETE FROM hot_schema WHERE version >= 7")
      assert.match((yield* Effect.flip(check)).message, /version 6.*run the migrations/)
      yield* exec("DROP TABLE hot_schema; CREATE TABLE hot_schema (version INTEGER PRIMARY KEY)")
      yield* exec("INSERT INTO hot_schema (version) VALUES (6)")
      assert.match((yield* Effect.flip(check)).message, /version 6.*run the migrations/)
    }))
})

it.live("law 5: an append whose answer is lost is taken once, and answers what it took", () =>
  Effect.gen(function*() {
    // Every third batch is done but does not say so.
    let batches = 0
    let silences = 0
    const silent: Database = {
      prepare: (sql) => env.DB.prepare(sql),
      batch: async <T>(statements: Array<D1PreparedStatement>) => {
        const results = await env.DB.batch<T>(statements)
        if (++batches % 3 !== 0) return results
        silences++
        throw new Error("no answer")
      }
    }
    const program = Effect.gen(function*() {
      const hot = yield* hotStore
      const run = yield* hot.intake.takeFence("silent")
      for (let step = 1; step < 10; step++) {
        assert.strictEqual((yield* hot.intake.append(run, step, [onDay("a", 3, step, () => step)])).samples, 3)
      }
      return yield* hot.reads.snapshot("silent", ["a"], windowOfDay(day))
    })
    const { hot } = yield* Effect.provide(program, HotStoreD1.layer(silent))
    assert.isAbove(silences, 3)
    assert.strictEqual(hot[0]?.values[0], 9)
  }))
