/**
 * Precedence between a backfill and the hot tier: of two values of one instant the one that was read from the source
 * later counts, before and after every move. A memory world whose hot day holds old values, backfilled with corrected
 * ones.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as MonthStoreMemory from "../../../src/adapters/memory/MonthStoreMemory.ts"
import { archiveSite } from "../../../src/apps/archival/program.ts"
import { start } from "../../../src/apps/backfill/program.ts"
import { mergeColumns } from "../../../src/domain/samples/merge.ts"
import { DAY_MS, formatDay } from "../../../src/domain/time/calendar.ts"
import { windowOfDay } from "../../../src/domain/time/window.ts"
import { hotStore } from "../../hot-store.ts"
import { assertSameSeries, series } from "../../samples.ts"
import { queryAll } from "../query/collect.ts"
import { deliver, drain, FIRST, layer, NOW, options, truthOf, Worlds } from "./world.ts"

const window = windowOfDay(FIRST)
const at = window.start + 3_600_000
const points = ["north/a", "north/b"]
const truth = truthOf()("north", window)
const day = formatDay(FIRST)

/** The hot tier holds another value than the source has now, and one sample that the source has no more. */
const stale = series("north/a", [[window.start + 1, 7], [at, -1]])
const expected = truth.map((one) =>
  one.point === "north/a" ? { point: one.point, ...mergeColumns(series("", [[window.start + 1, 7]]), one) } : one
)

const stores = () => Layer.merge(layer(), MonthStoreMemory.layer)

const asked = Effect.map(queryAll({ site: "north", points, window }), (answer) => answer.series)

const append = Effect.fnUntraced(function*(...rows: ReadonlyArray<typeof stale>) {
  const { intake } = yield* hotStore
  yield* intake.append(yield* intake.takeFence("north"), 1, rows)
})

const begin = Effect.gen(function*() {
  yield* TestClock.setTime(Math.max(NOW, (yield* Clock.currentTimeMillis) + 1))
  yield* start({ startDate: day, endDate: day, forceRestart: true }, options)
})

describe("a backfill of a day that is hot", () => {
  it.effect("precedence: its values count in a query, and still do once the day is archived", () =>
    Effect.gen(function*() {
      yield* append(stale)
      yield* begin
      yield* drain()
      assertSameSeries(yield* asked, expected)
      yield* archiveSite("north", { hotDays: 20, maxDays: 10, timeoutMs: 1e9 })
      assert.deepStrictEqual(yield* (yield* hotStore).days.list("north"), [])
      assertSameSeries(yield* asked, expected)
    }).pipe(Effect.provide(stores())))

  const before = { "is hot": append(stale), "is not hot": Effect.void, "is published": Effect.andThen(begin, drain()) }
  for (const [state, prepare] of Object.entries(before)) {
    it.effect(`precedence: what is appended while the backfill reads does not count above it: the day ${state}`, () =>
      Effect.gen(function*() {
        const { faults } = yield* Worlds
        const context = yield* Effect.context<Effect.Services<ReturnType<typeof append>>>()
        yield* prepare
        yield* begin
        let pages = 0
        // The step finds that the hot day has changed and reads again, and the source has its own value.
        faults.onPage = Effect.suspend(() =>
          pages++ === 0 ? Effect.provideContext(append(series("north/a", [[at, 99]])), context) : Effect.void)
        const result = yield* deliver(0)
        assert.include(result, { kind: "acted" })
        yield* drain()
        assertSameSeries(yield* asked, state === "is hot" ? expected : truth)
      }).pipe(Effect.provide(stores())))
  }

  it.effect("precedence: a sync that read before the backfill did may not append after it", () =>
    Effect.gen(function*() {
      const { intake } = yield* hotStore
      yield* TestClock.setTime(window.end + 12 * 3_600_000)
      const run = yield* intake.takeFence("north")
      yield* start({ startDate: day, endDate: day, forceRestart: true }, options)
      yield* drain()
      assert.strictEqual((yield* Effect.flip(intake.append(run, 1, [stale])))._tag, "StaleFence")
      assertSameSeries(yield* asked, truth)
    }).pipe(Effect.provide(stores())))

  it.effect("a year-old day disturbs no sync", () =>
    Effect.gen(function*() {
      const { intake } = yield* hotStore
      yield* TestClock.setTime(window.end + 300 * DAY_MS)
      const run = yield* intake.takeFence("north")
      yield* start({ startDate: day, endDate: day, forceRestart: true }, options)
      yield* drain()
      yield* intake.append(run, 1, [stale])
    }).pipe(Effect.provide(stores())))

  for (const crashAfter of [false, true]) {
    it.effect(`law 1 and precedence: a crash ${crashAfter ? "after" : "before"} any port call changes no answer`, () =>
      Effect.gen(function*() {
        let crashes = 0
        for (let crashAt = 1; crashAt < 40; crashAt++) {
          crashes += yield* Effect.gen(function*() {
            const world = yield* Worlds
            yield* append(stale)
            yield* begin
            world.restart()
            world.faults.crashAt = crashAt
            world.faults.crashAfter = crashAfter
            // The sweeper may be the one that dies; it runs again, as its cron does.
            yield* Effect.exit(drain())
            const crashed = world.faults.crashAt === 0 ? 1 : 0
            world.restart()
            yield* drain()
            assertSameSeries(yield* asked, expected, `crash at ${crashAt}`)
            return crashed
          }).pipe(Effect.provide(stores()))
        }
        assert.isAbove(crashes, 15, "the crashes happened")
      }))
  }
})
