/**
 * The page builder: rows of any quality become sorted series, and every row that is not kept is counted.
 */
import { assert, it } from "@effect/vitest"
import { makePageBuilder } from "../../../src/domain/samples/page-builder.ts"

const window = { start: 1_000, end: 2_000 }

it("sorts rows into ascending series, the later of two rows standing", () => {
  const builder = makePageBuilder(window, 5_000, 0)
  builder.add("b", 1_500, "1")
  builder.add("a", 1_200, "2")
  builder.add("b", 1_100, "3")
  builder.add("b", 1_500, "4")
  builder.add("a", 1_300, true)
  const page = builder.finish()
  assert.deepStrictEqual(
    page.series.map(({ point, timestamps, values }) => [point, [...timestamps], [...values]]),
    [["b", [1_100, 1_500], [3, 4]], ["a", [1_200, 1_300], [2, 1]]]
  )
  assert.strictEqual(page.rows, 5)
  assert.deepStrictEqual(page.dropped, { collision: 1 })
})

it("law 7: counts every row it does not keep", () => {
  const now = 1_700 - 3_600_000
  const builder = makePageBuilder(window, now, 2)
  builder.add("a", 999, "1")
  builder.add("a", 2_000, "1")
  builder.add("a", 1_701, "1")
  builder.add("a", 1_700, "1")
  builder.add("a", NaN, "1")
  builder.add("", 1_500, "1")
  builder.add(7, 1_500, "1")
  builder.add("x\u0000", 1_500, "1")
  builder.add("a", 1_500, null)
  const page = builder.finish()
  assert.strictEqual(page.rows, 9)
  assert.deepStrictEqual(page.dropped, { outside: 2, future: 1, timestamp: 1, name: 3, null: 1 })
  assert.deepStrictEqual(page.series.map(({ timestamps }) => [...timestamps]), [[1_700]])
})

it("leaves out the rows of points that are not selected, uncounted", () => {
  const builder = makePageBuilder(window, 5_000, 0, (point) => point !== "b")
  builder.add("a", 1_500, "1")
  builder.add("b", 1_500, "1")
  builder.add("b", 1_600, null)
  const page = builder.finish()
  assert.deepStrictEqual([page.rows, page.dropped, page.series.map(({ point }) => point)], [1, {}, ["a"]])
})

it("takes 10,000 samples of one point, in any order, as well as one sample of 10,000 points", () => {
  const tall = makePageBuilder({ start: 0, end: 10_000 }, 0, 16)
  for (let i = 0; i < 10_000; i++) tall.add("a", (i * 7_919) % 10_000, i)
  const [series] = tall.finish().series
  assert.strictEqual(series?.timestamps.length, 10_000)
  assert.isTrue(series?.timestamps.every((at, i) => at === i && series.values[(i * 7_919) % 10_000] === i))
  const wide = makePageBuilder({ start: 0, end: 10_000 }, 0, 16)
  for (let i = 0; i < 10_000; i++) wide.add(`point ${i}`, i, i)
  const page = wide.finish()
  assert.strictEqual(page.series.length, 10_000)
  assert.isTrue(page.series.every(({ point, values }, i) => point === `point ${i}` && values[0] === i))
})
