/** Hostile files of other tools are refused by name, before the work or the memory that they ask for is spent. */
import { assert, describe, it } from "vitest"
import { readWhole } from "../../parquet/foreign.ts"
import { HOSTILE, repeatingNames } from "../../parquet/hostile.ts"

describe("hostile files", () => {
  for (const [what, [bytes, words]] of Object.entries(HOSTILE)) {
    it(what, () => {
      assert.throws(() => readWhole(bytes), words)
    })
  }

  it("names that repeat each other are not copied: 24 GB of them in 90 KB are illegal for their length", () => {
    assert.deepStrictEqual(readWhole(repeatingNames(400_000, 60_000)), {
      series: [],
      dropped: { name: 400_000 },
      groups: []
    })
  })

  it("names that repeat each other are read", () => {
    const { dropped, series } = readWhole(repeatingNames(1_000, 300))
    assert.deepStrictEqual([dropped, series.map(({ point }) => point)], [{ collision: 999 }, ["a".repeat(300)]])
  })
})
