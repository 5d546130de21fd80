/** The adapter against the simulator: every quirk of the API and every fault by its name. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted, References, Schema, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { PAGE_SIZES } from "../../../src/adapters/ace/page-size.ts"
import type { AceOptions } from "../../../src/adapters/ace/SampleSourceAce.ts"
import * as SampleSourceAce from "../../../src/adapters/ace/SampleSourceAce.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import { listen } from "../../../src/apps/ace-simulator/server.ts"
import {
  DEVELOPMENT_KEY,
  type Simulator,
  simulator,
  type SimulatorOptions
} from "../../../src/apps/ace-simulator/simulator.ts"
import { HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { emptyColumns } from "../../../src/domain/samples/series.ts"
import type { Window } from "../../../src/domain/time/window.ts"
import { SampleSource } from "../../../src/ports/SampleSource.ts"
import { aceLayer, NOW } from "../../conformance/ace-harness.ts"
import { collect } from "../../conformance/SampleSource.ts"

const SITE = "plant-1"

const assertTruth = (building: Simulator, window: Window, got: Effect.Success<ReturnType<typeof collect>>): void => {
  for (const point of building.points(SITE)) {
    const { timestamps, values } = got.series.get(point) ?? emptyColumns
    assert.deepStrictEqual({ timestamps, values }, { ...building.truth(SITE, point, window) }, point)
  }
}

/** Runs a test at `NOW` against a simulator of 110 points, without a word in the log. */
const against = <A, E>(
  options: SimulatorOptions,
  ace: Partial<AceOptions>,
  test: (building: Simulator) => Effect.Effect<A, E, SampleSource>
) => {
  const building = simulator({ pointsPerSite: 110, now: () => NOW, ...options })
  return TestClock.setTime(NOW).pipe(
    Effect.andThen(test(building)),
    Effect.provide(aceLayer(building.fetch, ace)),
    Effect.provideService(References.MinimumLogLevel, "None")
  )
}

const windowOf = (minutes: number): Window => ({ start: NOW - 65 * MINUTE_MS, end: NOW - (65 - minutes) * MINUTE_MS })
const failure = (window: Window) => Effect.map(Effect.flip(collect(SITE, window)), (error) => error.reason._tag)

/** Milliseconds of a quarter of an hour: short windows, because a page may hold three rows. */
const Offset = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 900_000 }))

for (const cursors of ["buggy", "correct", "opaque"] as const) {
  it.effect(`cursor bug (${cursors}): a page wholly inside one timestamp delivers every row of it`, () =>
    against({ cursors, missing: 0, outages: 0, intervalMinutes: 1 }, { pageSize: 3 }, (building) =>
      Effect.gen(function*() {
        const window = windowOf(1)
        const got = yield* collect(SITE, window)
        assert.strictEqual(got.rows, 110)
        assert.isAbove(got.pages, 30)
        assertTruth(building, window, got)
      })))

  const building = simulator({ pointsPerSite: 60, now: () => NOW, cursors, faults: { duplicates: 0.1 } })
  it.effect.prop(
    `any window's pages together are the truth, for every page size (${cursors})`,
    [Schema.Literals(PAGE_SIZES), Offset, Offset],
    ([pageSize, first, second]) => {
      const start = NOW - 2 * HOUR_MS
      const window = { start: start + Math.min(first, second), end: start + Math.max(first, second) }
      return TestClock.setTime(NOW).pipe(
        Effect.andThen(collect(SITE, window)),
        Effect.map((got) => assertTruth(building, window, got)),
        Effect.provide(aceLayer(building.fetch, { pageSize }))
      )
    },
    { arbitrary: { runs: 40 } }
  )
}

it.effect("over real HTTP, with trailing slashes and a base path, from a program of its own", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(NOW)
    const building = simulator({ pointsPerSite: 50, now: () => NOW, faults: { throttled: { count: 0 } } })
    const server = yield* Effect.acquireRelease(
      Effect.promise(() => listen(building, 0)),
      (running) => Effect.promise(running.close)
    )
    const layer = SampleSourceAce.layer({
      baseUrl: `http://127.0.0.1:${server.port}/api/`,
      key: Redacted.make(DEVELOPMENT_KEY),
      requestsPerMinute: 1e9,
      maxRetries: 0,
      timeoutMs: 30_000,
      pageSize: 500,
      pointSelection: "all"
    }).pipe(Layer.provide([JobStateMemory.layer, FetchHttpClient.layer]))
    const window = { start: NOW - HOUR_MS, end: NOW }
    assertTruth(building, window, yield* collect(SITE, window).pipe(Effect.provide(layer)))
  }))

it.effect("times without a zone are UTC, fractions are floored", () =>
  against({ pointsPerSite: 40 }, {}, (building) =>
    Effect.gen(function*() {
      const window = { start: NOW - HOUR_MS, end: NOW }
      const { series } = yield* collect(SITE, window)
      const instants = [...series.values()].flatMap(({ timestamps }) => [...timestamps])
      assert.isTrue(instants.some((at) => at % 1_000 !== 0), "some have fractions")
      assertTruth(building, window, yield* collect(SITE, window))
    })))

