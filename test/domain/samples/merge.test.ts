import { assert, it } from "@effect/vitest"
import { changedColumns, columnsFromRows, mergeAll, mergeColumns, mergeSeries } from "../../../src/domain/samples/merge.ts"
import { comparePoints } from "../../../src/domain/samples/names.ts"
import type { Columns, Series } from "../../../src/domain/samples/series.ts"
import { type Dice, forSeeds, randomColumns } from "../random.ts"

/** The naive model: a map in which the later entry stands. */
const model = (ranked: ReadonlyArray<Columns>): Columns => {
  const samples = new Map<number, number>()
  for (const { timestamps, values } of ranked) timestamps.forEach((at, i) => samples.set(at, values[i] as number))
  const timestamps = Float64Array.from([...samples.keys()].sort((a, b) => a - b))
  return { timestamps, values: timestamps.map((at) => samples.get(at) as number) }
}

const assertSame = (actual: Columns, expected: Columns): void => {
  assert.deepStrictEqual(Array.from(actual.timestamps), Array.from(expected.timestamps))
  const same = actual.values.length === expected.values.length && actual.values.every((value, i) => Object.is(value, expected.values[i]))
  assert.isTrue(same, `${actual.values} is not ${expected.values}`)
}

it("law 2: merges two columns into their union, the higher rank deciding, bit for bit", () => {
  forSeeds(1_000, (dice) => {
    const lower = randomColumns(dice)
    const higher = randomColumns(dice)
    assertSame(mergeColumns(lower, higher), model([lower, higher]))
  })
})

it("law 2: merges any number of columns by rank", () => {
  forSeeds(500, (dice) => {
    const ranked = Array.from({ length: dice.whole(0, 7) }, () => randomColumns(dice))
    assertSame(mergeAll(ranked), model(ranked))
  })
})

it("law 2: sorts rows in any order, the later row of an instant standing, and counts those that gave way", () => {
  forSeeds(1_000, (dice) => {
    const rows = Array.from({ length: dice.whole(0, 15) }, (_, i) => [dice.whole(0, 12), i] as const)
    if (dice.chance(0.3)) rows.sort((a, b) => a[0] - b[0])
    const timestamps = Float64Array.from(rows, ([at]) => at)
    const values = Float64Array.from(rows, ([, value]) => value)
    const { collisions, columns } = columnsFromRows(timestamps, values)
    const expected = model(rows.map(([at, value]) => ({ timestamps: Float64Array.of(at), values: Float64Array.of(value) })))
    assertSame(columns, expected)
    assert.strictEqual(collisions, rows.length - expected.timestamps.length)
  })
})

it("keeps of what comes in only what is new or has another value, -0 and 0 told apart", () => {
  forSeeds(1_000, (dice) => {
    const stored = randomColumns(dice)
    const incoming = randomColumns(dice)
    const changed = changedColumns(incoming, stored)
    const held = new Map(Array.from(stored.timestamps, (at, i) => [at, stored.values[i]]))
    const keep = Array.from(incoming.timestamps.keys()).filter((i) => {
      const at = incoming.timestamps[i] as number
      return !held.has(at) || !Object.is(held.get(at), incoming.values[i])
    })
    assertSame(changed, {
      timestamps: Float64Array.from(keep, (i) => incoming.timestamps[i] as number),
      values: Float64Array.from(keep, (i) => incoming.values[i] as number)
    })
    assertSame(mergeColumns(stored, changed), mergeColumns(stored, incoming))
  })
})

const randomSeries = (dice: Dice): ReadonlyArray<Series> => {
  const names = [..."abcdef"].filter(() => dice.chance(0.6)).sort(comparePoints)
  return names.map((point) => ({ point, ...randomColumns(dice) }))
}

it("joins two sorted lists of series that arrive in pieces of any size", () => {
  forSeeds(1_000, (dice) => {
    const lists = [randomSeries(dice), randomSeries(dice)] as const
    const left = lists.map((list) => [...list])
    let waiting: { readonly lower: ReadonlyArray<Series>; readonly higher: ReadonlyArray<Series> } = { lower: [], higher: [] }
    const joined: Array<Series> = []
    for (let turn = 0; turn < 100; turn++) {
      const [lower, higher] = left.map((list) => list.splice(0, dice.whole(0, 2))) as [Array<Series>, Array<Series>]
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
      assertSame(series, model(lists.flatMap((list) => list.filter(({ point }) => point === series.point))))
    }
  })
})
