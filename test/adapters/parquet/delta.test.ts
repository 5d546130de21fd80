/**
 * DELTA_BINARY_PACKED: the bytes are those that another implementation writes and reads, and damaged bytes do no harm.
 */
import { deltaBinaryUnpack } from "hyparquet/src/delta.js"
import { ByteWriter } from "hyparquet-writer"
import { deltaBinaryPack } from "hyparquet-writer/src/delta.js"
import { assert, describe, it } from "vitest"
import { appendDelta, readDelta } from "../../../src/adapters/parquet/format/delta.ts"
import { flipBit } from "../../bytes.ts"
import { type Random, randomOf } from "../../random.ts"

const encode = (values: Float64Array): Uint8Array => {
  const writer = new ByteWriter()
  appendDelta(writer, values)
  return writer.getBytes()
}

/** Ascending integers whose steps need up to `bits` bits. */
const ascending = ({ integer }: Random, count: number, bits: number): Float64Array => {
  let at = integer(-5e11, 12e11)
  return Float64Array.from({ length: count }, () => at += integer(1, Math.max(1, 2 ** bits - 1)))
}

describe("DELTA_BINARY_PACKED", () => {
  it("is what hyparquet-writer writes and hyparquet reads, for steps of every width", () => {
    const random = randomOf(1)
    for (let bits = 0; bits <= 32; bits++) {
      for (const count of [1, 2, 33, 128, 129, random.integer(1, 1_500)]) {
        const values = ascending(random, count, bits)
        const bytes = encode(values)
        assert.deepStrictEqual(readDelta(bytes, count), values)
        const theirs = new ByteWriter()
        deltaBinaryPack(theirs, Array.from(values, BigInt), "INT64")
        assert.deepStrictEqual(bytes, theirs.getBytes(), `${count} steps of ${bits} bits`)
        const decoded = new BigInt64Array(count)
        deltaBinaryUnpack({ view: new DataView(bytes.slice().buffer), offset: 0 }, count, decoded)
        assert.deepStrictEqual(Float64Array.from(decoded, Number), values)
      }
    }
  })

  it("a damaged page throws or gives as many values as it should, and never takes long", () => {
    const random = randomOf(2)
    const values = ascending(random, 300, 20)
    const bytes = encode(values)
    for (let i = 0; i < bytes.length * 8; i++) {
      const damaged = flipBit(bytes, i)
      let read: Float64Array
      try {
        read = readDelta(damaged, values.length)
      } catch (error) {
        assert.instanceOf(error, RangeError)
        continue
      }
      assert.strictEqual(read.length, values.length)
    }
    for (let end = 0; end < bytes.length - 20; end++) {
      assert.throws(() => readDelta(bytes.slice(0, end), values.length), RangeError)
    }
  })
})
