/**
 * Law 9: what a program holds at once is bounded by the block that it works on.
 *
 * Ports count what they hand out and what was passed on: the difference is what the program holds. Each program works
 * through a site, then through one several times as large, by points or by range: the most that it held must stay below
 * one bound, while all of it together is several times that bound.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as ColdStoreMemory from "../../src/adapters/memory/ColdStoreMemory.ts"
import * as HotStoreMemory from "../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../src/adapters/memory/JobStateMemory.ts"
import * as MonthStoreMemory from "../../src/adapters/memory/MonthStoreMemory.ts"
import { joinDays } from "../../src/apps/archival/join.ts"
import { syncSite } from "../../src/apps/etl/program.ts"
import { publishDay } from "../../src/apps/publish.ts"
import type { QueryRequest } from "../../src/apps/query/reading/plan.ts"
import { type AnswerElement, query } from "../../src/apps/query/program.ts"
import { RAW } from "../../src/domain/answers/resolution.ts"
import { countSamples, type Series } from "../../src/domain/samples/series.ts"
import { DAY_MS, dayFromDate, dayStart, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
import { SampleSource } from "../../src/ports/SampleSource.ts"
import { type Around, observe } from "../observe.ts"
import { Held } from "../held.ts"
import { regular, series } from "../samples.ts"

const SITE = "plant"
const FIRST_DAY = dayFromDate(2026, 1, 1)
const NO_LIMITS = { samples: Infinity, objects: Infinity, buckets: Infinity }
const stores = Layer.mergeAll(HotStoreMemory.layer, ColdStoreMemory.layer, MonthStoreMemory.layer, JobStateMemory.layer)

const named = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => `p${String(i).padStart(4, "0")}`)

const seriesOf = (point: string, day: number, count: number): Series =>
  regular(point, { start: dayStart(day), count, step: Math.floor(DAY_MS / count), value: () => day })

describe("a query", () => {
  /** What its program reads of cold objects at once, at most. */
  const BOUND = 200_000
  const CONNECTIONS = 6
  const A_DAY = 720

  const fill = Effect.fnUntraced(function*(points: number, days: number) {
    for (let day = FIRST_DAY; day < FIRST_DAY + days; day++) {
      const series = Stream.fromIterable(named(points).map((point) => seriesOf(point, day, A_DAY)))
      yield* publishDay({ site: SITE, day, source: "backfill", writtenBy: "test", series, evict: null })
    }
  })

  /** Asks for all samples, takes the answer piece by piece, and says what was held of the cold objects. */
  const ask = Effect.fnUntraced(function*(points: number, days: number) {
    yield* fill(points, days)
    const held = new Held()
    let reading = 0
    let mostReading = 0
    const cold = yield* ColdStore
    const counted = ColdStore.of({
      ...cold,
      read: (entry, names, window) =>
        Effect.gen(function*() {
          mostReading = Math.max(mostReading, ++reading)
          yield* Effect.yieldNow
          const read = yield* cold.read(entry, names, window)
          reading--
          held.take(countSamples(read.series))
          return read
        })
    })
    const window = { start: dayStart(FIRST_DAY), end: dayStart(FIRST_DAY + days) }
    const request: QueryRequest = { site: SITE, points: named(points), window, resolution: RAW, inPieces: true }
    yield* Effect.gen(function*() {
      const { first, rest } = yield* query(request, NO_LIMITS)
      const pass = (element: AnswerElement) => held.pass(element.kind === "end" ? 0 : element.timestamps.length)
      first.forEach(pass)
      yield* Stream.runForEach(rest, (element) => Effect.sync(() => pass(element)))
    }).pipe(Effect.provideService(ColdStore, counted))
    assert.strictEqual(held.passed, points * days * A_DAY)
    return { held: held.most, all: held.taken, reading: mostReading }
  }, Effect.provide(stores))

  for (const { days, name, points } of [
    { name: "of many points", points: 90, days: 12 },
    { name: "of a long range", points: 2, days: 400 },
    { name: "of one point of a long range", points: 1, days: 600 }
  ]) {
    it.effect(`law 9: ${name} holds a batch of samples, and six reads are under way at most`, () =>
      Effect.gen(function*() {
        const { all, held, reading } = yield* ask(points, days)
        assert.isAbove(all, 2 * BOUND)
        assert.isAtMost(held, BOUND)
        assert.strictEqual(reading, CONNECTIONS)
      }))
  }
})

