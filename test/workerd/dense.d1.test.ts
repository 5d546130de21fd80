/**
 * Dense points on D1: what fits the keys of a day is stored, compacted and archived to the bit, and the next day is
 * left alone; what does not is refused by name, and stays as it was appended.
 */
import { assert, it } from "@effect/vitest"
import { env } from "cloudflare:workers"
import { Effect, Stream } from "effect"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import { STRIP } from "../../src/adapters/hot/keys.ts"
import { dayStart, HOUR_MS } from "../../src/domain/time/calendar.ts"
import { windowOfDay } from "../../src/domain/time/window.ts"
import { hotStore } from "../hot-store.ts"
import { assertSameSeries, regular } from "../samples.ts"

const day = 20_780

/** Points of one strip, so many times a second, for some hours; every hour is a step. */
const appendDense = Effect.fnUntraced(function*(site: string, points: number, hertz: number, hours: number) {
  const { intake } = yield* hotStore
  const run = yield* intake.takeFence(site)
  for (let hour = 0; hour < hours; hour++) {
    yield* intake.append(run, hour + 1, Array.from({ length: points }, (_, i) =>
      regular(`p${i}`, {
        start: dayStart(day) + hour * HOUR_MS,
        count: 3_600 * hertz,
        step: 1_000 / hertz,
        value: (n) => (n % 40) / 10 + i
      })))
  }
  return run
})

it.layer(HotStoreD1.layer(env.DB))("dense points on D1", (it) => {
  it.effect("law 1: a strip at 2 Hz overflows into no other day", () =>
    Effect.gen(function*() {
      const { days, intake, reads } = yield* hotStore
      const run = yield* appendDense("dense", STRIP, 2, 24)
      const next = regular("p0", { start: dayStart(day + 1), count: 1_440 })
      yield* intake.append(run, 25, [next])
      yield* days.compact("dense", day + 1)
      yield* days.compact("dense", day)
      let samples = 0
      yield* Stream.runForEach((yield* days.scan("dense", day)).series, ({ timestamps, values }) =>
        Effect.sync(() => {
          samples += timestamps.length
          assert.strictEqual(values.length, 172_800)
        }))
      assert.strictEqual(samples, STRIP * 172_800)
      const { hot } = yield* reads.snapshot("dense", ["p0"], windowOfDay(day + 1))
      assertSameSeries(hot, [next])
      const { series } = yield* days.scan("dense", day + 1)
      assertSameSeries(yield* Stream.runCollect(series), [next])
    }))

  it.effect("law 7: more than a strip may have on a day is refused with the names of its points, and stays", () =>
    Effect.gen(function*() {
      const { days, reads } = yield* hotStore
      yield* appendDense("denser", 3, 100, 4)
      const error = yield* Effect.flip(days.compact("denser", day))
      assert.deepInclude(error, { _tag: "DayTooDense", site: "denser", day, points: ["p0", "p1", "p2"] })
      const window = { start: dayStart(day), end: dayStart(day) + 1_000 }
      const { hot } = yield* reads.snapshot("denser", ["p1"], window)
      assert.strictEqual(hot[0]?.timestamps.length, 100)
    }))

  it.effect("law 1: a block that is too large for a group is compacted strip by strip, while syncs append", () =>
    Effect.gen(function*() {
      const { days, intake, reads } = yield* hotStore
      const points = Array.from({ length: 64 }, (_, i) => `p${String(i).padStart(2, "0")}`)
      const run = yield* intake.takeFence("block")
      const page = (hour: number) => points.map((point, i) =>
        regular(point, {
          start: dayStart(day) + hour * HOUR_MS,
          count: 3_600,
          step: 1_000,
          value: (n) => Math.sin(n + i)
        }))
      yield* intake.append(run, 1, page(0))
      yield* days.compact("block", day)
      yield* intake.append(run, 2, page(1))
      yield* days.compact("block", day)
      const window = windowOfDay(day)
      for (const point of [points[0] ?? "", points[17] ?? "", points[63] ?? ""]) {
        const { hot } = yield* reads.snapshot("block", [point], window)
        const expected = [...page(0), ...page(1)].filter((one) => one.point === point)
        assert.strictEqual(hot[0]?.timestamps.length, 7_200)
        assert.deepStrictEqual([...hot[0]?.values ?? []], expected.flatMap(({ values }) => [...values]))
      }
      const [hotDay] = yield* days.list("block")
      assert.deepInclude(hotDay, { samples: 64 * 7_200 })
    }))
})
