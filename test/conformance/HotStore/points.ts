/** Sites and points: who is known by which name. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { dayStart } from "../../../src/domain/time/calendar.ts"
import { comparePoints } from "../../../src/domain/samples/names.ts"
import { HotStore } from "../../../src/ports/HotStore.ts"
import { a, at, b, day, entry, freshSite, type Laws, listed, named, readAll, same, scanAll, series, store, wholeDay } from "./samples.ts"

export const points: Laws = (it) => {
  it.effect("knows the sites that were written to, and only those", () =>
    Effect.gen(function*() {
      const hot = yield* HotStore
      const [asked, written] = [freshSite(), freshSite()]
      assert.deepStrictEqual((yield* hot.snapshot(asked, ["a"], wholeDay)).known, [])
      assert.deepStrictEqual(yield* hot.recent(asked, wholeDay), [])
      assert.deepStrictEqual(yield* hot.hotDays(asked), [])
      assert.deepStrictEqual(yield* hot.points(asked, ""), [])
      assert.deepStrictEqual((yield* scanAll(asked)).found, [])
      assert.strictEqual((yield* hot.compact(asked, day)).samples, 0)
      assert.strictEqual((yield* hot.stats(asked)).points, 0)
      yield* hot.takeFence(written)
      const found = yield* hot.sites
      assert.include(found, written)
      assert.notInclude(found, asked)
    }))

  it.effect("names are matched exactly, whatever is in them", () =>
    Effect.gen(function*() {
      const hot = yield* HotStore
      const site = `${freshSite()} 'x' "y" % _ ~ é 😀`
      // Twice the letter é: composed, and as e with an accent.
      const names = [
        " a",
        "A",
        "a",
        "a'b\"c",
        "a%",
        "a\\",
        "a_",
        "a~",
        "null",
        "l".repeat(1_024),
        "\u00e9",
        "e\u0301",
        "\uff5e",
        "\u{1f600}"
      ].sort(comparePoints)
      yield* store(site, names.map((point, i) => series(point, [at(0), i])))
      yield* hot.compact(site, day)
      const expected = names.map((point, i) => series(point, [at(0), i]))
      same(yield* readAll(site, ...[...names].reverse()), [...expected].reverse())
      same((yield* scanAll(site)).found, expected)
      same(yield* hot.recent(site, wholeDay), expected)
      assert.deepStrictEqual((yield* hot.points(site, "")).map((point) => point.name), names)
      assert.deepStrictEqual((yield* hot.points(site, "\u00c9")).map((point) => point.name), ["\u00e9"])
      assert.deepStrictEqual((yield* hot.points(site, "A%")).map((point) => point.name), ["a%"])
      assert.include(yield* hot.sites, site)
    }))

  it.effect("sites do not see each other", () =>
    Effect.gen(function*() {
      const hot = yield* HotStore
      const [one, two] = [freshSite(), freshSite()]
      yield* store(one, [a])
      yield* store(two, [series("a", [at(0), 99])])
      yield* store(one, [b])
      yield* hot.compact(one, day)
      same(yield* readAll(one, "a", "b"), [a, b])
      same(yield* readAll(two, "a", "b"), [series("a", [at(0), 99])])
      same((yield* scanAll(two)).found, [])
      const { guard } = yield* scanAll(one)
      yield* hot.publish(entry(one, 1), [], guard)
      same(yield* readAll(one, "a", "b"), [])
      yield* hot.compact(two, day)
      same(yield* readAll(two, "a"), [series("a", [at(0), 99])])
      assert.deepStrictEqual(yield* hot.catalog(two, wholeDay), [])
    }))

  it.effect("points keep their id, are described anew, and come in order", () =>
    Effect.gen(function*() {
      const hot = yield* HotStore
      const site = freshSite()
      yield* store(site, [b])
      const described = {
        name: "b",
        unit: "°C",
        device: "ahu-1",
        description: "supply \"air\"",
        intervalSeconds: 60,
        tags: ["x", "y'z"],
        collected: true
      }
      const undescribed = { ...described, unit: null, device: null, description: null, intervalSeconds: null, tags: [] }
      const [before] = yield* hot.points(site, "")
      assert.deepStrictEqual(before, { ...undescribed, id: before?.id ?? -1, collected: false })
      yield* hot.registerPoints(site, [described, { ...undescribed, name: "a" }])
      yield* hot.registerPoints(site, [described])
      yield* hot.append(yield* hot.takeFence(site), 1, [b])
      const [first, second, ...others] = yield* hot.points(site, "")
      assert.isDefined(first)
      assert.deepStrictEqual(first, { ...undescribed, name: "a", id: first.id })
      assert.deepStrictEqual(second, { ...described, id: before?.id ?? -1 })
      assert.notStrictEqual(first.id, before?.id)
      assert.deepStrictEqual(others, [])
      same(yield* readAll(site, "b"), [b])
    }))

  it.effect("points known only from history are registered, and a snapshot names their partitions", () =>
    Effect.gen(function*() {
      const hot = yield* HotStore
      const site = freshSite()
      const days = [day - 1, day, day + 1, day + 3]
      for (const one of days) yield* hot.publish(entry(site, 1, "x", one), named("old", `only on ${one}`), null)
      const window = { start: dayStart(day) + 1, end: dayStart(day + 2) }
      const { hot: found, known, partitions } = yield* hot.snapshot(site, ["old", "never"], window)
      assert.deepStrictEqual(known, ["old"])
      assert.deepStrictEqual(found, [])
      assert.deepStrictEqual(partitions, [entry(site, 1, "x", day), entry(site, 1, "x", day + 1)].map(listed))
      assert.deepStrictEqual(yield* hot.catalog(site, window), partitions)
      assert.strictEqual((yield* hot.points(site, "only on")).length, 4)
    }))
}