describe("a sync", () => {
  it.effect("law 9: has stored a page before it asks for the next", () =>
    Effect.gen(function*() {
      const now = dayStart(FIRST_DAY) + 50 * MINUTE_MS
      yield* TestClock.setTime(now)
      const held = new Held()
      // Other samples for each window: what is stored already would not be appended.
      const pages = (_: string, { start }: Window) =>
        Stream.fromIterable(named(40)).pipe(
          Stream.rechunk(1),
          Stream.map((point) => {
            held.take(1)
            return { series: [series(point, [[start, 1], [start + 1, 2]])], rows: 2, dropped: {}, quote: null }
          })
        )
      const source = SampleSource.of({ points: () => Effect.succeed([]), pages })
      const around: Around = (call, effect) =>
        call.endsWith(".append") ? Effect.tap(effect, () => Effect.sync(() => held.pass(1))) : effect
      const services = observe(yield* Effect.context<Layer.Success<typeof stores>>(), around)
      yield* syncSite(SITE, { overlapMs: 0, lateMs: 7 * DAY_MS, timeoutMs: Infinity, cutOffMs: Infinity }).pipe(
        Effect.provideContext(services),
        Effect.provideService(SampleSource, source)
      )
      assert.isAtLeast(held.taken, 40)
      assert.deepStrictEqual([held.passed, held.most], [held.taken, 1])
    }).pipe(Effect.provide(stores)))
})

describe("publishing a day", () => {
  /** Merges a day over its live object; every series that either side gives is held until the new object has it. */
  const publish = Effect.fnUntraced(function*(points: number) {
    const held = new Held()
    const cold = yield* ColdStore
    const counted = <E, R>(series: Stream.Stream<Series, E, R>) =>
      series.pipe(Stream.rechunk(1), Stream.tap(() => Effect.sync(() => held.take(1))))
    const watched = ColdStore.of({
      ...cold,
      scan: (object, after) => counted(cold.scan(object, after)),
      // Of the two series that were merged into one both have passed.
      build: (options, series) => cold.build(options, Stream.tap(series, () => Effect.sync(() => held.pass(2))))
    })
    const ofDay = (count: number) =>
      Stream.fromIterable(named(points).map((point) => seriesOf(point, FIRST_DAY, count)))
    const request = { site: SITE, day: FIRST_DAY, source: "archival", evict: null } as const
    yield* publishDay({ ...request, writtenBy: "first", series: ofDay(2) })
    const published = yield* publishDay({ ...request, writtenBy: "second", series: counted(ofDay(3)) }).pipe(
      Effect.provideService(ColdStore, watched)
    )
    assert.isTrue(Option.isSome(published) && published.value.entry.points === points)
    assert.strictEqual(held.taken, 2 * points)
    return held.most
  }, Effect.provide(stores))

  it.effect("law 9: holds one series of either side, however many points the site has", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual([yield* publish(20), yield* publish(400)], [2, 2])
    }))
})

describe("joining the days of a month", () => {
  it.effect("law 9: holds one series a day, however many points the site has", () =>
    Effect.gen(function*() {
      const days = 31
      for (const points of [10, 300]) {
        const held = new Held()
        const day = (i: number) =>
          Stream.fromIterable(named(points)).pipe(
            Stream.rechunk(1),
            Stream.map((point) => {
              held.take(1)
              return seriesOf(point, FIRST_DAY + i, 2)
            })
          )
        const joined = joinDays(Array.from({ length: days }, (_, i) => day(i)))
        yield* Stream.runForEach(joined, () => Effect.sync(() => held.pass(days)))
        assert.deepStrictEqual([held.taken, held.most], [points * days, days])
      }
    }))
})
