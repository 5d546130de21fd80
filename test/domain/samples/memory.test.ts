/**
 * Freeing memory: a released buffer is empty, and a buffer that others may use is left alone.
 */
import { assert, describe, it } from "vitest"
import { release, releaseColumns, releaseView } from "../../../src/domain/samples/memory.ts"

describe("memory", () => {
  it("is gone once it is given back, and may be given back twice", () => {
    const column = Float64Array.of(1, 2, 3)
    const { buffer } = column
    release(buffer)
    release(buffer)
    assert.strictEqual(buffer.byteLength, 0)
    assert.lengthOf(column, 0)
  })

  it("seen in part is left alone: the rest may be another's", () => {
    const all = Uint8Array.of(1, 2, 3, 4)
    releaseView(all.subarray(1))
    assert.deepStrictEqual([...all], [1, 2, 3, 4])
    releaseView(all.subarray(0))
    assert.lengthOf(all, 0)
    const pooled = Buffer.from("pooled")
    releaseView(pooled)
    assert.strictEqual(pooled.toString(), "pooled")
  })

  it("of columns goes, and nothing else of what has them", () => {
    const series = { point: "a", timestamps: Float64Array.of(1), values: Float64Array.of(2) }
    releaseColumns(series)
    assert.deepStrictEqual(series, { point: "a", timestamps: new Float64Array(0), values: new Float64Array(0) })
  })
})
