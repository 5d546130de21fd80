/** Hostile files of other tools are refused by name, before the work or the memory that they ask for is spent. */
import { assert, describe, it } from "vitest"
import { Collector } from "../../../src/adapters/parquet/foreign/collector.ts"
import { type Chunk, readFooter } from "../../../src/adapters/parquet/foreign/footer.ts"
import { Inventory } from "../../../src/adapters/parquet/foreign/inventory.ts"
import { Work } from "../../../src/adapters/parquet/foreign/work.ts"
import { readWhole } from "../../parquet/foreign.ts"
import { HOSTILE, manyRows, repeatingNames } from "../../parquet/hostile.ts"

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

  it("a long read stops often, so that others have their turn", () => {
    const bytes = manyRows(1_000_000, [0])
    const file = readFooter(bytes, bytes.length)
    const work = new Work(bytes.length)
    const [group] = file.groups
    assert(group !== undefined)
    const bytesOf = ({ length, offset }: Chunk) => bytes.subarray(offset, offset + length)
    let turns = 0
    for (const _ of new Inventory(file, "demo", work).add({ group, bytesOf })) if (work.isTurnOver()) turns++
    // A million names take some 20 milliseconds, a turn.
    assert.isAtLeast(turns, 1)
    for (const _ of new Collector(file, () => 0, work).add({ group, bytesOf })) if (work.isTurnOver()) turns++
    assert.isAtLeast(turns, 4)
  })
})
