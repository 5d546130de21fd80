/**
 * A site with samples in every tier and state: closed months current and stale, single days, hot days, and late data
 * over all of them; and the same samples as a plain list.
 */
import { Effect, Stream } from "effect"
import { deriveSite } from "../../../src/apps/archival/derive.ts"
import { publishDay } from "../../../src/apps/publish.ts"
import { formatDay } from "../../../src/domain/time/calendar.ts"
import { comparePoints } from "../../../src/domain/samples/names.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { hotStore } from "../../hot-store.ts"
import type { Random } from "../../random.ts"
import type { World } from "../http/world.ts"
import { type Sample, series } from "../../samples.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** DST begins on 8 March in New York, on 29 March in Zurich; it ends on 5 April in Sydney and in Santiago. */
export const FIRST = Date.UTC(2026, 1, 20)
export const NOW = Date.UTC(2026, 4, 24, 13, 7)
/** Days from here on are hot. */
const HOT_FROM = Date.UTC(2026, 4, 14)
const HOT_DAYS = 20
/** Months before this are closed. */
const CLOSED = Date.UTC(2026, 4, 1)

export const POINTS = ["dense", "jittered", "counter", "with gaps", "rare, odd", "one", "empty", "late only"] as const
type Point = typeof POINTS[number]

/** Multiples of 1/64, so that sums are exact whatever their order. */
const valueOf = (random: Random): number => (random.below(200_000) - 60_000) / 64

const timesOf = (point: Point, random: Random): ReadonlyArray<number> => {
  const every = (step: number, jitter: number) =>
    Array.from(
      { length: Math.floor((NOW - FIRST) / step) },
      (_, i) => FIRST + i * step + (jitter === 0 ? 0 : random.below(jitter))
    )
  switch (point) {
    case "dense":
      return every(10 * MINUTE, 0)
    case "jittered":
      return every(17 * MINUTE, 16 * MINUTE)
    case "counter":
      return every(15 * MINUTE, 2_000)
    case "with gaps":
      return every(12 * MINUTE, 0).filter((at) => Math.floor(at / DAY) % 9 > 3 && Math.floor(at / HOUR) % 7 !== 0)
    case "rare, odd":
      return every(29 * HOUR, 5 * HOUR)
    case "one":
      return [Date.UTC(2026, 2, 29, 1)]
    case "empty":
    case "late only":
      return []
  }
}

const samplesOf = (point: Point, random: Random): Array<Sample> => {
  let total = 0
  return timesOf(point, random).map((at) => {
    if (point !== "counter") return [at, random.happens(0.02) ? -0 : valueOf(random)]
    total = random.happens(0.003) ? 0 : total + random.below(640) / 64
    return [at, total]
  })
}

export interface Truth {
  readonly all: ReadonlyMap<string, ReadonlyArray<Sample>>
  /** Instants that are hot. */
  readonly hot: ReadonlyMap<string, ReadonlySet<number>>
  /** Days that are newer than the month that was made of them. */
  readonly stale: ReadonlySet<string>
}

export const fillSite = async (world: World, site: string, random: Random): Promise<Truth> => {
  const cold = new Map<string, Map<number, number>>(POINTS.map((point) => [point, new Map()]))
  const hot = new Map<string, Map<number, number>>(POINTS.map((point) => [point, new Map()]))
  const keep = (tier: typeof cold, point: string, samples: ReadonlyArray<Sample>) => {
    for (const [at, value] of samples) tier.get(point)?.set(at, value)
  }

  const publish = Effect.fnUntraced(function*(day: number, series: ReadonlyArray<Series>) {
    const filled = series.filter(({ timestamps }) => timestamps.length > 0).sort((a, b) =>
      comparePoints(a.point, b.point)
    )
    yield* publishDay({
      site,
      day,
      source: "backfill",
      writtenBy: "test",
      series: Stream.fromIterable(filled),
      evict: null
    })
  })

  /** A few new samples, and other values for a few that are there. */
  const late = (point: string, start: number): ReadonlyArray<Sample> => {
    const at = new Set(
      [...cold.get(point)?.keys() ?? []].filter((at) => at >= start && at < start + DAY && random.happens(0.1))
    )
    for (let i = 0; i < 5; i++) at.add(start + random.below(DAY))
    return [...at].sort((a, b) => a - b).map((at) => [at, valueOf(random)])
  }

  const lateDays = Array.from({ length: 24 }, () => FIRST + random.below(80) * DAY)
  const archivedLate = lateDays.slice(0, 8)
  await world.run(Effect.gen(function*() {
    const store = yield* hotStore
    yield* store.intake.registerPoints(site, POINTS.map((name) =>
      ({ name, unit: null, device: null, description: null, intervalSeconds: null, tags: [], collected: true })))
    const samples = new Map(POINTS.map((point) => [point, samplesOf(point, random)]))
    for (let start = FIRST; start < HOT_FROM; start += DAY) {
      const ofDay = [...samples].map(([point, all]) =>
        [point, all.filter(([at]) => at >= start && at < start + DAY)] as const
      )
      for (const [point, some] of ofDay) keep(cold, point, some)
      yield* publish(start / DAY, ofDay.map(([point, some]) => series(point, some)))
    }
    yield* deriveSite(site, { hotDays: HOT_DAYS, timeoutMs: 1e9 })
    // Late data that was archived at once: months are stale on these days.
    for (const start of archivedLate) {
      const point = random.pick(POINTS)
      const some = late(point, start)
      keep(cold, point, some)
      yield* publish(start / DAY, [series(point, some)])
    }
    const run = yield* store.intake.takeFence(site)
    let step = 0
    const append = Effect.fnUntraced(function*(point: string, some: ReadonlyArray<Sample>) {
      keep(hot, point, some)
      yield* store.intake.append(run, ++step, [series(point, some)])
    })
    for (const [point, all] of samples) yield* append(point, all.filter(([at]) => at >= HOT_FROM))
    for (const { day } of yield* store.days.list(site)) if (random.happens(0.5)) yield* store.days.compact(site, day)
    for (const start of lateDays.slice(8)) {
      const point = random.pick(POINTS)
      yield* append(point, late(point, start))
    }
    yield* append("late only", late("late only", Date.UTC(2026, 2, 8)))
  }))
  const merged = (point: string): ReadonlyArray<Sample> =>
    [...new Map([...cold.get(point) ?? [], ...hot.get(point) ?? []])].sort(([a], [b]) => a - b)
  return {
    all: new Map(POINTS.map((point) => [point, merged(point)])),
    hot: new Map(POINTS.map((point) => [point, new Set(hot.get(point)?.keys() ?? [])])),
    stale: new Set(archivedLate.filter((start) => start < CLOSED).map((start) => formatDay(start / DAY)))
  }
}
