import { assert, it } from "@effect/vitest"
import { changedColumns, columnsFromRows, mergeAll, mergeColumns, mergeSeries } from "../../../src/domain/samples/merge.ts"
import { comparePoints } from "../../../src/domain/samples/names.ts"
import type { Columns, Series } from "../../../src/domain/samples/series.ts"
import { forSeeds, type Random } from "../../random.ts"
import { assertSameColumns, randomColumns } from "../../samples.ts"

/** The naive model: a map in which the later entry stands. */
const model = (ranked: ReadonlyArray<Columns>): Columns => {
  const samples = new Map<number, number>()
  for (const { timestamps, values } of ranked) timestamps.forEach((at, i) => samples.set(at, values[i] as number))
  const timestamps = Float64Array.from([...samples.keys()].sort((a, b) => a - b))
  return { timestamps, values: timestamps.map((at) => samples.get(at) as number) }
}

it("law 2: merges two columns into their union, the higher rank deciding, bit for bit", () => {
  forSeeds(1_000, (random) => {
    const lower = randomColumns(random)
    const higher = randomColumns(random)
    assertSameColumns(mergeColumns(lower, higher), model([lower, higher]))
  })
})

it("law 2: merges any number of columns by rank", () => {
  forSeeds(500, (random) => {
    const ranked = Array.from({ length: random.integer(0, 7) }, () => randomColumns(random))
    assertSameColumns(mergeAll(ranked), model(ranked))
  })
})

it("law 2: sorts rows in any order, the later row of an instant standing, and counts those that gave way", () => {
  forSeeds(1_000, (random) => {
    const rows = Array.from({ length: random.integer(0, 15) }, (_, i) => [random.integer(0, 12), i] as const)
    if (random.happens(0.3)) rows.sort((a, b) => a[0] - b[0])
    const timestamps = Float64Array.from(rows, ([at]) => at)
    const values = Float64Array.from(rows, ([, value]) => value)
    const { collisions, columns } = columnsFromRows(timestamps, values)
    const expected = model(rows.map(([at, value]) => ({ timestamps: Float64Array.of(at), values: Float64Array.of(value) })))
    assertSameColumns(columns, expected)
    assert.strictEqual(collisions, rows.length - expected.timestamps.length)
  })
})

it("keeps of what comes in only what is new or has another value, -0 and 0 told apart", () => {
  forSeeds(1_000, (random) => {
    const stored = randomColumns(random)
    const incoming = randomColumns(random)
    const changed = changedColumns(incoming, stored)
    const held = new Map(Array.from(stored.timestamps, (at, i) => [at, stored.values[i]]))
    const keep = Array.from(incoming.timestamps.keys()).filter((i) => {
      const at = incoming.timestamps[i] as number
      return !held.has(at) || !Object.is(held.get(at), incoming.values[i])
    })
    assertSameColumns(changed, {
      timestamps: Float64Array.from(keep, (i) => incoming.timestamps[i] as number),
      values: Float64Array.from(keep, (i) => incoming.values[i] as number)
    })
    assertSameColumns(mergeColumns(stored, changed), mergeColumns(stored, incoming))
  })
})

const randomSeries = (random: Random): ReadonlyArray<Series> => {
  const names = [..."abcdef"].filter(() => random.happens(0.6)).sort(comparePoints)
  return names.map((point) => ({ point, ...randomColumns(random) }))
}

it("joins two sorted lists of series that arrive in pieces of any size", () => {
  forSeeds(1_000, (random) => {
    const lists = [randomSeries(random), randomSeries(random)] as const
    const left = lists.map((list) => [...list])
    let waiting: { readonly lower: ReadonlyArray<Series>; readonly higher: ReadonlyArray<Series> } = { lower: [], higher: [] }
    const joined: Array<Series> = []
    for (let turn = 0; turn < 100; turn++) {
      const [lower, higher] = left.map((list) => list.splice(0, random.integer(0, 2))) as [Array<Series>, Array<Series>]
      const done = left.map((list) => list.length === 0) as [boolean, boolean]
      const step = mergeSeries([...waiting.lower, ...lower], done[0], [...waiting.higher, ...higher], done[1])
      joined.push(...step.merged)
      waiting = step
      if (done[0] && done[1]) break
    }
    assert.deepStrictEqual([waiting.lower, waiting.higher], [[], []])
    const points = [...new Set(lists.flat().map(({ point }) => point))].sort(comparePoints)
    assert.deepStrictEqual(joined.map(({ point }) => point), points)
    for (const series of joined) {
      assertSameColumns(series, model(lists.flatMap((list) => list.filter(({ point }) => point === series.point))))
    }
  })
})