it.effect("end_time may be inclusive: the row at the end is counted outside and left to the next window", () =>
  against({ endInclusive: true, missing: 0, outages: 0, intervalMinutes: 5 }, {}, (building) =>
    Effect.gen(function*() {
      const whole = { start: NOW - HOUR_MS, end: NOW }
      const onTheSecond = building.points(SITE).flatMap((point) => [...building.truth(SITE, point, whole).timestamps])
        .filter((at) => at % 1_000 === 0)
      const end = onTheSecond.at(-1)
      if (end === undefined) return assert.fail("no device scrapes on the second")
      const { dropped } = yield* collect(SITE, { start: whole.start, end })
      assert.isAbove(dropped.outside ?? 0, 0)
      assertTruth(building, { start: end, end: NOW }, yield* collect(SITE, { start: end, end: NOW }))
    })))

for (
  const [fault, faults, tag] of [
    ["429", { throttled: { count: 9, retryAfterSeconds: 7 } }, "Throttled"],
    ["429 with a date", { throttled: { count: 9, retryAfterSeconds: 7, asDate: true } }, "Throttled"],
    ["500", { serverError: { count: 9 } }, "Transient"],
    ["an unhandled exception", { unhandled: { count: 9 } }, "BadCredentials"],
    ["an HTML error", { html: { count: 9 } }, "BadPayload"],
    ["truncated JSON", { truncated: { count: 9 } }, "BadPayload"],
    ["a stalled cursor", { stalled: { rate: 1 } }, "StalledCursor"]
  ] as const
) {
  it.effect(`fault: ${fault} is ${tag}`, () =>
    against({ faults }, {}, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* failure(windowOf(5)), tag)
      })))
}

it.effect("fault: a stalled cursor in the middle is found, whatever was delivered before", () =>
  against({}, { pageSize: 100 }, (building) =>
    Effect.gen(function*() {
      const source = yield* SampleSource
      let pages = 0
      const error = yield* source.pages(SITE, windowOf(60)).pipe(
        Stream.runForEach(() =>
          Effect.sync(() => {
            if (++pages === 3) building.setFaults({ stalled: { rate: 1 } })
          })
        ),
        Effect.flip
      )
      assert.strictEqual(error.reason._tag, "StalledCursor")
      assert.isBelow(pages, 8)
    })))

it.effect("fault: a timeout is Transient", () =>
  Effect.gen(function*() {
    const building = simulator({ pointsPerSite: 20, now: () => NOW, faults: { hang: { count: 1 } } })
    // The real clock, so that the attempt is really cut off.
    const ace = aceLayer(building.fetch, { timeoutMs: 30 })
    const error = yield* Effect.flip(collect(SITE, windowOf(5))).pipe(
      Effect.provide(ace),
      TestClock.withLive,
      Effect.provideService(References.MinimumLogLevel, "None")
    )
    assert.deepInclude(error.reason, { _tag: "Transient", detail: "no answer within 30 ms" })
  }))

it.effect("fault: duplicate and unordered rows change nothing but the count of collisions", () =>
  against({ faults: { duplicates: 0.2, unordered: { rate: 1 } } }, { pageSize: 100 }, (building) =>
    Effect.gen(function*() {
      const window = windowOf(30)
      const got = yield* collect(SITE, window)
      assert.isAbove(got.dropped.collision ?? 0, 0)
      assertTruth(building, window, got)
    })))

it.effect("fault: late rows are missing until they arrive, then the same window has them", () => {
  let now = NOW
  return against({ now: () => now, faults: { late: { rate: 0.3, seconds: 7_200 } } }, {}, (building) =>
    Effect.gen(function*() {
      const window = windowOf(60)
      const early = yield* collect(SITE, window)
      assertTruth(building, window, early)
      now += 3 * HOUR_MS
      const late = yield* collect(SITE, window)
      assertTruth(building, window, late)
      assert.isAbove(late.rows, early.rows)
    }))
})

