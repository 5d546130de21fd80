/**
 * The laws of `SampleSource`, for every adapter.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { mergeColumns } from "../../src/domain/samples/merge.ts"
import { addDropped, type Dropped } from "../../src/domain/samples/page.ts"
import { type Columns, countSamples, emptyColumns } from "../../src/domain/samples/series.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { SampleSource } from "../../src/ports/SampleSource.ts"
import { assertSameColumns } from "../samples.ts"

/** What an adapter's test prepares: a site whose truth is known, and a hand on its faults. */
export interface Harness {
  readonly layer: Layer.Layer<SampleSource, unknown>
  readonly site: string
  readonly points: ReadonlyArray<string>
  /** What time it is, ms. */
  readonly now: number
  /** Holds samples of several points on several pages, and ends before `now`. */
  readonly window: Window
  /** The good samples of a point in a window, as of the faults in force. */
  readonly truth: (point: string, window: Window) => Columns
  /** Rows with null, NaN and text from now on. */
  readonly spoilRows: () => void
  /** A cursor that leads back to where it was, from now on. */
  readonly stall: () => void
  readonly clearFaults: () => void
}

/** All pages of a window together, the later page winning. */
export const collect = Effect.fnUntraced(function*(site: string, window: Window) {
  const source = yield* SampleSource
  const series = new Map<string, Columns>()
  let rows = 0
  let dropped: Dropped = {}
  let pages = 0
  yield* source.pages(site, window).pipe(Stream.runForEach((page) =>
    Effect.sync(() => {
      pages++
      rows += page.rows
      dropped = addDropped(dropped, page.dropped)
      const lost = Object.values(page.dropped).reduce((sum, count) => sum + count, 0)
      assert.strictEqual(countSamples(page.series) + lost, page.rows, "every row is kept or counted")
      for (const one of page.series) {
        assert.isAbove(one.timestamps.length, 0, "a series without a sample")
        assert.isTrue(one.values.every(Number.isFinite), "a value is finite")
        assert.isTrue(
          one.timestamps.every((at, i) => i === 0 || (one.timestamps[i - 1] as number) < at),
          "a series ascends strictly"
        )
        series.set(one.point, mergeColumns(series.get(one.point) ?? emptyColumns, one))
      }
    })
  ))
  return { series, rows, dropped, pages }
})

/** The pages of a window together are the truth, bit for bit, and nothing else. */
export const assertTruth = (harness: Harness, window: Window, series: ReadonlyMap<string, Columns>): void => {
  let samples = 0
  for (const point of harness.points) {
    const expected = harness.truth(point, window)
    const actual = series.get(point) ?? emptyColumns
    assertSameColumns(actual, expected, point)
    samples += expected.timestamps.length
  }
  assert.strictEqual(countSamples([...series.values()]), samples, "no sample of an unknown point")
}

export const suite = (name: string, harness: Harness): void => {
  it.layer(harness.layer)(`SampleSource (${name})`, (it) => {
    const { now, site, window } = harness
    const third = Math.floor((window.end - window.start) / 3)
    const start = Effect.suspend(() => {
      harness.clearFaults()
      return TestClock.setTime(now)
    })
    const failureOf = (asked: string) =>
      start.pipe(Effect.andThen(collect(asked, window)), Effect.flip, Effect.map((error) => error.reason._tag))

    // First, because it runs at an earlier time than the others and a request budget remembers the time.
    it.effect("samples more than an hour ahead of the clock are counted as future", () =>
      Effect.gen(function*() {
        yield* start
        yield* TestClock.setTime(window.start + third - 3_600_000)
        const { dropped, series } = yield* collect(site, window)
        assertTruth(harness, { start: window.start, end: window.start + third + 1 }, series)
        assert.isAbove(dropped.future ?? 0, 0)
      }))

    it.effect("the pages of a window together hold every sample of it", () =>
      Effect.gen(function*() {
        yield* start
        const { pages, series } = yield* collect(site, window)
        assert.isAbove(pages, 1, "the window should need several pages")
        assertTruth(harness, window, series)
      }))

    it.effect("a window is half-open: neighbours share no sample and lose none", () =>
      Effect.gen(function*() {
        yield* start
        const instants = harness.points.flatMap((point) => [...harness.truth(point, window).timestamps]).sort((a, b) =>
          a - b
        )
        const cut = instants[Math.floor(instants.length / 2)] as number
        for (const part of [{ start: window.start, end: cut }, { start: cut, end: window.end }]) {
          assertTruth(harness, part, (yield* collect(site, part)).series)
        }
      }))

    it.effect("an empty window ends at once", () =>
      Effect.gen(function*() {
        yield* start
        const { rows } = yield* collect(site, { start: window.start + third, end: window.start + third })
        assert.strictEqual(rows, 0)
      }))

    it.effect("law 7: rows without a finite value are dropped and counted, the others stay", () =>
      Effect.gen(function*() {
        yield* start
        harness.spoilRows()
        const { dropped, series } = yield* collect(site, window)
        assertTruth(harness, window, series)
        for (const reason of ["null", "nan", "text"] as const) assert.isAbove(dropped[reason] ?? 0, 0, reason)
      }))

    it.effect("law 7: a cursor that stalls fails the stream, it neither ends nor loops", () =>
      Effect.gen(function*() {
        yield* start
        harness.stall()
        const error = yield* Effect.flip(collect(site, window))
        assert.strictEqual(error.reason._tag, "StalledCursor")
      }))

    it.effect("an unknown site is an error", () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* failureOf("no such site"), "UnknownSite")
        const error = yield* SampleSource.pipe(Effect.flatMap((source) => source.points("no such site")), Effect.flip)
        assert.strictEqual(error.reason._tag, "UnknownSite")
      }))

    it.effect("every point is listed once", () =>
      Effect.gen(function*() {
        yield* start
        const points = yield* (yield* SampleSource).points(site)
        assert.deepStrictEqual(points.map((point) => point.name).sort(), [...harness.points].sort())
      }))
  })
}
