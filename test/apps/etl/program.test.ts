/**
 * Proves what one sync stores, how far it moves the watermark, and what its report says: over the memory adapters, with
 * a source that can be silent, late or wrong, and a clock that the test moves.
 */
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as SampleSourceMemory from "../../../src/adapters/memory/SampleSourceMemory.ts"
import { syncSite } from "../../../src/apps/etl/program.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { hotStore } from "../../hot-store.ts"
import { JobState } from "../../../src/ports/JobState.ts"
import { BadCredentials, SampleSource, StalledCursor } from "../../../src/ports/SampleSource.ts"
import { type Sample, series } from "../../samples.ts"

const NOON = 20_000 * DAY_MS + 12 * HOUR_MS
const POINT = "demo/ahu-1/supply-temp"
const options = { overlapMs: 15 * MINUTE_MS, lateMs: 7 * DAY_MS, timeoutMs: 60_000, cutOffMs: Infinity }

const samples = (rows: ReadonlyArray<Sample>) => [series(POINT, rows)]

/** A fresh world per test: the source can be changed at any time. */
const world = () => {
  const source = SampleSourceMemory.make({ sites: ["plant"] })
  return { source, layer: Layer.mergeAll(source.layer, HotStoreMemory.layer, JobStateMemory.layer) }
}

/** The source, and what happens before each of its requests for pages, counted from 1. */
const asking = (source: ReturnType<typeof world>["source"], before: (request: number) => void) => {
  let requests = 0
  return Layer.effect(
    SampleSource,
    Effect.map(SampleSource, (inner) =>
      SampleSource.of({
        ...inner,
        pages: (site, window) =>
          Stream.suspend(() => {
            before(++requests)
            return inner.pages(site, window)
          })
      }))
  ).pipe(Layer.provide(source.layer))
}

const stored = Effect.fnUntraced(function*() {
  const hot = yield* hotStore
  const snapshot = yield* hot.reads.snapshot("plant", [POINT], { start: 0, end: NOON * 2 })
  return [...snapshot.hot[0]?.timestamps ?? []].map((at, i) => [at, snapshot.hot[0]?.values[i] ?? NaN] as const)
})

it.effect("stores what the source has, and asks again only for the overlap", () => {
  const { layer, source } = world()
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    source.add("plant", samples([[NOON - 5 * HOUR_MS, 1], [NOON - MINUTE_MS, 2]]))
    const first = yield* syncSite("plant", options)
    assert.deepStrictEqual([first.status, first.reason, first.samples], ["completed", "", 2])
    yield* TestClock.adjust("5 minutes")
    source.add("plant", samples([[NOON + MINUTE_MS, 3]]))
    const second = yield* syncSite("plant", options)
    assert.deepStrictEqual([second.samples, second.counts.rows], [1, 2])
    assert.deepStrictEqual(yield* stored(), [[NOON - 5 * HOUR_MS, 1], [NOON - MINUTE_MS, 2], [NOON + MINUTE_MS, 3]])
  }).pipe(Effect.provide(layer))
})

it.effect("law 7: where only the list of points fails, samples are stored and the run says what failed", () => {
  const { layer, source } = world()
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    source.add("plant", samples([[NOON - MINUTE_MS, 2]]))
    source.faults.failPoints = new BadCredentials({ status: 403, detail: "no list" })
    const report = yield* syncSite("plant", options)
    assert.deepStrictEqual([report.status, report.samples], ["warning", 1])
    assert.include(report.reason, "no list")
    assert.deepStrictEqual(yield* stored(), [[NOON - MINUTE_MS, 2]])
  }).pipe(Effect.provide(layer))
})

it.effect("law 5: the same tick twice writes nothing the second time, and says so", () => {
  const { layer, source } = world()
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    source.add("plant", samples([[NOON - MINUTE_MS, -0]]))
    yield* syncSite("plant", options)
    const again = yield* syncSite("plant", options)
    assert.deepStrictEqual([again.status, again.samples, again.counts.rowsWritten], ["completed", 0, 0])
    assert.include(again.reason, "nothing new: 1 rows")
  }).pipe(Effect.provide(layer))
})

it.effect("law 2: a corrected value inside the overlap replaces the stored one", () => {
  const { layer, source } = world()
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    source.add("plant", samples([[NOON - MINUTE_MS, 0]]))
    yield* syncSite("plant", options)
    source.add("plant", samples([[NOON - MINUTE_MS, -0]]))
    yield* syncSite("plant", options)
    assert.deepStrictEqual(yield* stored(), [[NOON - MINUTE_MS, -0]])
  }).pipe(Effect.provide(layer))
})

