/**
 * Proves that a page which cannot be read costs a sync its minutes only: a source answers what is no page for every
 * window that holds a certain instant, and later for none.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as SampleSourceMemory from "../../../src/adapters/memory/SampleSourceMemory.ts"
import { pagesAround } from "../../../src/apps/etl/around.ts"
import { syncSite } from "../../../src/apps/etl/program.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { contains, type Window } from "../../../src/domain/time/window.ts"
import { BadCredentials, BadPayload, SampleSource, SampleSourceError } from "../../../src/ports/SampleSource.ts"
import { aceLayer } from "../../conformance/ace-harness.ts"
import { hotStore } from "../../hot-store.ts"
import { everything, regular, samplesOf } from "../../samples.ts"

const START = 20_000 * DAY_MS
const NOON = START + 12 * HOUR_MS
const SITE = "plant"
const options = { overlapMs: 15 * MINUTE_MS, lateMs: 7 * DAY_MS, timeoutMs: 60_000, cutOffMs: Infinity }

/** A source with a sample a minute, and which windows it cannot be asked for. */
const makeSource = () => {
  const source = SampleSourceMemory.make({ sites: [SITE] })
  source.add(SITE, [regular("p", { start: START, count: 1_440 })])
  const state = { bad: [] as ReadonlyArray<number>, reason: new BadPayload({ detail: "<html>" }) as never, asked: 0 }
  const layer = Layer.effect(SampleSource, Effect.map(SampleSource, (inner) => ({
    ...inner,
    pages: (site: string, window: Window) =>
      Stream.unwrap(Effect.map(Clock.currentTimeMillis, (now) => {
        state.asked++
        return state.bad.some((at) => contains(window, at) && at < now)
          ? Stream.fail(new SampleSourceError({ operation: "pages", site, reason: state.reason }))
          : inner.pages(site, window)
      }))
  }))).pipe(Layer.provide(source.layer))
  return { state, layer }
}

const stores = Layer.mergeAll(HotStoreMemory.layer, JobStateMemory.layer)
const stored = Effect.gen(function*() {
  const [series] = (yield* (yield* hotStore).reads.snapshot(SITE, ["p"], everything, 1e9)).hot
  return new Set(series === undefined ? [] : samplesOf(series).map(([at]) => at))
})
/** The minutes before an instant that are not stored. */
const missing = (until: number) =>
  Effect.map(stored, (found) =>
    Array.from({ length: (until - START) / MINUTE_MS }, (_, i) => START + i * MINUTE_MS).filter((at) => !found.has(at)))

describe("a sync", () => {
  const BAD = START + 7 * HOUR_MS + 23 * MINUTE_MS

  it.effect("stores all but the minutes around an unreadable page, says so, and asks for them again later", () => {
    const { layer, state } = makeSource()
    return Effect.gen(function*() {
      state.bad = [BAD]
      yield* TestClock.setTime(NOON)
      const { reason, status } = yield* syncSite(SITE, options)
      assert.strictEqual(status, "warning")
      const left = yield* missing(NOON)
      assert.include(left, BAD)
      assert.isAtMost(left.length, 3)
      assert.match(reason, /cannot be read.*BadPayload.*<html>/)
      assert.include(reason, new Date(left[0] ?? 0).toISOString().slice(0, 13))
      state.bad = []
      // A day later the second pass reads those hours again.
      for (let now = NOON; now < NOON + 26 * HOUR_MS; now += 15 * MINUTE_MS) {
        yield* TestClock.setTime(now)
        yield* syncSite(SITE, options)
      }
      assert.deepStrictEqual(yield* missing(START + DAY_MS), [])
    }).pipe(Effect.provide(Layer.mergeAll(layer, stores)))
  })

  it.effect("law 7: fails where the source answers nothing that can be read, after a few requests", () => {
    const { layer, state } = makeSource()
    return Effect.gen(function*() {
      state.bad = Array.from({ length: 1_440 }, (_, i) => START + i * MINUTE_MS)
      yield* TestClock.setTime(NOON)
      const { reason, samples, status } = yield* syncSite(SITE, options)
      assert.deepStrictEqual([status, samples], ["failed", 0])
      assert.include(reason, "BadPayload")
      assert.isAtMost(state.asked, 8)
      state.bad = []
      yield* TestClock.setTime(NOON + 5 * MINUTE_MS)
      yield* syncSite(SITE, options)
      assert.deepStrictEqual(yield* missing(NOON), [])
    }).pipe(Effect.provide(Layer.mergeAll(layer, stores)))
  })

  it.effect("narrows nothing for an error that is not of a page", () => {
    const { layer, state } = makeSource()
    return Effect.gen(function*() {
      state.bad = [BAD]
      state.reason = new BadCredentials({ status: 401, detail: "no" }) as never
      yield* TestClock.setTime(NOON)
      assert.strictEqual((yield* syncSite(SITE, options)).status, "failed")
      const left = yield* missing(NOON)
      assert.notInclude(left, NOON - MINUTE_MS, "the newest hour comes first")
      for (const at of [BAD - 5 * MINUTE_MS, BAD, BAD + 5 * MINUTE_MS]) assert.include(left, at)
      assert.isAtMost(state.asked, 8)
    }).pipe(Effect.provide(Layer.mergeAll(layer, stores)))
  })
})

describe("windows of any length", () => {
  for (const [name, length] of [["an hour", HOUR_MS], ["a day", DAY_MS]] as const) {
    it.effect(`${name}: the circuit breaker of ACE stays closed, wherever the page is`, () =>
      Effect.gen(function*() {
        for (const share of [0, 0.3, 0.999]) {
          const bad = START + Math.floor(length * share)
          const left: Array<Window> = []
          const pages = pagesAround(SITE, { start: START, end: START + length }, (part) => left.push(part))
          yield* Stream.runDrain(pages).pipe(Effect.provide(aceLayer((request) => {
            const asked = new URL(request.url).searchParams
            const [start, end] = ["start_time", "end_time"].map((field) => Date.parse(asked.get(field) ?? ""))
            const isBad = contains({ start: start ?? NaN, end: end ?? NaN }, bad)
            return Promise.resolve(
              new Response(isBad ? "<html>" : `{"point_samples":[],"next_cursor":null,"has_more":false}`)
            )
          })))
          assert.strictEqual(left.length, 1)
          assert.isTrue(left.every((part) => contains(part, bad) && part.end - part.start <= 3 * MINUTE_MS))
        }
      }))
  }
})
