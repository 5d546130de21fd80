/**
 * Damaged blobs: whatever happens to the bytes, decoding gives an error or the same samples, never others, and never
 * throws (F2 to F5 of docs/format-hot-chunk.md). Bytes are flipped, cut and mutated at random.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { flipBit } from "../../bytes.ts"
import { randomOf, seeds } from "../../random.ts"
import { decodeChunk, encodeChunk } from "../../../src/domain/codec/chunk/chunk.ts"
import { seal } from "../../../src/domain/codec/frame.ts"
import { decodeSegments, encodeSegment } from "../../../src/domain/codec/segment/segment.ts"
import { decodeTimelines, encodeTimelines } from "../../../src/domain/codec/chunk/timelines.ts"
import { anyColumns } from "./generate.ts"
import { fuzzCodec } from "./mutate.ts"

const columns = anyColumns(randomOf(1), 100)
const chunk = encodeChunk(columns)

const reasonOf = (bytes: Uint8Array): string => {
  const decoded = decodeChunk(bytes)
  return Result.isFailure(decoded) ? decoded.failure.reason : "read"
}

describe("damage", () => {
  it("F2: another version or kind of blob is refused by name", () => {
    const future = Uint8Array.from(chunk)
    future[0] = (future[0] as number) + 1
    assert.strictEqual(reasonOf(future), "version")
    assert.strictEqual(reasonOf(encodeTimelines([columns.timestamps])), "version")
    assert.strictEqual(reasonOf(encodeSegment([{ slot: 1, ...columns }])), "version")
  })

  it("F3: every truncation is refused as one", () => {
    for (let length = 0; length < chunk.length; length++) {
      assert.strictEqual(reasonOf(chunk.subarray(0, length)), "truncated", `${length} bytes`)
    }
    const two = Uint8Array.from([1, 2].flatMap((slot) => [...encodeSegment([{ slot, ...columns }])]))
    const decoded = decodeSegments(two.subarray(0, two.length - 1))
    assert.isTrue(Result.isFailure(decoded) && decoded.failure.reason === "truncated")
  })

  it("F4: every single flipped bit is refused", () => {
    for (let bit = 0; bit < chunk.length * 8; bit++) {
      assert.notStrictEqual(reasonOf(flipBit(chunk, bit)), "read", `bit ${bit}`)
    }
  })

  it("F4: bytes after a chunk are refused", () => {
    assert.strictEqual(reasonOf(Uint8Array.from([...chunk, 0])), "damaged")
  })

  it("F4: twenty thousand mutated blobs are refused or read as before", () => {
    for (const seed of seeds(1, 1)) {
      const { mutated, refused } = fuzzCodec(seed, 10_000)
      assert.isAbove(refused, mutated * 0.95)
    }
  })

  it("F5: payloads that pass the checksum but no encoder wrote end in a result", () => {
    const random = randomOf(2)
    for (let i = 0; i < 3_000; i++) {
      const payload = Uint8Array.from({ length: random.integer(0, 60) }, () => random.integer(0, 255))
      assert.isTrue(Result.isResult(decodeChunk(seal("chunk", payload), [columns.timestamps])))
      assert.isTrue(Result.isResult(decodeTimelines(seal("timelines", payload))))
      assert.isTrue(Result.isResult(decodeSegments(seal("segment", payload))))
    }
  })
})
