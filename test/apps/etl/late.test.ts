/**
 * Rows that come late: days of syncs against a source in which every row arrives at an instant of its own. Nothing that
 * arrives within `LATE_DAYS` may be missing at the end, and what has arrived must be stored soon.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import { pointNamed } from "../../../src/adapters/memory/SampleSourceMemory.ts"
import { syncSite } from "../../../src/apps/etl/program.ts"
import type { ColdObject } from "../../../src/domain/tiers/catalog.ts"
import { lagOfShare, startLateness } from "../../../src/domain/jobs/lateness.ts"
import type { RunReport } from "../../../src/domain/jobs/run.ts"
import { makePageBuilder } from "../../../src/domain/samples/page-builder.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import type { Window } from "../../../src/domain/time/window.ts"
import { Catalog } from "../../../src/ports/Catalog.ts"
import { Intake } from "../../../src/ports/Intake.ts"
import { JobState } from "../../../src/ports/JobState.ts"
import { BadCredentials, SampleSource, SampleSourceError } from "../../../src/ports/SampleSource.ts"
import { randomOf } from "../../random.ts"

const START = 20_000 * DAY_MS
const STEP_MS = 5 * MINUTE_MS
const SITE = "plant"
const options = { overlapMs: 15 * MINUTE_MS, lateMs: 7 * DAY_MS, timeoutMs: 60_000, cutOffMs: Infinity }

interface Site {
  /** Points that report every five minutes. */
  readonly points: number
  readonly pageSize: number
  /** How long after its instant a row can be asked for, ms. */
  readonly lagOf: (at: number) => number
  /** The point that lags; the others do not. All of them where it is null. */
  readonly lagging: string | null
}

const name = (i: number) => `p${i}`

/** A thousandth of the full scale, so that its hours take as many pages; and a site that a page holds for days. */
const DENSE = { points: 12, pageSize: 50 }
const SPARSE = { points: 2, pageSize: 1_000 }

interface Asked {
  readonly at: number
  readonly window: Window
}

const makeWorld = (site: Site, fails: (asked: Asked) => boolean = () => false) => {
  const asked: Array<Asked> = []
  const found = new Map<string, number>()
  const lags = (point: string) => site.lagging === null || site.lagging === point
  const arrivalOf = (point: string, at: number) => at + (lags(point) ? site.lagOf(at) : 0)
  const rowsOf = (window: Window, now: number) => {
    const rows: Array<readonly [string, number]> = []
    const first = Math.max(START, Math.ceil(window.start / STEP_MS) * STEP_MS)
    for (let at = first; at < Math.min(window.end, now); at += STEP_MS) {
      for (let i = 0; i < site.points; i++) if (arrivalOf(name(i), at) <= now) rows.push([name(i), at])
    }
    return rows
  }
  const source = Layer.succeed(SampleSource, SampleSource.of({
    points: () => Effect.succeed([pointNamed(name(0))]),
    pages: (_, window) =>
      Stream.unwrap(Effect.map(Clock.currentTimeMillis, (now) => {
        asked.push({ at: now, window })
        if (fails({ at: now, window })) {
          const reason = new BadCredentials({ status: 401, detail: "once" })
          return Stream.fail(new SampleSourceError({ operation: "pages", site: SITE, reason }))
        }
        const rows = rowsOf(window, now)
        const pages = Math.max(1, Math.ceil(rows.length / site.pageSize))
        return Stream.fromIterable(Array.from({ length: pages }, (__, i) => {
          const some = rows.slice(i * site.pageSize, (i + 1) * site.pageSize)
          const builder = makePageBuilder(window, now, some.length)
          for (const [point, at] of some) builder.add(point, at, at)
          return builder.finish()
        }))
      }))
  }))
  const intake = Layer.effect(Intake, Effect.map(Intake, (inner) =>
    Intake.of({
      ...inner,
      append: (fence, step, series) =>
        Effect.tap(inner.append(fence, step, series), () =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            for (const { point, timestamps } of series) {
              for (const at of timestamps) if (!found.has(`${point} ${at}`)) found.set(`${point} ${at}`, now)
            }
          }))
    })))
  const layer = Layer.mergeAll(source, intake.pipe(Layer.provideMerge(HotStoreMemory.layer)), JobStateMemory.layer)
  /** Rows from `from` to `to`: how many were never stored, and how long the others waited after they had arrived. */
  const waits = (from: number, to: number) => {
    let missing = 0
    const waited: Array<number> = []
    for (let at = from; at < to; at += STEP_MS) {
      for (let i = 0; i < site.points; i++) {
        if (!lags(name(i))) continue
        const stored = found.get(`${name(i)} ${at}`)
        if (stored === undefined) missing++
        else waited.push(stored - arrivalOf(name(i), at))
      }
    }
    return { missing, longest: Math.max(...waited) }
  }
  return { layer, waits, asked }
}