it.effect("law 8: a silent source moves no watermark and is asked again from its last sample", () => {
  const { layer, source } = world()
  return Effect.gen(function*() {
    const jobs = yield* JobState
    yield* TestClock.setTime(NOON)
    source.add("plant", samples([[NOON - 2 * MINUTE_MS, 1]]))
    yield* syncSite("plant", options)
    yield* TestClock.adjust("8 hours")
    const silent = yield* syncSite("plant", options)
    assert.deepStrictEqual(
      yield* jobs.watermark({ kind: "synced", site: "plant" }),
      Option.some(NOON - 2 * MINUTE_MS + 1)
    )
    // The overlap repeats the last sample, so the source is not silent but stale.
    assert.include(silent.reason, "nothing new")
    assert.strictEqual(silent.status, "warning")
    assert.include(silent.reason, "silent since 2024-10-04T11:58:00.000Z")
    // What arrives late inside the silence is found, and the empty hours before it are passed.
    source.add("plant", samples([[NOON + HOUR_MS, 2], [NOON + 7 * HOUR_MS, 3]]))
    const found = yield* syncSite("plant", options)
    assert.strictEqual(found.samples, 2)
    assert.deepStrictEqual(
      yield* jobs.watermark({ kind: "synced", site: "plant" }),
      Option.some(NOON + 7 * HOUR_MS + 1)
    )
  }).pipe(Effect.provide(layer))
})

it.effect("law 8: a source that recovers while a run asks on loses nothing of its silence", () => {
  const { layer, source } = world()
  const recovering = asking(source, (request) => void (source.faults.silent = request < 3))
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    const rows = [[NOON - 11 * HOUR_MS, 1], [NOON - 10 * HOUR_MS, 2], [NOON - HOUR_MS, 3]] as const
    source.add("plant", samples(rows))
    yield* syncSite("plant", options)
    assert.deepStrictEqual(yield* stored(), rows.map((row) => [...row]))
  }).pipe(Effect.provide(Layer.merge(layer, recovering)))
})

it.effect("law 7: no configured points, no rows, a bad key and a stalled cursor are never `completed`", () => {
  const { layer, source } = world()
  return Effect.gen(function*() {
    const jobs = yield* JobState
    yield* TestClock.setTime(NOON)
    const empty = yield* syncSite("plant", options)
    assert.deepStrictEqual([empty.status, empty.reason], ["warning", "the source has no configured points"])
    source.setPoints("plant", [SampleSourceMemory.pointNamed(POINT)])
    yield* TestClock.adjust("1 minute")
    const silent = yield* syncSite("plant", options)
    assert.strictEqual(silent.status, "warning")
    assert.include(silent.reason, "answered no rows")
    source.faults.failPages = new BadCredentials({ status: 401, detail: "no" })
    yield* TestClock.adjust("1 minute")
    const refused = yield* syncSite("plant", options)
    assert.strictEqual(refused.status, "failed")
    assert.include(refused.reason, "BadCredentials")
    source.faults.failPages = new StalledCursor({ cursor: "abc" })
    yield* TestClock.adjust("1 minute")
    const stalled = yield* syncSite("plant", options)
    assert.strictEqual(stalled.status, "failed")
    assert.include(stalled.reason, "StalledCursor")
    assert.deepStrictEqual((yield* jobs.runs("sync", 10)).map((run) => run.status), [
      "failed",
      "failed",
      "warning",
      "warning"
    ])
    assert.deepStrictEqual(yield* jobs.watermark({ kind: "synced", site: "plant" }), Option.none())
  }).pipe(Effect.provide(layer))
})

it.effect("law 8: a sample up to an hour ahead of the clock is stored; the watermark moves no further than now", () => {
  const { layer, source } = world()
  return Effect.gen(function*() {
    const jobs = yield* JobState
    yield* TestClock.setTime(NOON)
    // Only memory's truth function hides the future: what is added is there.
    source.add("plant", samples([[NOON - MINUTE_MS, 1], [NOON + 30 * MINUTE_MS, 2]]))
    const report = yield* syncSite("plant", options)
    assert.strictEqual(report.samples, 2)
    assert.deepStrictEqual(yield* jobs.watermark({ kind: "synced", site: "plant" }), Option.some(NOON - MINUTE_MS + 1))
  }).pipe(Effect.provide(layer))
})

it.effect("law 8: a silence whose re-reading fails is read again by the next run", () => {
  const { layer, source } = world()
  const recovering = asking(source, (request) => {
    source.faults.silent = request < 3
    // The fifth request is the one for the silence.
    source.faults.failPages = request === 5 ? new BadCredentials({ status: 401, detail: "once" }) : null
  })
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    const rows = [[NOON - 11 * HOUR_MS, 1], [NOON - 10 * HOUR_MS, 2], [NOON - HOUR_MS, 3]] as const
    source.add("plant", samples(rows))
    assert.strictEqual((yield* syncSite("plant", options)).status, "failed")
    yield* TestClock.adjust("5 minutes")
    yield* syncSite("plant", options)
    assert.deepStrictEqual(yield* stored(), rows.map((row) => [...row]))
  }).pipe(Effect.provide(Layer.merge(layer, recovering)))
})

