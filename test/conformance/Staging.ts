/**
 * The laws of the `Staging` port, run on every adapter: the union of the parts that are named, by rank, in the order of
 * points, whatever their number and size.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer, Stream } from "effect"
import { mergeAll } from "../../src/domain/samples/merge.ts"
import { comparePoints } from "../../src/domain/samples/names.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { Staging } from "../../src/ports/Staging.ts"
import { randomOf } from "../random.ts"
import { assertSameSeries, series } from "../samples.ts"

const DAY = 20_000
const DAY_MS = 86_400_000
const NOW = (DAY + 3) * DAY_MS
const partition = { site: "plant", day: DAY }

/** Some points of a part, each with noisy samples, which no codec makes small. */
const partOf = (seed: number, points: number, samples: number): ReadonlyArray<Series> => {
  const random = randomOf(seed)
  const nameOf = () => `plant/${random.pick(["ä", "b", "\u{1f600}"])}/${random.below(300)}`
  const names = Array.from({ length: points }, nameOf)
  return [...new Set(names)].sort(comparePoints).map((name) => {
    const start = DAY * DAY_MS + random.below(3) * 60_000
    return series(name, Array.from({ length: samples }, (_, i) => [start + i * 60_000, random.next()]))
  })
}

const streamOf = (part: ReadonlyArray<Series>): Stream.Stream<Series> =>
  Stream.map(Stream.fromIterable(part), ({ point, timestamps, values }) => ({
    point,
    timestamps: timestamps.slice(),
    values: values.slice()
  }))

const union = (parts: ReadonlyArray<ReadonlyArray<Series>>): ReadonlyArray<Series> => {
  const names = [...new Set(parts.flat().map(({ point }) => point))].sort(comparePoints)
  return names.map((point) => ({ point, ...mergeAll(parts.flat().filter((one) => one.point === point)) }))
}

export const suite = (name: string, layer: Layer.Layer<Staging>) =>
  it.layer(layer)(`Staging (${name})`, (it) => {
    const read = (day: number, parts: ReadonlyArray<string>) =>
      Effect.flatMap(Staging, (staging) => Stream.runCollect(staging.read({ site: "plant", day }, parts)))

    it.effect("gives the union of the named parts, the later ones counting", () =>
      Effect.gen(function*() {
        const staging = yield* Staging
        const parts = [partOf(1, 150, 300), partOf(2, 40, 20), partOf(3, 200, 200), []]
        for (const [i, part] of parts.entries()) {
          yield* staging.put(partition, `part ${i}`, streamOf(part), NOW)
        }
        yield* staging.put(partition, "of nobody", streamOf(partOf(4, 9, 9)), NOW)
        const named = parts.map((_, i) => `part ${i}`)
        assertSameSeries(yield* read(DAY, named), union(parts))
        assertSameSeries(yield* read(DAY, named.toReversed()), union(parts.toReversed()))
        assertSameSeries(yield* read(DAY, ["part 1"]), parts[1] ?? [])
        assert.deepStrictEqual(yield* read(DAY, ["part 3"]), [])
        assert.deepStrictEqual(yield* read(DAY, []), [])
      }))

    it.effect("law 5: a part that is put again takes the place of the first", () =>
      Effect.gen(function*() {
        const staging = yield* Staging
        const day = { site: "plant", day: DAY + 1 }
        yield* staging.put(day, "a", streamOf(partOf(5, 200, 300)), NOW)
        const second = partOf(6, 20, 10)
        yield* staging.put(day, "a", streamOf(second), NOW)
        assertSameSeries(yield* read(DAY + 1, ["a"]), second)
      }))

    it.effect("fails where a part is gone, and discards only the day, and what is a week old", () =>
      Effect.gen(function*() {
        const staging = yield* Staging
        const part = partOf(7, 5, 5)
        for (const day of [DAY + 2, DAY + 3]) {
          yield* staging.put({ site: "plant", day }, "a", streamOf(part), NOW)
        }
        yield* staging.put({ site: "other", day: DAY + 2 }, "a", streamOf(part), NOW)
        yield* staging.discard({ site: "plant", day: DAY + 2 }, NOW)
        const missing = yield* Effect.flip(read(DAY + 2, ["a"]))
        assert.include(missing, { _tag: "PartMissing", site: "plant", day: DAY + 2, part: "a" })
        assertSameSeries(yield* read(DAY + 3, ["a"]), part)
        assertSameSeries(yield* Stream.runCollect(staging.read({ site: "other", day: DAY + 2 }, ["a"])), part)
        yield* staging.discard({ site: "plant", day: 1 }, NOW + 8 * DAY_MS)
        assert.strictEqual((yield* Effect.flip(read(DAY + 3, ["a"])))._tag, "PartMissing")
      }))
  })
