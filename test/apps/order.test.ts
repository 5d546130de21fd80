/**
 * Law 3: the order in which a query reads the tiers, and in which an archival moves a day between them.
 *
 * The programs run on ports that tell of every call. Before any one of these calls a whole archival is carried out, or
 * the program dies there: the answer must hold every sample all the same. A query that reads in the wrong order shows
 * that these tests would notice.
 */
import { assert, describe, it } from "@effect/vitest"
import { type Context, Effect, Exit, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as ColdStoreMemory from "../../src/adapters/memory/ColdStoreMemory.ts"
import * as HotStoreMemory from "../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../src/adapters/memory/JobStateMemory.ts"
import * as MonthStoreMemory from "../../src/adapters/memory/MonthStoreMemory.ts"
import { deriveSite } from "../../src/apps/archival/derive.ts"
import { archiveSite } from "../../src/apps/archival/program.ts"
import { publishDay } from "../../src/apps/publish.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { dayFromDate, dayStart, HOUR_MS } from "../../src/domain/time/calendar.ts"
import { hotStore } from "../hot-store.ts"
import { type Around, observe } from "../observe.ts"
import { coldBeforeHot, soundQuery } from "../simulation/planted-queries.ts"
import { series } from "../samples.ts"
import { type AskedQuery, queryAll } from "./query/collect.ts"

const SITE = "plant"
const APRIL = dayFromDate(2026, 4, 1)
const NOW = dayStart(APRIL + 9) + 12 * HOUR_MS
/** 1 to 4 April are due to move; March is archived, and made into a month. */
const options = { hotDays: 5, maxDays: 100, timeoutMs: 600_000 }
const FIRST_DAY = APRIL - 12
const asked: AskedQuery = { site: SITE, points: ["a", "b"], window: { start: dayStart(FIRST_DAY), end: NOW } }

const DAYS = Array.from({ length: 22 }, (_, i) => FIRST_DAY + i)
/** Two samples a point and day. */
const SAMPLES = DAYS.length * asked.points.length * 2

const ofDay = (day: number): ReadonlyArray<Series> =>
  asked.points.map((point) => series(point, [[dayStart(day), day], [dayStart(day) + HOUR_MS, -day]]))

const stores = Layer.mergeAll(HotStoreMemory.layer, ColdStoreMemory.layer, MonthStoreMemory.layer, JobStateMemory.layer)
type Stores = Layer.Success<typeof stores>

/** Stores with a month, single cold days, days that are due to move, and days that stay hot. */
const fill = Effect.gen(function*() {
  yield* TestClock.setTime(NOW)
  const hot = yield* hotStore
  for (const day of DAYS.filter((one) => one < APRIL)) {
    const request = { site: SITE, day, source: "backfill", writtenBy: "test", evict: null } as const
    yield* publishDay({ ...request, series: Stream.fromIterable(ofDay(day)) })
  }
  yield* deriveSite(SITE, options)
  const run = yield* hot.intake.takeFence(SITE)
  for (const [i, day] of DAYS.filter((one) => one >= APRIL).entries()) yield* hot.intake.append(run, i + 1, ofDay(day))
  yield* archiveSite(SITE, { ...options, maxDays: 2 })
  return yield* Effect.context<Stores>()
}).pipe(Effect.provide(stores))

const countSamples = (series: ReadonlyArray<Series>): number =>
  series.reduce((sum, { timestamps }) => sum + timestamps.length, 0)

/** Carries out an archival before the given call of a program, on the same stores. */
const archivalBefore = (
  bare: Context.Context<Stores>,
  turn: number
): { readonly around: Around; readonly calls: () => number } => {
  let calls = 0
  return {
    calls: () => calls,
    around: (_, effect) =>
      Effect.andThen(
        Effect.suspend(() =>
          calls++ === turn ? Effect.orDie(Effect.provideContext(archiveSite(SITE, options), bare)) : Effect.void),
        effect
      )
  }
}

/** How many samples a query answers when an archival comes before its first call, its second, and so on. */
const answersDuring = Effect.fnUntraced(function*<E>(
  program: (request: AskedQuery) => Effect.Effect<{ readonly series: ReadonlyArray<Series> }, E, Stores>
) {
  const counts: Array<number> = []
  for (let turn = 0, calls = 1; turn < calls; turn++) {
    const bare = yield* fill
    const moving = archivalBefore(bare, turn)
    const { series } = yield* Effect.provideContext(program(asked), observe(bare, moving.around))
    counts.push(countSamples(series))
    calls = moving.calls()
  }
  return counts
})

describe("a query", () => {
  it.effect("law 3: has read hot tier and catalog, in one call, before it asks for any cold object", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const around: Around = (call, effect) =>
        Effect.tap(Effect.andThen(Effect.sync(() => log.push(`${call} begins`)), effect), () =>
          Effect.sync(() => log.push(`${call} ends`)))
      const { metadata } = yield* Effect.provideContext(queryAll(asked), observe(yield* fill, around))
      assert.strictEqual(metadata.source, "split")
      const hasRead = log.findIndex((line) => line.endsWith(".snapshot ends"))
      const cold = log.flatMap((line, i) => /^(ColdStore|MonthStore)\.read\w* begins$/.test(line) ? [{ line, i }] : [])
      assert.includeMembers(cold.map(({ line }) => line), ["ColdStore.read begins", "MonthStore.readSamples begins"])
      assert.isAbove(hasRead, 0)
      for (const { i, line } of cold) assert.isAbove(i, hasRead, line)
      assert.lengthOf(log.filter((line) => line.endsWith(".snapshot begins")), 1)
      assert.notInclude(log, "Catalog.list begins")
    }))

  it.effect("law 3: misses nothing, whichever of its calls data moves before", () =>
    Effect.gen(function*() {
      const counts = yield* answersDuring(queryAll)
      assert.isAbove(counts.length, 4)
      assert.deepStrictEqual(counts, counts.map(() => SAMPLES))
    }))

  it.effect("law 3: that read cold objects before the hot tier would miss what moves between", () =>
    Effect.gen(function*() {
      const sound = yield* answersDuring(soundQuery)
      assert.deepStrictEqual(sound, sound.map(() => SAMPLES))
      assert.isBelow(Math.min(...yield* answersDuring(coldBeforeHot)), SAMPLES)
    }))
})

