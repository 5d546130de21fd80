/**
 * When syncs call a site silent: days of syncs every five minutes of sites whose points report at intervals of their
 * own, alone or mixed, or in lumps; then the source falls silent. A naive model that knows the intervals says when each
 * sync may, and when it must, say so.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import { pointNamed } from "../../../src/adapters/memory/SampleSourceMemory.ts"
import { syncSite } from "../../../src/apps/etl/program.ts"
import { makePageBuilder } from "../../../src/domain/samples/page-builder.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import type { Window } from "../../../src/domain/time/window.ts"
import { SampleSource, type SourcePoint } from "../../../src/ports/SampleSource.ts"
import { randomOf, seeds } from "../../random.ts"

const START = 20_000 * DAY_MS
const STEP_MS = 5 * MINUTE_MS
const options = { overlapMs: 15 * MINUTE_MS, lateMs: 7 * DAY_MS, timeoutMs: 60_000, cutOffMs: Infinity }

interface Point {
  readonly interval: number
  readonly phase: number
}

interface Site {
  readonly points: ReadonlyArray<Point>
  /** Seconds between samples, as the source declares them; null: it does not. */
  readonly declared: number | null
  /** Samples arrive together, at the multiples of this, ms. */
  readonly uploadEvery: number
  /** Samples from here on never come. */
  readonly stops: number
}

const quiet: Site = { points: [], declared: null, uploadEvery: 1, stops: Infinity }

const sourceOf = ({ declared, points, stops, uploadEvery }: Site) => {
  const described = points.map((_, i): SourcePoint => ({ ...pointNamed(`p${i}`), intervalSeconds: declared }))
  const pageOf = (window: Window, now: number) => {
    const arrived = Math.floor(now / uploadEvery) * uploadEvery
    const builder = makePageBuilder(window, now, 100)
    for (const [i, { interval, phase }] of points.entries()) {
      const first = START + phase + Math.max(0, Math.ceil((window.start - START - phase) / interval)) * interval
      for (let at = first; at < Math.min(window.end, stops, arrived); at += interval) builder.add(`p${i}`, at, at)
    }
    return builder.finish()
  }
  return Layer.succeed(SampleSource, SampleSource.of({
    points: () => Effect.succeed(described),
    pages: (_, window) => Stream.fromEffect(Effect.map(Clock.currentTimeMillis, (now) => pageOf(window, now)))
  }))
}

interface Verdict {
  readonly now: number
  readonly status: string
  readonly reason: string
  readonly isSilent: boolean
}

const syncs = (site: Site, hours: number, overlapMs = options.overlapMs) =>
  Effect.gen(function*() {
    const verdicts: Array<Verdict> = []
    for (let now = START + STEP_MS; now <= START + hours * HOUR_MS; now += STEP_MS) {
      yield* TestClock.setTime(now)
      const { reason, status } = yield* syncSite("plant", { ...options, overlapMs })
      verdicts.push({ now, status, reason, isSilent: reason.includes("silent since") })
    }
    return verdicts
  }).pipe(Effect.provide(Layer.mergeAll(sourceOf(site), HotStoreMemory.layer, JobStateMemory.layer)))

const every = (interval: number, phase = 0): Point => ({ interval, phase })
const many = (count: number, point: (i: number) => Point) => Array.from({ length: count }, (_, i) => point(i))
const hourly = many(6, () => every(HOUR_MS))

/** Hours after the last sample at which a sync first says that the site is silent. */
const silentAfter = (verdicts: ReadonlyArray<Verdict>, stops: number) => {
  const first = verdicts.find(({ isSilent }) => isSilent)
  return first === undefined ? Infinity : (first.now - stops) / HOUR_MS
}