it.effect("a tail that is due is compacted, and the answer stays", () => {
  const { layer, source } = world()
  return Effect.gen(function*() {
    const hot = yield* hotStore
    yield* TestClock.setTime(NOON)
    source.add("plant", samples([[NOON - 7 * HOUR_MS, 1], [NOON - MINUTE_MS, 2]]))
    const before = yield* syncSite("plant", options)
    assert.strictEqual(before.counts.compactedDays, 1)
    const [day] = yield* hot.days.list("plant")
    assert.deepStrictEqual([day?.pendingBytes, day?.pendingSince], [0, null])
    assert.deepStrictEqual(yield* stored(), [[NOON - 7 * HOUR_MS, 1], [NOON - MINUTE_MS, 2]])
  }).pipe(Effect.provide(layer))
})

it.effect("law 7: dropped rows are counted by reason in the report", () => {
  const { layer, source } = world()
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    source.add("plant", samples([[NOON - MINUTE_MS, 1]]))
    source.addRows("plant", [
      { point: POINT, timestamp: NOON - 2 * MINUTE_MS, value: null },
      { point: POINT, timestamp: NOON - 3 * MINUTE_MS, value: "NaN" },
      { point: POINT, timestamp: NOON - 4 * MINUTE_MS, value: true }
    ])
    const report = yield* syncSite("plant", options)
    assert.deepStrictEqual(report.dropped, { null: 1, nan: 1 })
    assert.include(report.reason, "1 null")
    assert.deepStrictEqual(yield* stored(), [[NOON - 4 * MINUTE_MS, 1], [NOON - MINUTE_MS, 1]])
  }).pipe(Effect.provide(layer))
})

it.effect("law 7: a run whose rows were all dropped is a warning that says so", () => {
  const { layer, source } = world()
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    source.addRows("plant", [{ point: POINT, timestamp: NOON - MINUTE_MS, value: "offline" }])
    const report = yield* syncSite("plant", options)
    assert.strictEqual(report.status, "warning")
    assert.include(report.reason, "none of 1 rows")
    assert.include(report.reason, "1 text")
  }).pipe(Effect.provide(layer))
})

it.effect("law 8: a site begins with the day on which it was first tried, however late that succeeds", () => {
  const { layer, source } = world()
  const midnight = NOON + 12 * HOUR_MS
  return Effect.gen(function*() {
    const rows = [[midnight - HOUR_MS, 1], [midnight + 3 * DAY_MS, 2]] as const
    source.add("plant", samples(rows))
    source.faults.failPages = new BadCredentials({ status: 401, detail: "no" })
    source.faults.failPoints = source.faults.failPages
    for (const tried of [midnight - MINUTE_MS, midnight + MINUTE_MS]) {
      yield* TestClock.setTime(tried)
      assert.strictEqual((yield* syncSite("plant", options)).status, "failed")
    }
    source.faults.failPages = null
    source.faults.failPoints = null
    yield* TestClock.setTime(midnight + 3 * DAY_MS + MINUTE_MS)
    assert.strictEqual((yield* syncSite("plant", options)).status, "completed")
    assert.deepStrictEqual(yield* stored(), rows.map((row) => [...row]))
  }).pipe(Effect.provide(layer))
})

it.effect("law 8: of two first runs across midnight the later begins where the earlier did", () => {
  const { layer, source } = world()
  const midnight = NOON + 12 * HOUR_MS
  return Effect.gen(function*() {
    const rows = [[midnight - 5 * HOUR_MS, 1], [midnight - 1, 2]] as const
    source.add("plant", samples(rows))
    const asks = yield* Deferred.make<void>()
    const goesOn = yield* Deferred.make<void>()
    const waiting = Layer.effect(
      SampleSource,
      Effect.map(SampleSource, (inner) =>
        SampleSource.of({
          ...inner,
          pages: (site, window) =>
            Stream.unwrap(Deferred.succeed(asks, void 0).pipe(
              Effect.andThen(Deferred.await(goesOn)),
              Effect.as(inner.pages(site, window))
            ))
        }))
    ).pipe(Layer.provide(source.layer))
    yield* TestClock.setTime(midnight - MINUTE_MS)
    const first = yield* Effect.forkChild(Effect.provide(syncSite("plant", options), waiting))
    yield* Deferred.await(asks)
    yield* TestClock.setTime(midnight + MINUTE_MS)
    assert.strictEqual((yield* syncSite("plant", options)).status, "completed")
    yield* Deferred.succeed(goesOn, void 0)
    yield* Fiber.join(first)
    assert.deepStrictEqual(yield* stored(), rows.map((row) => [...row]))
  }).pipe(Effect.provide(layer))
})
