/**
 * Proves that after an outage of days the newest samples come first, and the gap behind them is filled: ticks of the
 * cron against a source whose pages take eight seconds of the test's clock, and which fails, hangs or stops again.
 */
import { assert, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Fiber, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as SampleSourceMemory from "../../../src/adapters/memory/SampleSourceMemory.ts"
import { syncSite } from "../../../src/apps/etl/program.ts"
import type { RunReport } from "../../../src/domain/jobs/run.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import type { Window } from "../../../src/domain/time/window.ts"
import { JobState } from "../../../src/ports/JobState.ts"
import { SampleSource, SampleSourceError, Transient } from "../../../src/ports/SampleSource.ts"
import { hotStore } from "../../hot-store.ts"
import { assertSameSeries, seriesAt } from "../../samples.ts"

const START = 20_000 * DAY_MS
const OUTAGE_BEGINS = START + 2 * HOUR_MS
const OUTAGE_ENDS = OUTAGE_BEGINS + 5 * DAY_MS
const TICK_MS = 5 * MINUTE_MS
const SAMPLE_MS = 2 * MINUTE_MS
const PAGE_MS = 8_000
const PAGES_PER_HOUR = 6
const POINTS = ["a", "b"]
const options = { overlapMs: 15 * MINUTE_MS, lateMs: 7 * DAY_MS, timeoutMs: 200_000, cutOffMs: 280_000 }
const sync = syncSite("plant", options)

/** Every sample of a window. */
const samplesOf = ({ end, start }: Window) => {
  const first = Math.ceil(start / SAMPLE_MS)
  const count = Math.max(0, Math.ceil(end / SAMPLE_MS) - first)
  const timestamps = Array.from({ length: count }, (_, i) => (first + i) * SAMPLE_MS)
  return POINTS.map((point) => seriesAt(point, timestamps, (i) => first + i))
}

/** What becomes of a window before it is answered. */
type Before = (window: Window, now: number) => Effect.Effect<void, SampleSourceError>

const makeWorld = (before: Before) => {
  const inner = SampleSourceMemory.make({
    sites: ["plant"],
    pageSize: POINTS.length * HOUR_MS / SAMPLE_MS / PAGES_PER_HOUR,
    truth: (_, window) => samplesOf(window)
  })
  inner.setPoints("plant", POINTS.map(SampleSourceMemory.pointNamed))
  const slow = Layer.effect(
    SampleSource,
    Effect.map(SampleSource, (source) =>
      SampleSource.of({
        ...source,
        pages: (site, window) =>
          Stream.unwrap(Clock.currentTimeMillis.pipe(
            Effect.flatMap((now) => before(window, now)),
            Effect.as(source.pages(site, window))
          )).pipe(Stream.tap(() => TestClock.adjust(PAGE_MS)))
      }))
  ).pipe(Layer.provide(inner.layer))
  return Layer.mergeAll(slow, HotStoreMemory.layer, JobStateMemory.layer)
}

const sound: Before = () => Effect.void

/** Whether a window is of the gap after the outage, and not of the newest hour. */
const isOfGap = ({ end }: Window, now: number): boolean => now >= OUTAGE_ENDS && end < now - MINUTE_MS

const stored = Effect.fnUntraced(function*(window: Window) {
  return (yield* (yield* hotStore).reads.snapshot("plant", POINTS, window)).hot
})

const assertNewest = Effect.gen(function*() {
  const now = yield* Clock.currentTimeMillis
  const hot = yield* stored({ start: now - 10 * MINUTE_MS, end: now + 1 })
  assert.strictEqual(hot.length, POINTS.length, "the newest samples are more than ten minutes old")
})

const assertWhole = Effect.gen(function*() {
  const now = yield* Clock.currentTimeMillis
  const whole = { start: START, end: now - 10 * MINUTE_MS }
  assertSameSeries(yield* stored(whole), samplesOf(whole))
})

/** A sync before the outage, and the clock at its end. */
const outage = Effect.gen(function*() {
  yield* TestClock.setTime(OUTAGE_BEGINS)
  assert.strictEqual((yield* sync).status, "completed")
  yield* TestClock.setTime(OUTAGE_ENDS)
})

/** Waits for the next tick. */
const nextTick = Effect.gen(function*() {
  const now = yield* Clock.currentTimeMillis
  yield* TestClock.setTime((Math.floor(now / TICK_MS) + 1) * TICK_MS)
})

/** Ticks until nothing is missing; at each the newest samples are there. */
const catchUp = Effect.gen(function*() {
  const reports: Array<RunReport> = []
  do {
    reports.push(yield* sync)
    yield* assertNewest
    yield* nextTick
    yield* assertNewest
    assert.isBelow(reports.length, 100, "never whole")
  } while (reports.at(-1)?.counts["behindMinutes"] !== 0)
  return reports
})

it.effect("five days behind: each tick brings the newest minutes, and few pages are read twice", () =>
  Effect.gen(function*() {
    yield* outage
    const reports = yield* catchUp
    yield* assertWhole
    const pages = reports.reduce((sum, { counts }) => sum + (counts["pages"] ?? 0) - (counts["rereadPages"] ?? 0), 0)
    // The newest minutes and the overlap are three pages a tick, and a slice ends with a page that is not full.
    const needed = 5 * 24 * (PAGES_PER_HOUR + 1) + 4 * reports.length
    assert.isAtMost(pages, needed)
    assert.isAbove(reports.length, 15)
    const behind = reports.map(({ counts }) => counts["behindMinutes"] ?? 0)
    assert.deepStrictEqual(behind, behind.toSorted((a, b) => b - a))
    assert.isAbove(behind[0] ?? 0, 4 * 24 * 60)
    assert.deepStrictEqual(reports.map(({ status }) => status === "warning"), behind.map((minutes) => minutes > 0))
    const note = "out of time at 2024-10-08T21:00:00.000Z: 115 hours from 2024-10-04T02:00:00.000Z on are missing"
    assert.include(reports[0]?.reason, note)
    // The past is read again only when nothing is missing.
    assert.isTrue(reports.every(({ counts }) => counts["behindMinutes"] === 0 || counts["rereadPages"] === 0))
  }).pipe(Effect.provide(makeWorld(sound))))

it.effect("law 8: an outage while the gap of another is filled leaves two gaps, and both are filled", () =>
  Effect.gen(function*() {
    const jobs = yield* JobState
    yield* outage
    yield* sync
    yield* nextTick
    yield* sync
    yield* TestClock.adjust("1 day")
    yield* sync
    assert.strictEqual(Option.getOrThrow(yield* jobs.rereading("plant")).ahead?.length, 2)
    yield* nextTick
    yield* catchUp
    yield* assertWhole
  }).pipe(Effect.provide(makeWorld(sound))))

it.effect("law 7: where the gap cannot be read, each tick fails, brings the newest minutes, and compacts", () => {
  let heals = false
  const reason = new Transient({ detail: "the disk is broken", attempts: 4 })
  const fails: Before = (window, now) =>
    !heals && isOfGap(window, now)
      ? Effect.fail(new SampleSourceError({ operation: "pages", site: "plant", reason }))
      : Effect.void
  return Effect.gen(function*() {
    yield* outage
    for (let run = 0; run < 45; run++) {
      const report = yield* sync
      assert.strictEqual(report.status, "failed")
      assert.include(report.reason, "the disk is broken")
      assert.isAbove(report.counts["behindMinutes"] ?? 0, 4 * 24 * 60)
      yield* assertNewest
      yield* nextTick
    }
    const now = yield* Clock.currentTimeMillis
    const days = yield* (yield* hotStore).days.list("plant")
    assert.isTrue(days.every(({ pendingSince }) => pendingSince === null || now - pendingSince < 4 * HOUR_MS))
    heals = true
    yield* catchUp
    yield* assertWhole
  }).pipe(Effect.provide(makeWorld(fails)))
})

it.effect("where the gap hangs, each tick brings the newest minutes", () =>
  Effect.gen(function*() {
    let hung = yield* Deferred.make<void>()
    const hangs: Before = (window, now) =>
      isOfGap(window, now) ? Effect.andThen(Deferred.succeed(hung, void 0), Effect.never) : Effect.void
    yield* Effect.gen(function*() {
      yield* outage
      for (let run = 0; run < 3; run++) {
        const ran = yield* Effect.forkChild(sync)
        yield* Deferred.await(hung)
        yield* TestClock.adjust(options.cutOffMs)
        assert.match((yield* Fiber.join(ran)).reason, /^cut off/)
        yield* assertNewest
        hung = yield* Deferred.make<void>()
        yield* nextTick
      }
    }).pipe(Effect.provide(makeWorld(hangs)))
  }))
