/**
 * Segments: entries of any shape come back as they were (G1), segments can be appended (G2), readers can skip (G3), and
 * shared timestamps take hardly any room (G4). Random entries; the rules are those of docs/format-hot-chunk.md.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type Random, randomOf } from "../../random.ts"
import { decodeSegments, encodeSegment, type SegmentEntry, SLOTS } from "../../../src/domain/codec/segment/segment.ts"
import { assertSameColumns } from "../../samples.ts"
import { anyColumns, makeTimestamps, makeValues } from "./generate.ts"

const concat = (blobs: ReadonlyArray<Uint8Array>): Uint8Array =>
  Uint8Array.from(blobs.flatMap((blob) => Array.from(blob)))

const assertDecodes = (bytes: Uint8Array, entries: ReadonlyArray<SegmentEntry>, label = ""): void => {
  const decoded = Result.getOrThrow(decodeSegments(bytes))
  assert.deepStrictEqual(decoded.map(({ slot }) => slot), entries.map(({ slot }) => slot), label)
  decoded.forEach((entry, i) => assertSameColumns(entry, entries[i] as SegmentEntry, `${label}, entry ${i}`))
}

const anyEntries = (random: Random, entries: number, most: number): ReadonlyArray<SegmentEntry> =>
  Array.from({ length: entries }, () => ({
    slot: random.integer(0, SLOTS - 1),
    ...anyColumns(random, random.integer(1, most))
  }))

describe("segments", () => {
  it("G1: entries of any shape come back in their order, a slot as often as it was given", () => {
    const random = randomOf(1)
    for (let i = 0; i < 300; i++) {
      const entries = anyEntries(random, random.integer(0, 80), 7)
      assertDecodes(encodeSegment(entries), entries, `segment ${i}`)
    }
  })

  it("G1: ten thousand samples of one point come back", () => {
    const random = randomOf(2)
    const entries = anyEntries(random, 3, 1).map(({ slot }) => ({ slot, ...anyColumns(random, 10_000) }))
    assertDecodes(encodeSegment(entries), entries)
  })

  it("G2: segments one after the other are a blob", () => {
    const random = randomOf(3)
    const all = Array.from({ length: 12 }, () => anyEntries(random, 9, 5))
    assertDecodes(concat(all.map(encodeSegment)), all.flat())
    assertDecodes(new Uint8Array(0), [])
  })

  it("G3: only wanted slots are read, and of them wanted timestamps", () => {
    const entries = anyEntries(randomOf(4), 64, 5)
    const firsts = entries.map(({ timestamps }) => timestamps[0] ?? 0).sort((a, b) => a - b)
    const early = (timestamps: Float64Array) => (timestamps[0] ?? 0) < (firsts[32] ?? 0)
    const third = entries.filter(({ slot }) => slot % 3 === 0)
    const wanted = third.filter(({ timestamps }) => early(timestamps))
    assert.isTrue(wanted.length > 0 && wanted.length < third.length)
    const decoded = Result.getOrThrow(
      decodeSegments(encodeSegment(entries), { slot: (slot) => slot % 3 === 0, timestamps: early })
    )
    assert.deepStrictEqual(decoded.map(({ slot }) => slot), wanted.map(({ slot }) => slot))
    decoded.forEach((entry, i) => assertSameColumns(entry, wanted[i] as SegmentEntry, `entry ${i}`))
  })

  it("G4: timestamps that points share are written once", () => {
    const random = randomOf(5)
    const timestamps = makeTimestamps("jittered", random, 5)
    const entries = Array.from({ length: SLOTS }, (_, slot) => ({
      slot,
      timestamps: timestamps.slice(),
      values: makeValues("tenths", random, 5)
    }))
    const bytes = encodeSegment(entries)
    assertDecodes(bytes, entries)
    assert.isBelow(bytes.length / (SLOTS * 5), 2.2)
  })

  it("G1: a slot outside 0 to 63 is a bug of the caller", () => {
    assert.throws(() => encodeSegment([{ slot: SLOTS, ...anyColumns(randomOf(6), 3) }]), RangeError)
  })
})