describe("an archival", () => {
  it.effect("law 3: builds, verifies and puts a day before it records and evicts it", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const around: Around = (call, effect) => Effect.tap(effect, () => Effect.sync(() => log.push(call)))
      yield* Effect.provideContext(archiveSite(SITE, options), observe(yield* fill, around))
      const moves = log.flatMap((call) => /\.(build|verify|put|publish)$/.exec(call)?.[1] ?? [])
      assert.deepStrictEqual(moves, ["build", "verify", "put", "publish", "build", "verify", "put", "publish"])
    }))

  it.effect("law 3: that dies before or after any of its calls leaves every sample where a query finds it", () =>
    Effect.gen(function*() {
      for (const happened of [false, true]) {
        let turn = 0
        for (let died = true; died; turn++) {
          const bare = yield* fill
          let calls = 0
          const dying: Around = (_, effect) =>
            Effect.suspend(() => {
              if (calls++ !== turn) return effect
              return happened ? Effect.andThen(effect, Effect.interrupt) : Effect.interrupt
            })
          const archival = Effect.provideContext(archiveSite(SITE, options), observe(bare, dying))
          died = Exit.isFailure(yield* Effect.exit(archival))
          const { series } = yield* Effect.provideContext(queryAll(asked), bare)
          assert.strictEqual(countSamples(series), SAMPLES, `call ${turn}, ${happened ? "after" : "before"} it`)
        }
        assert.isAbove(turn, 15)
      }
    }))
})
