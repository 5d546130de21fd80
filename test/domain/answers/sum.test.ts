/**
 * The compensated sum against exact sums: terms of very different size, in any order, where plain addition goes wrong.
 */
import { assert, it } from "@effect/vitest"
import { CompensatedSum } from "../../../src/domain/answers/sum.ts"
import { forSeeds } from "../../random.ts"

const sumOf = (terms: ReadonlyArray<number>): number => {
  const sum = new CompensatedSum()
  for (const term of terms) sum.add(term)
  return sum.total
}

it("keeps what plain addition rounds away", () => {
  assert.strictEqual(sumOf([1, 1e100, 1, -1e100]), 2)
  assert.strictEqual(sumOf(Array.from({ length: 1_000 }, () => 0.1)), 100)
  assert.strictEqual(sumOf([]), 0)
})

it("is exact where the exact sum is a double, in any order of the terms", () => {
  forSeeds(200, (random) => {
    const term = () => random.integer(-1_000, 1_000) * 2 ** random.integer(0, 40)
    const terms = Array.from({ length: random.integer(1, 60) }, term)
    const exact = Number(terms.reduce((sum, term) => sum + BigInt(term), 0n))
    assert.strictEqual(sumOf([2 ** 70, ...terms, -(2 ** 70)]), exact)
    assert.strictEqual(sumOf(terms), exact)
  })
})

it("is infinite where the doubles overflow, not a false number", () => {
  assert.strictEqual(sumOf([Number.MAX_VALUE, Number.MAX_VALUE, -1]), Infinity)
  assert.strictEqual(sumOf([-Number.MAX_VALUE, -Number.MAX_VALUE]), -Infinity)
})
