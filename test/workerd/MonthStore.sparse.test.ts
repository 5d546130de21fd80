/** Hours that are not stored because they would not be smaller: what is put, what is read, and what readers get. */
import { assert, it } from "@effect/vitest"
import { env } from "cloudflare:workers"
import { Effect, Option, Stream } from "effect"
import * as MonthStoreCloudflare from "../../src/adapters/months/MonthStoreCloudflare.ts"
import { ROLLUP_FIELDS, rollUp } from "../../src/domain/answers/rollup.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { windowOfMonth } from "../../src/domain/tiers/months.ts"
import { dayFromDate, firstDayOf, HOUR_MS, monthOf } from "../../src/domain/time/calendar.ts"
import { MonthStore } from "../../src/ports/MonthStore.ts"
import { seriesAt } from "../samples.ts"
import { bucketWith } from "./bucket.ts"

const october = monthOf(dayFromDate(2026, 10, 1))
const { start } = windowOfMonth(october)

/** `rows` samples, `step` ms apart. */
const points = (point: string, rows: number, step: number): Series =>
  seriesAt(point, Array.from({ length: rows }, (_, i) => start + i * step), (i) => Math.round(Math.sin(i) * 100))

const sparse = (point: string) => points(point, 31, 24 * HOUR_MS)
const dense = (point: string) => points(point, 3_000, 60_000)

/** Adds a part, then reads hours; gives them and the keys that were read and put. */
const readBack = Effect.fnUntraced(function*(site: string, all: ReadonlyArray<Series>, wanted: ReadonlyArray<string>) {
  const gets: Array<string> = []
  const puts: Array<string> = []
  const get = ((key: string, how: R2GetOptions) => {
    gets.push(key)
    return env.BUCKET.get(key, how)
  }) as unknown as R2Bucket["get"]
  const put = ((key: string, bytes: Uint8Array, how: R2PutOptions) => {
    puts.push(key)
    return env.BUCKET.put(key, bytes, how)
  }) as unknown as R2Bucket["put"]
  return yield* Effect.provide(
    Effect.gen(function*() {
      const months = yield* MonthStore
      const build = yield* months.begin(site, october, [{ day: firstDayOf(october), generation: 1 }])
      const part = Option.getOrThrow(yield* months.addPart(build, Stream.fromIterable(all)))
      const read = yield* months.readHours(part, wanted, ROLLUP_FIELDS)
      return { ...read, part, keys: { gets, puts } }
    }),
    MonthStoreCloudflare.layer(env.DB, bucketWith({ get, put }))
  )
})

const hoursOf = (all: ReadonlyArray<Series>) => all.map((one) => ({ point: one.point, ...rollUp(one) }))

it.effect("rule 16: a part whose hours are all larger than its samples has no object of hours", () =>
  Effect.gen(function*() {
    const all = ["a", "b", "c"].map(sparse)
    const { gets, keys, part, rollups } = yield* readBack("sparse", all, ["a", "c", "x"])
    assert.deepStrictEqual(keys.puts, [part.samples.key])
    assert.deepInclude(part.hours, { size: 0, rows: 0 })
    assert.deepStrictEqual(rollups, hoursOf([all[0] as Series, all[2] as Series]))
    assert.deepStrictEqual([gets, keys.gets], [1, [part.samples.key]])
  }))

it.effect("rule 16: hours are stored of the points where they are smaller, and of the others made of samples", () =>
  Effect.gen(function*() {
    const all = [sparse("a"), dense("b"), sparse("c"), sparse("d"), dense("e"), sparse("f")]
    const names = all.map(({ point }) => point)
    const { keys, part, rollups } = yield* readBack("mixed", all, names)
    assert.strictEqual(part.hours.rows, 100)
    assert.deepStrictEqual(rollups, hoursOf(all))
    assert.deepStrictEqual([...new Set(keys.gets)], [part.hours.key, part.samples.key])
    const one = yield* readBack("one dense", all, ["e"])
    assert.deepStrictEqual([one.rollups, one.keys.gets], [hoursOf([all[4] as Series]), [one.part.hours.key]])
    const other = yield* readBack("one sparse", all, ["d"])
    assert.deepStrictEqual([other.rollups, other.keys.gets], [hoursOf([all[3] as Series]), [other.part.samples.key]])
  }))
