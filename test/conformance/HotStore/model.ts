/**
 * Random sequences of operations on a hot store, compared after each with the plainest model there is: three maps from
 * point and instant to value, what was appended, what was compacted and what was published. A failure names the seed.
 */
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { DAY_MS, dayOf, dayStart, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { comparePoints } from "../../../src/domain/samples/names.ts"
import { pointExtents } from "../../../src/domain/samples/extent.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { type Window, windowOfDay } from "../../../src/domain/time/window.ts"
import type { EvictionGuard } from "../../../src/ports/HotDays.ts"
import { hotStore } from "../../hot-store.ts"
import { randomOf, seeds } from "../../random.ts"
import { assertSameSeries, everything, type Sample, samplesOf, series, seriesAt } from "../../samples.ts"
import { entryOfDay } from "./samples.ts"

const SEQUENCES = 6
const OPERATIONS = 40
const POINTS = ["a", "b", "c", "ü", "😀"]
const VALUES = [-0, 0, 1.5, 5e-324, -1e300]

type Samples = ReadonlyArray<Sample>

class Tier {
  readonly #points = new Map(POINTS.map((point) => [point, new Map<number, number>()]))

  put(point: string, samples: Samples): void {
    for (const [ms, value] of samples) this.#points.get(point)?.set(ms, value)
  }

  inside(point: string, { end, start }: Window): Samples {
    return [...this.#points.get(point) ?? []].filter(([ms]) => ms >= start && ms < end).sort(([a], [b]) => a - b)
  }

  /** Removes a day and answers what was there. */
  take(day: number): ReadonlyArray<readonly [point: string, samples: Samples]> {
    return POINTS.map((point) => {
      const samples = this.inside(point, windowOfDay(day))
      for (const [ms] of samples) this.#points.get(point)?.delete(ms)
      return [point, samples] as const
    })
  }
}

/** The samples of some tiers, the lowest rank first. */
const mergedIn = (point: string, window: Window, ...tiers: ReadonlyArray<Tier>): Samples =>
  [...new Map(tiers.flatMap((tier) => tier.inside(point, window)))].sort(([a], [b]) => a - b)

/** The points that have samples. */
const seriesOf = (points: ReadonlyArray<string>, of: (point: string) => Samples): ReadonlyArray<Series> =>
  points.map((point) => series(point, of(point))).filter(({ timestamps }) => timestamps.length > 0)

interface Scanned {
  readonly guard: EvictionGuard
  readonly epoch: number
  readonly found: ReadonlyArray<Series>
}

const playSequence = Effect.fnUntraced(function*(site: string, day: number, seed: number) {
  const random = randomOf(seed)
  const { below: pick, happens } = random
  const hot = yield* hotStore
  const tail = new Tier()
  const chunks = new Tier()
  const cold = new Tier()
  const known = new Set<string>()
  /** How often the compacted part of a day changed. */
  const epochs = new Map<number, number>()
  const generations = new Map<number, number>()
  let run = yield* hot.intake.takeFence(site)
  let step = 0
  let published = 0
  let scanned: Scanned | null = null

  const epochOf = (one: number) => epochs.get(one) ?? 0
  const someDay = () => day + pick(3)

  // Few instants, around midnights and hours, so that appends meet.
  const someSeries = (): Series => {
    const instant = () => dayStart(someDay()) + pick(9) * HOUR_MS - pick(2)
    const instants = Float64Array.from(new Set(Array.from({ length: 1 + pick(6) }, instant))).sort()
    return seriesAt(random.pick(POINTS), instants, () => random.pick(VALUES))
  }

  const append = Effect.gen(function*() {
    const series = Array.from({ length: pick(4) }, someSeries)
    yield* hot.intake.append(run, ++step, series)
    for (const one of series) {
      known.add(one.point)
      tail.put(one.point, samplesOf(one))
    }
  })

  const takeOver = Effect.gen(function*() {
    const old = run
    run = yield* hot.intake.takeFence(site)
    step = 0
    assert.strictEqual((yield* Effect.flip(hot.intake.append(old, 1 + pick(3), [someSeries()])))._tag, "StaleFence")
  })

  const repeat = Effect.suspend(() => step === 0 ? Effect.void : hot.intake.append(run, 1 + pick(step), [someSeries()]))

  const compact = Effect.gen(function*() {
    const one = someDay()
    const { samples } = yield* hot.days.compact(site, one)
    const moved = tail.take(one)
    for (const [point, found] of moved) chunks.put(point, found)
    const any = moved.some(([, found]) => found.length > 0)
    assert.strictEqual(samples > 0, any)
    if (any) epochs.set(one, epochOf(one) + 1)
  })

  const scan = Effect.gen(function*() {
    const one = someDay()
    const scan = yield* hot.days.scan(site, one)
    const found = yield* Stream.runCollect(scan.series)
    scanned = { guard: scan.guard, epoch: epochOf(one), found }
    assertSameSeries(found, seriesOf(POINTS, (point) => chunks.inside(point, windowOfDay(one))))
  })

  /** Publishes a day's object made anew of what is cold and `above` it. */
  const publish = Effect.fnUntraced(function*(
    onDay: number,
    above: ReadonlyArray<Series>,
    guard: EvictionGuard | null
  ) {
    const content = new Tier()
    for (const point of POINTS) content.put(point, cold.inside(point, windowOfDay(onDay)))
    for (const one of above) content.put(one.point, samplesOf(one))
    const all = POINTS.map((point) => series(point, content.inside(point, windowOfDay(onDay))))
    const entry = entryOfDay(site, onDay, ++published)
    const outcome = yield* Effect.result(hot.catalog.publish(entry, all.flatMap(pointExtents), guard))
    if (outcome._tag === "Success") {
      for (const one of all) {
        cold.put(one.point, samplesOf(one))
        if (one.timestamps.length > 0) known.add(one.point)
      }
    }
    return outcome
  })

  const backfill = Effect.suspend(() => {
    const one = day - pick(3)
    const within = someSeries()
    const inside = windowOfDay(one)
    const above = samplesOf(within).map(([ms, value]): Sample => [inside.start + ms % DAY_MS, value])
    return publish(one, [series(within.point, above)], null)
  })

  const evict = Effect.gen(function*() {
    if (scanned === null) return
    const { epoch, found, guard } = scanned
    scanned = null
    // A day that had nothing hot may have got a tail since: either answer is right then, and nothing is lost by it.
    const outcome = yield* publish(guard.day, found, guard)
    if (outcome._tag === "Failure") assert.strictEqual(outcome.failure._tag, "StalePartition")
    if (epochOf(guard.day) !== epoch) assert.strictEqual(outcome._tag, "Failure")
    if (outcome._tag === "Failure") return
    if (chunks.take(guard.day).some(([, found]) => found.length > 0)) epochs.set(guard.day, epoch + 1)
  })

  const operations = [append, append, append, takeOver, repeat, compact, compact, scan, evict, backfill]
  for (let i = 0; i < OPERATIONS; i++) {
    yield* operations[pick(operations.length)] as typeof append
    const where = `SEED=${seed}, operation ${i}`
    const window = {
      start: dayStart(day - 1) + pick(40) * HOUR_MS,
      end: dayStart(day) + pick(3) * DAY_MS + pick(3) - 1
    }
    const asked = POINTS.filter(() => happens(0.7))
    const snapshot = yield* hot.reads.snapshot(site, asked, window)
    assert.deepStrictEqual(snapshot.known, asked.filter((point) => known.has(point)), where)
    const expected = seriesOf(snapshot.known, (point) => mergedIn(point, window, chunks, tail))
    assertSameSeries(snapshot.hot, expected, where)
    const recent = yield* hot.intake.recent(site, window)
    const inOrder = recent.toSorted((one, other) => comparePoints(one.point, other.point))
    assertSameSeries(inOrder, seriesOf(POINTS, (point) => mergedIn(point, window, chunks, tail)), `recent, ${where}`)
    if (i % 3 === 0) {
      const { extents } = yield* hot.reads.extents(site, POINTS)
      const all = POINTS.map((point) => series(point, mergedIn(point, everything, cold, chunks, tail)))
      assert.deepStrictEqual(extents, all.flatMap(pointExtents), where)
    }
    for (const one of yield* hot.days.list(site)) {
      assert.isAtLeast(one.generation, generations.get(one.day) ?? 0, where)
      generations.set(one.day, one.generation)
      const isPending = POINTS.some((point) => tail.inside(point, windowOfDay(one.day)).length > 0)
      assert.strictEqual(one.pendingBytes > 0, isPending)
      assert.strictEqual(one.pendingSince === null, one.pendingBytes === 0, where)
      assert.isTrue(one.pendingSince === null || dayOf(one.pendingSince) === one.day, where)
      const union = POINTS.reduce((sum, point) => sum + mergedIn(point, windowOfDay(one.day), chunks, tail).length, 0)
      if (one.pendingBytes === 0) assert.strictEqual(one.samples, union, where)
      else assert.isAtLeast(one.samples ?? 0, union, where)
    }
  }
})

export const checkAgainstModel = Effect.fnUntraced(function*(freshSite: () => string, day: number) {
  for (const seed of seeds(SEQUENCES, 1)) yield* playSequence(freshSite(), day, seed)
})