/** A sync every five minutes; the clock ends at `START + days`. */
const runDays = Effect.fnUntraced(function*(days: number) {
  const reports: Array<RunReport> = []
  for (let now = START + STEP_MS; now <= START + days * DAY_MS; now += STEP_MS) {
    yield* TestClock.setTime(now)
    reports.push(yield* syncSite(SITE, options))
  }
  return reports
})

const sum = (reports: ReadonlyArray<RunReport>, count: string) =>
  reports.reduce((total, { counts }) => total + (counts[count] ?? 0), 0)

const uniform = (hours: number) => {
  const random = randomOf(hours)
  const lags = new Map<number, number>()
  return (at: number) => {
    const lag = lags.get(at) ?? random.integer(0, hours * HOUR_MS)
    lags.set(at, lag)
    return lag
  }
}

/** Sends what it has at the hours of the day that `every` divides. */
const uploadEvery = (hours: number) => (at: number) =>
  Math.ceil((at + 1) / (hours * HOUR_MS)) * hours * HOUR_MS - at

/** How long what had arrived waited at most, hours, once the lag has been seen. A dense site has little credit. */
const WAITS = { dense: 24, sparse: 2 }

describe("law 1: rows that come late are stored", () => {
  const shapes = { dense: DENSE, sparse: SPARSE }
  const lags = { "any lag up to": uniform, "an upload every": uploadEvery }
  const cases = [["dense", "any lag up to", 12], ["dense", "an upload every", 5], ["sparse", "any lag up to", 3],
    ["sparse", "any lag up to", 5], ["sparse", "any lag up to", 12], ["sparse", "an upload every", 12]] as const
  for (const [size, kind, hours] of cases) {
    it.effect(`${size} site, ${kind} ${hours} h`, () => {
      const { layer, waits } = makeWorld({ ...shapes[size], lagging: name(0), lagOf: lags[kind](hours) })
      return Effect.gen(function*() {
        const reports = yield* runDays(4)
        assert.strictEqual(waits(START, START + 58 * HOUR_MS).missing, 0)
        const { longest } = waits(START + DAY_MS, START + 58 * HOUR_MS)
        assert.isAtMost(longest, WAITS[size] * HOUR_MS)
        assert.isAbove(sum(reports, "lateRows"), 0)
        assert.isTrue(reports.some(({ reason, status }) => status === "completed" && reason.endsWith(" late, of p0")))
      }).pipe(Effect.provide(layer))
    }, 60_000)
  }

  it.effect("a logger that sends what it kept in 30 hours", () => {
    const [from, to] = [START + 10 * HOUR_MS, START + 40 * HOUR_MS]
    const lagOf = (at: number) => at >= from && at < to ? to - at : 0
    const { layer, waits } = makeWorld({ ...DENSE, lagging: name(0), lagOf })
    return Effect.gen(function*() {
      yield* runDays(3)
      const { longest, missing } = waits(START, START + 3 * DAY_MS - 2 * HOUR_MS)
      assert.strictEqual(missing, 0)
      assert.isAtMost(longest, 8 * HOUR_MS)
    }).pipe(Effect.provide(layer))
  }, 60_000)

  it.effect("a row that is 6.9 days late", () => {
    const lagOf = (at: number) => at === START + 7 * HOUR_MS ? 6.9 * DAY_MS : 0
    const { layer, waits } = makeWorld({ ...SPARSE, lagging: name(0), lagOf })
    return Effect.gen(function*() {
      const reports = yield* runDays(9)
      assert.strictEqual(waits(START, START + DAY_MS).missing, 0)
      assert.isTrue(reports.some(({ reason }) => reason.includes("1 of them only after 7 days (LATE_DAYS)")))
    }).pipe(Effect.provide(layer))
  }, 60_000)
})

