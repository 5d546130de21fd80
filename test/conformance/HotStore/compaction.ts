/** Compaction: it moves what is stored, and changes no answer. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { hotStore } from "../../hot-store.ts"
import { assertSameSeries, series } from "../../samples.ts"
import { a, at, b, day, freshSite, type Laws, readAll, store } from "./samples.ts"

export const compaction: Laws = (it) => {
  it.effect("compaction counts what it moved, and has nothing to do twice", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a, b])
      const { cost, samples } = yield* hot.days.compact(site, day)
      assert.strictEqual(samples, 6)
      assert.isAbove(cost, 0)
      assert.deepStrictEqual(yield* hot.days.compact(site, day), { samples: 0, cost: 0, retries: 0 })
      yield* hot.intake.append(run, 2, [series("b", [[at(7), 7]])])
      assert.strictEqual((yield* hot.days.compact(site, day)).samples, 1)
    }))

  it.effect("law 2: a look back gives the later append, where the earlier one is compacted and where it is not", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a])
      const recent = hot.intake.recent(site, { start: at(1), end: at(2) })
      yield* hot.intake.append(run, 2, [series("a", [[at(1), 20]])])
      assertSameSeries(yield* recent, [series("a", [[at(1), 20]])])
      yield* hot.days.compact(site, day)
      yield* hot.intake.append(run, 3, [series("a", [[at(1), -0]])])
      assertSameSeries(yield* recent, [series("a", [[at(1), -0]])])
      yield* hot.days.compact(site, day)
      assertSameSeries(yield* recent, [series("a", [[at(1), -0]])])
    }))

  it.effect("law 1: compactions and appends at the same time lose nothing", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* hot.intake.takeFence(site)
      const steps = Array.from({ length: 20 }, (_, i) => i + 1)
      yield* Effect.all([
        Effect.forEach(steps, (step) => hot.intake.append(run, step, [series("a", [[at(0), step], [at(step), step]])])),
        ...[1, 2].map(() => Effect.forEach(steps, () => hot.days.compact(site, day)))
      ], { concurrency: "unbounded" })
      const expected = [series("a", [[at(0), 20], ...steps.map((step) => [at(step), step] as const)])]
      assertSameSeries(yield* readAll(site, "a"), expected)
      yield* hot.days.compact(site, day)
      assertSameSeries(yield* readAll(site, "a"), expected)
    }))
}