it.effect("a wrong key is BadCredentials, whether ACE says so or not", () =>
  Effect.gen(function*() {
    const building = simulator({ pointsPerSite: 20, now: () => NOW })
    for (const key of ["nonsense", "a.jwt.shape"]) {
      const ace = aceLayer(building.fetch, { key: Redacted.make(key) })
      const read = Effect.flatMap(SampleSource, (source) => Effect.flip(source.points(SITE)))
      assert.strictEqual((yield* read.pipe(Effect.provide(ace))).reason._tag, "BadCredentials")
    }
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None")))

it.effect("points: names with slashes, units and devices; properties that a device did not answer are null", () =>
  against({ pointsPerSite: 300 }, {}, (building) =>
    Effect.gen(function*() {
      const points = yield* (yield* SampleSource).points(SITE)
      assert.deepStrictEqual(points.map((point) => point.name), building.points(SITE))
      assert.isTrue(points.some((point) => point.unit === "degreesFahrenheit" && point.intervalSeconds === 60))
      assert.isTrue(points.some((point) => point.unit === null), "some have no unit")
      assert.isFalse(points.some((point) => Object.values(point).includes("property: unknown-property")))
      assert.isTrue(points.every((point) => point.device !== null && point.tags.length > 0))
      assert.isTrue(points.some((point) => !point.collected))
    })))

/** The adapter against a server that answers every request with `answer`. */
const againstServer = (answer: (request: Request) => Response, ace: Partial<AceOptions> = {}) =>
  Effect.provide(aceLayer((request) => Promise.resolve(answer(request)), ace))

const pointsOf = Effect.flatMap(SampleSource, (source) => source.points(SITE))

it.effect("points: one whose description is of another make is collected all the same", () =>
  Effect.gen(function*() {
    const odd = { bacnet_data: [], marker_tags: [1, "fan", null], collect_interval: "60", collect_enabled: null }
    const items = [{ name: "a", ...odd }, { name: null }, { name: "b" }]
    const points = yield* pointsOf.pipe(againstServer(() => Response.json({ items, pages: 1 })))
    const plain = { unit: null, device: null, description: null, intervalSeconds: null, collected: true }
    assert.deepStrictEqual(points, [{ ...plain, name: "a", tags: ["fan"] }, { ...plain, name: "b", tags: [] }])
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None")))

for (const [what, rest] of [["total", { total: 7 }], ["per_page", { per_page: 3 }]] as const) {
  it.effect(`points: a server with short pages that tells no number of pages is asked to the end (${what})`, () =>
    Effect.gen(function*() {
      const points = yield* pointsOf.pipe(againstServer((request) => {
        const page = Number(new URL(request.url).searchParams.get("page"))
        const items = ["a", "b", "c", "d", "e", "f", "g"].slice(page * 3 - 3, page * 3).map((name) => ({ name }))
        return Response.json({ items, pages: null, ...rest })
      }))
      assert.strictEqual(points.map(({ name }) => name).join(""), "abcdefg")
    }))
}

it.effect("fault: a cursor that the server does not take any more is Transient: the window is asked for anew", () =>
  Effect.gen(function*() {
    const row = { name: "a", value: "1", time: "2026-08-06T23:30:00" }
    const server = againstServer((request) =>
      request.url.includes("cursor=")
        ? Response.json({ message: "cursor expired" }, { status: 400 })
        : Response.json({ point_samples: [row], next_cursor: "~a", has_more: true }))
    assert.strictEqual(yield* failure(windowOf(60)).pipe(server), "Transient")
    const refusing = againstServer(() => Response.json({ message: "bad" }, { status: 400 }))
    assert.strictEqual(yield* failure(windowOf(60)).pipe(refusing), "RequestRefused")
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None")))

it.effect("points: only the configured ones where the setting says so, on as many pages as there are", () =>
  against({ pointsPerSite: 5_300 }, { pointSelection: "configured" }, () =>
    Effect.gen(function*() {
      const points = yield* (yield* SampleSource).points(SITE)
      assert.isAbove(points.length, 5_000)
      assert.isBelow(points.length, 5_300)
      assert.isTrue(points.every((point) => point.collected))
    })))

it.effect("pages: only samples of the configured points where the setting says so, and a count that agrees", () =>
  against({ pointsPerSite: 300 }, { pointSelection: "configured" }, (building) =>
    Effect.gen(function*() {
      const configured = new Set((yield* (yield* SampleSource).points(SITE)).map((point) => point.name))
      assert.isBelow(configured.size, building.points(SITE).length)
      const window = windowOf(30)
      const got = yield* collect(SITE, window)
      let samples = 0
      for (const point of building.points(SITE)) {
        const truth = building.truth(SITE, point, window)
        const series = got.series.get(point)
        if (configured.has(point)) {
          samples += truth.timestamps.length
          assert.deepStrictEqual(series?.values ?? emptyColumns.values, truth.values, point)
        } else assert.isUndefined(series, point)
      }
      assert.strictEqual(got.rows, samples)
    })))

it.effect("pages: none where no point is configured, and no request for them", () =>
  against({ faults: { noConfiguredPoints: true } }, { pointSelection: "configured" }, (building) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* collect(SITE, windowOf(30))).pages, 0)
      assert.strictEqual(building.requests(), 1)
    })))

it.effect("pages: the list of the configured points is asked for once in a while, and again where that failed", () =>
  against({ faults: { serverError: { count: 1 } } }, { pointSelection: "configured" }, (building) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* failure(windowOf(5)), "Transient")
      assert.strictEqual(building.requests(), 1)
      const first = yield* collect(SITE, windowOf(5))
      assert.strictEqual(building.requests(), 2 + first.pages)
      const second = yield* collect(SITE, windowOf(5))
      assert.strictEqual(building.requests(), 2 + first.pages + second.pages)
      yield* TestClock.adjust("16 minutes")
      const third = yield* collect(SITE, windowOf(5))
      assert.strictEqual(building.requests(), 3 + first.pages + second.pages + third.pages)
    })))

it.effect("fault: no configured points is an empty list, not an error", () =>
  against({ faults: { noConfiguredPoints: true } }, { pointSelection: "configured" }, () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* (yield* SampleSource).points(SITE), [])
    })))
