/** What a query makes D1 send: the indexes of the daily objects it reads, and of no others. */
import { assert, it } from "@effect/vitest"
import { env } from "cloudflare:workers"
import { Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import * as ColdStoreMemory from "../../src/adapters/memory/ColdStoreMemory.ts"
import * as MonthStoreMemory from "../../src/adapters/memory/MonthStoreMemory.ts"
import * as JobStateMemory from "../../src/adapters/memory/JobStateMemory.ts"
import { deriveSite } from "../../src/apps/archival/derive.ts"
import { DAY_MS, type Day, dayFromDate, dayStart, HOUR_MS } from "../../src/domain/time/calendar.ts"
import { pointExtents } from "../../src/domain/samples/extent.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
import { hotStore } from "../hot-store.ts"
import { queryAll } from "../apps/query/collect.ts"
import { regular } from "../samples.ts"
import { counting } from "./counting.ts"

const site = "year"
const first = dayFromDate(2025, 11, 1)
const end = dayFromDate(2026, 11, 1)
const points = ["a", "b"]
/** About that of a full day of a full site. */
const INDEX_BYTES = 20_000

const { database, sent } = counting(env.DB)

const stores = Layer.mergeAll(
  HotStoreD1.layer(database),
  ColdStoreMemory.layer,
  MonthStoreMemory.layer,
  JobStateMemory.layer
)

const publish = Effect.fnUntraced(function*(day: Day) {
  const cold = yield* ColdStore
  const hot = yield* hotStore
  const hours = { start: dayStart(day), count: 24, step: HOUR_MS, value: () => day }
  const series = points.map((point) => regular(point, hours))
  const options = { site, day, generation: 1, source: "backfill", writtenBy: "test" } as const
  const built = yield* cold.build(options, Stream.fromIterable(series))
  const entry = { ...yield* cold.put(built, null), index: new Uint8Array(INDEX_BYTES).fill(255) }
  yield* hot.catalog.publish(entry, series.flatMap(pointExtents), null)
})

/** What a query of both points makes D1 send, when it has answered with every sample. */
const sentFor = Effect.fnUntraced(function*(window: Window) {
  Object.assign(sent, { chars: 0, rows: 0 })
  const { metadata, series } = yield* queryAll({ site, points, window })
  const hours = (window.end - window.start) / HOUR_MS
  assert.deepStrictEqual(series.map(({ timestamps }) => timestamps.length), points.map(() => hours))
  assert.strictEqual(metadata.rowsRead, sent.rows)
  return { ...sent }
})

it.effect("a year that months serve sends no index, a day sends its own", () =>
  Effect.gen(function*() {
    yield* publish(first)
    yield* Effect.forEach(Array.from({ length: end - first - 1 }, (_, i) => first + 1 + i), publish, { concurrency: 8 })
    const year = { start: dayStart(first), end: dayStart(end) }
    const day = { start: dayStart(first + 100), end: dayStart(first + 101) }
    const days = end - first
    yield* sentFor(day)
    const before = yield* sentFor(year)
    assert.isAbove(before.chars, days * INDEX_BYTES * 2)

    yield* TestClock.setTime(dayStart(end) + 20 * DAY_MS)
    const report = yield* deriveSite(site, { hotDays: 20, timeoutMs: 60_000 })
    assert.strictEqual(report.counts["months"], 12)
    const after = yield* sentFor(year)
    assert.isBelow(after.chars, days * 500)
    assert.isBelow(after.rows, days * 1.2)

    const single = yield* sentFor(day)
    assert.isAbove(single.chars, INDEX_BYTES * 2)
    assert.isBelow(single.chars, INDEX_BYTES * 2 + 2_000)
  }).pipe(Effect.provide(stores)))
