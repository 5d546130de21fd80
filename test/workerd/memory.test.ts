/**
 * Law 9 on the real stores: a scan of a whole day holds a part of it, however large the day is.
 *
 * R2 and D1 count the bytes that they send. Values are noise of one length, so that the share of the day's points that
 * the scan has passed on is the share of the bytes that it has done with: the rest is what it holds.
 */
import { assert, describe, it } from "@effect/vitest"
import { env } from "cloudflare:workers"
import { Effect, Stream } from "effect"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import type { Database } from "../../src/adapters/cloudflare/database.ts"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { dayStart } from "../../src/domain/time/calendar.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
import { Held } from "../held.ts"
import { hotStore } from "../hot-store.ts"
import { regular } from "../samples.ts"
import { bucketWith } from "./bucket.ts"

const DAY = 20_781
/** Points of one append. */
const PAGE = 128

const noiseOf = (k: number, count: number): Series =>
  regular(`p${String(k).padStart(5, "0")}`, {
    start: dayStart(DAY),
    count,
    value: (i) => Math.sin(k * 1_000 + i) * 43_758.5453
  })

describe("a scan of a cold day", () => {
  const A_POINT = 720
  /** What one request asks for: a quarter of a megabyte, and a row group that does not end there. */
  const BOUND = 290_000

  const scan = (points: number) =>
    Effect.gen(function*() {
      const held = new Held()
      const bucket = bucketWith({
        get: ((key: string, options: R2GetOptions & { readonly range: { readonly length: number } }) => {
          held.take(options.range.length)
          return env.BUCKET.get(key, options)
        }) as R2Bucket["get"]
      })
      const all = Array.from({ length: points }, (_, k) => noiseOf(k, A_POINT))
      const build = { site: `scan-${points}`, day: DAY, generation: 1, source: "archival", writtenBy: "test" } as const
      return yield* Effect.gen(function*() {
        const cold = yield* ColdStore
        const entry = yield* cold.put(yield* cold.build(build, Stream.fromIterable(all)), null)
        yield* Stream.runForEach(cold.scan(entry, null), () => Effect.sync(() => held.pass(entry.size / points)))
        return { size: entry.size, sent: held.taken, most: held.most }
      }).pipe(Effect.provide(ColdStoreR2.layer(bucket)))
    })

  it.effect("law 9: holds what one request fetched at most", () =>
    Effect.gen(function*() {
      for (const points of [100, 500]) {
        const { most, sent, size } = yield* scan(points)
        assert.isAtLeast(sent, size * 0.95)
        assert.isAbove(size, 1.5 * BOUND)
        assert.isBelow(most, BOUND)
      }
    }))
})

describe("a scan of a hot day", () => {
  const A_POINT = 160
  const POINTS = 2_560
  /** The group of strips that is decoded, and the next, which is on its way: a megabyte each. */
  const BOUND = 2_100_000

  it.effect("law 9: holds two groups of its rows at most", () =>
    Effect.gen(function*() {
      let held: Held | undefined
      const counting: Database = {
        prepare: (sql) => env.DB.prepare(sql),
        batch: async <T>(statements: Array<D1PreparedStatement>) => {
          const results = await env.DB.batch<T>(statements)
          // Blobs come as hex.
          held?.take(JSON.stringify(results.map((one) => one.results)).length / 2)
          return results
        }
      }
      yield* Effect.gen(function*() {
        const hot = yield* hotStore
        const run = yield* hot.intake.takeFence("scanned")
        for (let from = 0, step = 1; from < POINTS; from += PAGE, step++) {
          yield* hot.intake.append(run, step, Array.from({ length: PAGE }, (_, k) => noiseOf(from + k, A_POINT)))
        }
        yield* hot.days.compact("scanned", DAY)
        const { series } = yield* hot.days.scan("scanned", DAY)
        const { bytes: chunkBytes } = (yield* hot.directory.stats("scanned")).hot.compacted
        const scan = held = new Held()
        let points = 0
        yield* Stream.runForEach(series, () =>
          Effect.sync(() => {
            points++
            scan.pass(chunkBytes / POINTS)
          }))
        assert.strictEqual(points, POINTS)
        assert.isAbove(chunkBytes, 1.4 * BOUND)
        assert.isAtLeast(scan.taken, chunkBytes)
        assert.isBelow(scan.most, BOUND)
      }).pipe(Effect.provide(HotStoreD1.layer(counting)))
    }))
})