it.effect("law 8: a window whose re-reading fails is read again by the next run", () => {
  const late = START + 90 * MINUTE_MS
  const lagOf = (at: number) => at === late ? HOUR_MS : 0
  let failed = 0
  const { layer, waits } = makeWorld({ ...SPARSE, lagging: name(0), lagOf }, ({ at, window }) =>
    window.start <= late && late < window.end && window.end <= at - HOUR_MS && failed++ === 0)
  return Effect.gen(function*() {
    const reports = yield* runDays(0.25)
    assert.isAbove(failed, 1)
    assert.isTrue(reports.some(({ status }) => status === "failed"))
    assert.strictEqual(waits(late, late + 1).missing, 0)
  }).pipe(Effect.provide(layer))
})

it.effect("law 7: what the last pass leaves out after a long stop is stated, once", () => {
  const { layer } = makeWorld({ ...SPARSE, lagging: name(0), lagOf: () => 0 })
  return Effect.gen(function*() {
    yield* runDays(1)
    const reports: Array<RunReport> = []
    for (let run = 0; run < 40; run++) {
      yield* TestClock.setTime(START + 20 * DAY_MS + run * STEP_MS)
      reports.push(yield* syncSite(SITE, options))
    }
    const told = reports.filter(({ reason }) => reason.includes("were not looked for"))
    assert.strictEqual(told.length, 1)
    assert.strictEqual(told[0]?.status, "warning")
    assert.include(told[0]?.reason, "late rows from 2024-10-04T00:00:00.000Z to 2024-10-15T00:00:00.000Z")
  }).pipe(Effect.provide(layer))
})

it.effect("the lag of samples is seen, and kept between runs; a stop of the sync makes no sample late", () => {
  const { layer } = makeWorld({ ...SPARSE, lagging: name(0), lagOf: () => 3 * HOUR_MS })
  return Effect.gen(function*() {
    const jobs = yield* JobState
    const seen = Effect.map(jobs.rereading(SITE), (state) => Option.getOrThrow(state).lateness ?? startLateness)
    yield* runDays(1.5)
    const before = yield* seen
    assert.isAtMost(lagOfShare(before, 0.4), 10 * MINUTE_MS)
    assert.isAtLeast(lagOfShare(before, 0.75), 3 * HOUR_MS)
    assert.deepStrictEqual(before.points.map(({ point }) => point), [name(0)])
    assert.isAtLeast(before.points[0]?.lag ?? 0, 3 * HOUR_MS)
    yield* TestClock.setTime(START + 3 * DAY_MS)
    yield* syncSite(SITE, options)
    assert.isAtMost((yield* seen).longest, 27 * HOUR_MS)
  }).pipe(Effect.provide(layer))
})

it.effect("law 2: a day in the catalog is not read again: hot samples alone cannot say what of it is new", () => {
  const { asked, layer } = makeWorld({ ...SPARSE, lagging: name(0), lagOf: () => 0 })
  return Effect.gen(function*() {
    const catalog = yield* Catalog
    const published = Catalog.of({
      ...catalog,
      list: () => Effect.succeed([{ day: START / DAY_MS } as ColdObject])
    })
    yield* Effect.provideService(runDays(1.5), Catalog, published)
    const again = asked.filter(({ at, window }) => window.end <= at - HOUR_MS)
    assert.isAbove(again.length, 5)
    assert.isTrue(again.every(({ window }) => window.start >= START + DAY_MS))
  }).pipe(Effect.provide(layer))
})
