/**
 * Proves that an archival moves due days to the cold tier without changing an answer, by running it over the memory
 * adapters and asking the query program before and after.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as ColdStoreMemory from "../../../src/adapters/memory/ColdStoreMemory.ts"
import * as MonthStoreMemory from "../../../src/adapters/memory/MonthStoreMemory.ts"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import { archiveSite, planSite } from "../../../src/apps/archival/program.ts"
import { queryAll } from "../query/collect.ts"
import { DAY_MS, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { ColdStore } from "../../../src/ports/ColdStore.ts"
import { Intake } from "../../../src/ports/Intake.ts"
import { hotStore } from "../../hot-store.ts"
import { series } from "../../samples.ts"

const TODAY = 20_000
const NIGHT = TODAY * DAY_MS + 2 * HOUR_MS
const options = { hotDays: 20, maxDays: 100, timeoutMs: 600_000 }
const everything = { start: 0, end: NIGHT + DAY_MS }

const layer = () =>
  Layer.mergeAll(HotStoreMemory.layer, ColdStoreMemory.layer, MonthStoreMemory.layer, JobStateMemory.layer)

const append = Effect.fnUntraced(function*(rows: ReadonlyArray<Series>) {
  const intake = yield* Intake
  yield* intake.append(yield* intake.takeFence("plant"), 1, rows)
})

const rowsOf = Effect.fnUntraced(function*(point: string) {
  const answer = yield* queryAll({ site: "plant", points: [point], window: everything })
  const [one] = answer.series
  return {
    rows: [...one?.timestamps ?? []].map((at, i) => [at, one?.values[i] ?? NaN] as const),
    metadata: answer.metadata
  }
})

it.effect("law 2: moves every due day, leaves the rest, and the answer stays the same", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(NIGHT)
    const rows = [TODAY - 400, TODAY - 21, TODAY - 20, TODAY].map((day) => [day * DAY_MS + 1, day] as const)
    yield* append([series("a", rows), series("b", rows)])
    const before = yield* rowsOf("a")
    assert.strictEqual(before.metadata.source, "hot")
    const report = yield* archiveSite("plant", options)
    assert.deepStrictEqual([report.status, report.reason, report.samples, report.counts.days], ["completed", "", 4, 2])
    const after = yield* rowsOf("a")
    assert.deepStrictEqual(after.rows, before.rows)
    assert.deepStrictEqual([after.metadata.source, after.metadata.hot, after.metadata.cold], ["split", 2, 2])
    const hot = yield* hotStore
    assert.deepStrictEqual((yield* hot.days.list("plant")).map(({ day }) => day), [TODAY - 20, TODAY])
  }).pipe(Effect.provide(layer())))

it.effect("law 7: a run with nothing due says why", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(NIGHT)
    yield* append([series("a", [[NIGHT - HOUR_MS, 1]])])
    const report = yield* archiveSite("plant", options)
    assert.deepStrictEqual([report.status, report.samples], ["completed", 0])
    assert.include(report.reason, "nothing is due")
    assert.include(report.reason, "2024-10-04")
  }).pipe(Effect.provide(layer())))

it.effect("law 6: a sample months late joins its day's object, and wins there", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(NIGHT)
    const at = (TODAY - 90) * DAY_MS
    yield* append([series("a", [[at, 1], [at + 1, 2]])])
    yield* archiveSite("plant", options)
    yield* append([series("a", [[at + 1, -2], [at + 2, 3]]), series("b", [[at, 9]])])
    const wanted = [[at, 1], [at + 1, -2], [at + 2, 3]] as const
    assert.deepStrictEqual((yield* rowsOf("a")).rows, [...wanted])
    yield* archiveSite("plant", options)
    const after = yield* rowsOf("a")
    assert.deepStrictEqual(after.rows, [...wanted])
    assert.deepStrictEqual([after.metadata.hot, after.metadata.cold], [0, 3])
    const hot = yield* hotStore
    const [entry] = yield* hot.catalog.list("plant", { start: at, end: at + 1 })
    assert.deepStrictEqual([entry?.generation, entry?.rows, entry?.points], [2, 4, 2])
  }).pipe(Effect.provide(layer())))

it.effect("law 1: what is appended while a day moves stays hot and answers", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(NIGHT)
    const at = (TODAY - 30) * DAY_MS
    yield* append([series("a", [[at, 1]])])
    const cold = yield* ColdStore
    // The append lands after the scan and before the put.
    const late = Layer.succeed(ColdStore, {
      ...cold,
      verify: (built) =>
        Effect.andThen(
          append([series("a", [[at, 5]])]).pipe(Effect.orDie, Effect.provideService(Intake, hot.intake)),
          cold.verify(built)
        )
    })
    const hot = yield* hotStore
    yield* archiveSite("plant", options).pipe(Effect.provide(late))
    const answer = yield* rowsOf("a")
    assert.deepStrictEqual(answer.rows, [[at, 5]])
    assert.deepStrictEqual([answer.metadata.hot, answer.metadata.cold], [1, 0])
    yield* archiveSite("plant", options)
    assert.deepStrictEqual((yield* rowsOf("a")).rows, [[at, 5]])
    assert.deepStrictEqual(yield* hot.days.list("plant"), [])
  }).pipe(Effect.provide(layer())))

it.effect("a dry run tells the plan and changes nothing", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(NIGHT)
    yield* append([series("a", [[(TODAY - 25) * DAY_MS, 1], [(TODAY - 22) * DAY_MS, 1]])])
    const plan = yield* planSite("plant", { ...options, maxDays: 1 })
    assert.deepStrictEqual([plan.due, plan.postponed], [[TODAY - 25], [TODAY - 22]])
    assert.strictEqual((yield* rowsOf("a")).metadata.source, "hot")
  }).pipe(Effect.provide(layer())))

it.effect("days beyond the limit wait, and the report says so", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(NIGHT)
    yield* append([series("a", [[(TODAY - 25) * DAY_MS, 1], [(TODAY - 22) * DAY_MS, 1]])])
    const report = yield* archiveSite("plant", { ...options, maxDays: 1 })
    assert.deepStrictEqual([report.status, report.reason], ["warning", "1 due days wait for the next run"])
  }).pipe(Effect.provide(layer())))