describe("a site that reports is never silent, and its runs are completed", () => {
  const sites: Record<string, Partial<Site>> = {
    "every minute": { points: many(3, () => every(MINUTE_MS)) },
    "every hour": { points: hourly },
    "every hour, each point at a minute of its own": { points: many(3, (i) => every(HOUR_MS, i * 19 * MINUTE_MS)) },
    "every six hours, as the source declares before that was seen": { points: [every(6 * HOUR_MS)], declared: 21_600 },
  }
  for (const [name, site] of Object.entries(sites)) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const verdicts = yield* syncs({ ...quiet, ...site }, 30)
        assert.deepStrictEqual(verdicts.filter(({ status }) => status !== "completed"), [])
      }))
  }

  it.effect("every hour without an overlap: a run that has no rows says that none was due", () =>
    Effect.gen(function*() {
      const verdicts = yield* syncs({ ...quiet, points: hourly, stops: START + 7.5 * HOUR_MS }, 14, 0)
      const early = verdicts.filter(({ now }) => now <= START + 10 * HOUR_MS)
      assert.deepStrictEqual(early.filter(({ status }) => status !== "completed"), [])
      assert.isTrue(early.some(({ reason }) => reason.includes("none was due yet")))
      assert.isTrue(verdicts.some(({ isSilent, status }) => isSilent && status === "warning"))
    }))

  it.effect("a gateway that sends what it has every five hours, once that was seen", () =>
    Effect.gen(function*() {
      const site = { ...quiet, points: many(4, () => every(5 * MINUTE_MS)), uploadEvery: 5 * HOUR_MS }
      const verdicts = yield* syncs(site, 30)
      const later = verdicts.filter(({ now }) => now > START + 15 * HOUR_MS)
      assert.isTrue(later.every(({ status }) => status === "completed"))
    }))
})

describe("a site that stops is silent soon", () => {
  const stops = START + 10 * HOUR_MS + 1
  const cases: ReadonlyArray<readonly [string, Partial<Site>, least: number, most: number]> = [
    ["every minute: after half an hour", { points: many(3, () => every(MINUTE_MS)) }, 0.5, 0.6],
    ["every quarter of an hour", { points: many(3, () => every(15 * MINUTE_MS)) }, 0.75, 0.9],
    ["every hour: after three", { points: hourly }, 3, 3.1],
    ["some every five minutes, most every hour: as the former report",
      { points: [...many(20, () => every(5 * MINUTE_MS)), ...many(40, () => every(HOUR_MS))] }, 0.5, 0.6],
    ["one every five minutes, most every hour: as the latter report",
      { points: [every(5 * MINUTE_MS), ...hourly] }, 3, 3.1]
  ]
  for (const [name, site, least, most] of cases) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const hours = silentAfter(yield* syncs({ ...quiet, ...site, stops }, 14), stops)
        assert.isAtLeast(hours, least)
        assert.isAtMost(hours, most)
      }))
  }
})

describe("points of any intervals", () => {
  for (const seed of seeds(6, 1)) {
    it.effect(`SEED=${seed}: never silent while one is due in its own time, silent once all are overdue`, () =>
      Effect.gen(function*() {
        const random = randomOf(seed)
        const points = many(random.integer(1, 12), () => {
          const interval = random.pick([1, 5, 10, 15, 30, 60, 90, 120]) * MINUTE_MS
          return every(interval, random.below(interval / MINUTE_MS) * MINUTE_MS)
        })
        const stops = START + 24 * HOUR_MS
        const lastOf = ({ interval, phase }: Point) =>
          START + phase + Math.floor((stops - 1 - START - phase) / interval) * interval
        const newest = Math.max(...points.map(lastOf))
        const recent = points.filter((point) => lastOf(point) > newest - 15 * MINUTE_MS)
        // Of the points that reported last, the one that is overdue first, and the one that is overdue last.
        const overdue = recent.map((point) => lastOf(point) + Math.max(3 * point.interval, 30 * MINUTE_MS))
        const verdicts = yield* syncs({ ...quiet, points, stops }, 32)
        for (const { isSilent, now } of verdicts) {
          const note = `${(now - START) / HOUR_MS} h`
          if (now <= Math.min(...overdue)) assert.isFalse(isSilent, note)
          if (now > Math.max(...overdue) + 10 * MINUTE_MS) assert.isTrue(isSilent, note)
        }
      }))
  }
})
