/** Sites and points: who is known by which name. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { dayStart } from "../../../src/domain/time/calendar.ts"
import { comparePoints } from "../../../src/domain/samples/names.ts"
import { hotStore } from "../../hot-store.ts"
import { assertSameSeries, series } from "../../samples.ts"
import {
  a,
  at,
  b,
  day,
  entry,
  freshSite,
  type Laws,
  listed,
  named,
  readAll,
  scanAll,
  store,
  wholeDay
} from "./samples.ts"

export const points: Laws = (it) => {
  it.effect("lists the sites that have a point or an archived day, and only those", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const [asked, fenced, pointed, archived] = [freshSite(), freshSite(), freshSite(), freshSite()]
      assert.deepStrictEqual((yield* hot.reads.snapshot(asked, ["a"], wholeDay)).known, [])
      assert.deepStrictEqual(yield* hot.intake.recent(asked, wholeDay), [])
      assert.deepStrictEqual(yield* hot.days.list(asked), [])
      assert.deepStrictEqual(yield* hot.directory.points(asked, ""), [])
      assert.deepStrictEqual((yield* scanAll(asked)).found, [])
      assert.strictEqual((yield* hot.days.compact(asked, day)).samples, 0)
      assert.strictEqual((yield* hot.directory.stats(asked)).points, 0)
      // As a sync does first, whether or not the source knows the site.
      yield* hot.intake.takeFence(fenced)
      yield* hot.intake.append(yield* hot.intake.takeFence(pointed), 1, [a])
      yield* hot.catalog.publish(entry(archived, 1), [], null)
      const sites = yield* hot.directory.sites
      const listed = [asked, fenced, pointed, archived].filter((site) => sites.includes(site))
      assert.deepStrictEqual(listed, [pointed, archived])
      assert.deepStrictEqual(sites, [...sites].sort(comparePoints))
    }))

  it.effect("names are matched exactly, whatever is in them", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
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
      yield* store(site, names.map((point, i) => series(point, [[at(0), i]])))
      yield* hot.days.compact(site, day)
      const expected = names.map((point, i) => series(point, [[at(0), i]]))
      assertSameSeries(yield* readAll(site, ...[...names].reverse()), [...expected].reverse())
      assertSameSeries((yield* scanAll(site)).found, expected)
      assertSameSeries(yield* hot.intake.recent(site, wholeDay), expected)
      assert.deepStrictEqual((yield* hot.directory.points(site, "")).map((point) => point.name), names)
      assert.deepStrictEqual((yield* hot.directory.points(site, "\u00c9")).map((point) => point.name), ["\u00e9"])
      assert.deepStrictEqual((yield* hot.directory.points(site, "A%")).map((point) => point.name), ["a%"])
      assert.include(yield* hot.directory.sites, site)
    }))

  it.effect("sites do not see each other", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const [one, two] = [freshSite(), freshSite()]
      yield* store(one, [a])
      yield* store(two, [series("a", [[at(0), 99]])])
      yield* store(one, [b])
      yield* hot.days.compact(one, day)
      assertSameSeries(yield* readAll(one, "a", "b"), [a, b])
      assertSameSeries(yield* readAll(two, "a", "b"), [series("a", [[at(0), 99]])])
      assertSameSeries((yield* scanAll(two)).found, [])
      const { guard } = yield* scanAll(one)
      yield* hot.catalog.publish(entry(one, 1), [], guard)
      assertSameSeries(yield* readAll(one, "a", "b"), [])
      yield* hot.days.compact(two, day)
      assertSameSeries(yield* readAll(two, "a"), [series("a", [[at(0), 99]])])
      assert.deepStrictEqual(yield* hot.catalog.list(two, wholeDay), [])
    }))

  it.effect("points keep their id, are described anew, and come in order", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
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
      const [before] = yield* hot.directory.points(site, "")
      assert.deepStrictEqual(before, { ...undescribed, id: before?.id ?? -1, collected: false })
      yield* hot.intake.registerPoints(site, [described, { ...undescribed, name: "a" }])
      yield* hot.intake.registerPoints(site, [described])
      yield* hot.intake.append(yield* hot.intake.takeFence(site), 1, [b])
      const [first, second, ...others] = yield* hot.directory.points(site, "")
      assert.isDefined(first)
      assert.deepStrictEqual(first, { ...undescribed, name: "a", id: first.id })
      assert.deepStrictEqual(second, { ...described, id: before?.id ?? -1 })
      assert.notStrictEqual(first.id, before?.id)
      assert.deepStrictEqual(others, [])
      assertSameSeries(yield* readAll(site, "b"), [b])
    }))

  it.effect("points known only from history are registered, and a snapshot names their partitions", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const days = [day - 1, day, day + 1, day + 3]
      for (const one of days) yield* hot.catalog.publish(entry(site, 1, "x", one), named("old", `only on ${one}`), null)
      const window = { start: dayStart(day) + 1, end: dayStart(day + 2) }
      const { hot: found, known, partitions } = yield* hot.reads.snapshot(site, ["old", "never"], window)
      assert.deepStrictEqual(known, ["old"])
      assert.deepStrictEqual(found, [])
      assert.deepStrictEqual(partitions, [entry(site, 1, "x", day), entry(site, 1, "x", day + 1)].map(listed))
      assert.deepStrictEqual(yield* hot.catalog.list(site, window), partitions)
      assert.strictEqual((yield* hot.directory.points(site, "only on")).length, 4)
    }))
}
