/**
 * Merges: of two values of one instant the one of the higher rank counts, to the bit. Random columns that share many
 * instants are compared with the naive model of precedence, a map in which the later entry stands.
 */
import { assert, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import {
  changedColumns,
  columnsFromRows,
  mergeAll,
  mergeColumns,
  mergeSeries
} from "../../../src/domain/samples/merge.ts"
import { comparePoints } from "../../../src/domain/samples/names.ts"
import type { Columns, Series } from "../../../src/domain/samples/series.ts"
import { MIN_INSTANT } from "../../../src/domain/time/instant.ts"
import { columns, integer, oneOf, property } from "../../properties.ts"
import { assertSameColumns, assertSameSeries, columnsOf, type Sample, samplesOf } from "../../samples.ts"

const inOrder = (samples: ReadonlyMap<number, number>): Columns => columnsOf([...samples].sort(([a], [b]) => a - b))

/** The union of samples, the lowest rank first. */
const model = (ranked: ReadonlyArray<ReadonlyArray<Sample>>): Columns => inOrder(new Map(ranked.flat()))

property("law 2: merges two columns into their union, the higher rank deciding", Arbitrary.all([columns, columns]),
  ([lower, higher]) =>
    assertSameColumns(mergeColumns(lower, higher), model([samplesOf(lower), samplesOf(higher)])))

property("law 2: merges any number of columns by rank", Arbitrary.array(columns, { maxLength: 7 }), (ranked) =>
  assertSameColumns(mergeAll(ranked), model(ranked.map(samplesOf))))

/** Columns of which each begins where the one before ends, or soon after. */
const sequence = Arbitrary.array(Arbitrary.all([columns, integer(0, 2)]), { maxLength: 5 }).pipe(
  Arbitrary.map((drawn) => {
    let end = 0
    return drawn.map(([{ timestamps, values }, gap]): Columns => {
      const shift = end + gap - (timestamps[0] ?? 0)
      const shifted = timestamps.map((at) => at + shift)
      end = shifted.at(-1) ?? end
      return { timestamps: shifted, values }
    })
  })
)

property("law 2: merges columns that follow each other, the later standing where two touch", sequence, (ranked) =>
  assertSameColumns(mergeAll(ranked), model(ranked.map(samplesOf))))

property(
  "law 2: sorts rows in any order, the later row of an instant standing, and counts those that gave way",
  // Also instants so far apart that they are sorted in another way.
  Arbitrary.all({ instants: Arbitrary.array(integer(0, 12), { maxLength: 15 }), apart: oneOf([1, 60_000, 2 ** 50]) }),
  ({ apart, instants }) => {
    // Each value tells the place of its row.
    const rows = instants.map((at, i): Sample => [at * apart, i])
    const { timestamps, values } = columnsOf(rows)
    const { collisions, columns } = columnsFromRows(timestamps, values)
    assertSameColumns(columns, model([rows]))
    assert.strictEqual(collisions, rows.length - columns.timestamps.length)
  }
)

property("rows that are in order already are taken as they are", columns, (sorted) => {
  const rows = { timestamps: sorted.timestamps.slice(), values: sorted.values.slice() }
  const { collisions, columns } = columnsFromRows(rows.timestamps, rows.values)
  assertSameColumns(columns, sorted)
  assert.strictEqual(columns.timestamps, rows.timestamps)
  assert.strictEqual(columns.values, rows.values)
  assert.strictEqual(collisions, 0)
})

it("sorts rows that lie too far apart for one exact number of instant and place, before 1970 and after", () => {
  const rows = Array.from({ length: 200 }, (_, i): Sample => [Math.round(MIN_INSTANT * (1 - i / 100)), i])
  const earlier = rows.map(([at]): Sample => [at, -1])
  const { timestamps, values } = columnsOf([...earlier, ...rows].reverse().concat(rows))
  assertSameColumns(columnsFromRows(timestamps, values).columns, columnsOf(rows))
})

property("keeps of what comes in only what is new or has another value, -0 and 0 told apart",
  Arbitrary.all({ stored: columns, incoming: columns }), ({ incoming, stored }) => {
    const changed = changedColumns(incoming, stored)
    const held = new Map(samplesOf(stored))
    const isNews = ([at, value]: Sample) => !held.has(at) || !Object.is(held.get(at), value)
    assertSameColumns(changed, columnsOf(samplesOf(incoming).filter(isNews)))
    assertSameColumns(mergeColumns(stored, changed), mergeColumns(stored, incoming))
  })

/** Some of the points a to f, in order. */
const sortedSeries: Arbitrary.Arbitrary<ReadonlyArray<Series>> = Arbitrary.array(
  Arbitrary.all([oneOf([..."abcdef"]), columns]),
  { maxLength: 6 }
).pipe(Arbitrary.map((named) =>
  [...new Map(named)].sort(([a], [b]) => comparePoints(a, b)).map(([point, columns]) => ({ point, ...columns }))
))

property(
  "joins two sorted lists of series that arrive in pieces of any size",
  Arbitrary.all({
    lower: sortedSeries,
    higher: sortedSeries,
    sizes: Arbitrary.array(integer(0, 2), { maxLength: 30 })
  }),
  ({ higher, lower, sizes }) => {
    const rest: ReadonlyArray<Array<Series>> = [[...lower], [...higher]]
    // Pieces of the drawn sizes, then all that is left.
    const size = sizes.values()
    const pieceOf = (list: Array<Series>) => list.splice(0, size.next().value ?? Infinity)
    let waiting: { readonly lower: ReadonlyArray<Series>; readonly higher: ReadonlyArray<Series> } =
      { lower: [], higher: [] }
    const joined: Array<Series> = []
    for (let done = [false, false]; done.includes(false);) {
      const pieces = rest.map(pieceOf)
      done = rest.map((list) => list.length === 0)
      const [fromLower = [], fromHigher = []] = pieces
      const step = mergeSeries(
        [...waiting.lower, ...fromLower],
        done[0] === true,
        [...waiting.higher, ...fromHigher],
        done[1] === true
      )
      joined.push(...step.merged)
      waiting = step
    }
    assert.deepStrictEqual([waiting.lower, waiting.higher], [[], []])
    const points = Map.groupBy([...lower, ...higher], ({ point }) => point)
    const expected = [...points].sort(([a], [b]) => comparePoints(a, b))
      .map(([point, all]) => ({ point, ...model(all.map(samplesOf)) }))
    assertSameSeries(joined, expected)
  }
)
