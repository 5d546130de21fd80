import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { randomOf } from "../../random.ts"
import { decodeChunk, encodeChunk, MAX_SAMPLES } from "../../../src/domain/codec/chunk/chunk.ts"
import type { Columns } from "../../../src/domain/samples/series.ts"
import { anyDouble, assertSameColumns } from "../../samples.ts"
import { anyColumns, makeTimestamps, makeValues, TIME_SHAPES, VALUE_SHAPES } from "./generate.ts"

const assertRoundTrip = (columns: Columns, label: string): Uint8Array => {
  const bytes = encodeChunk(columns)
  const decoded = decodeChunk(bytes)
  assertSameColumns(Result.getOrThrow(decoded), columns, label)
  return bytes
}

const regular = (values: ReadonlyArray<number> | Float64Array): Columns => ({
  timestamps: makeTimestamps("regular", randomOf(1), values.length),
  values: Float64Array.from(values)
})

const bytesOf = (shape: string, count = 1_440): number =>
  encodeChunk(regular(makeValues(shape, randomOf(shape.length), count))).length

describe("chunk", () => {
  for (const shape of VALUE_SHAPES) {
    it(`C1: every bit comes back: ${shape}`, () => {
      for (const count of [1, 2, 3, 5, 24, 60, 333, 1_440, 2_881]) {
        for (let seed = 0; seed < 4; seed++) {
          const random = randomOf(1_000 * seed + count)
          const timestamps = makeTimestamps(TIME_SHAPES[(seed + count) % TIME_SHAPES.length] as string, random, count)
          assertRoundTrip({ timestamps, values: makeValues(shape, random, count) }, `${count} samples, seed ${seed}`)
        }
      }
    })
  }

  for (const shape of TIME_SHAPES) {
    it(`C1: every timestamp comes back: ${shape}`, () => {
      for (const count of [1, 2, 3, 4, 5, 64, 65, 700, 1_440]) {
        const random = randomOf(count)
        assertRoundTrip(
          { timestamps: makeTimestamps(shape, random, count), values: makeValues("tenths", random, count) },
          `${count} samples`
        )
      }
    })
  }

  it("C1: columns of any shape and length come back", () => {
    const random = randomOf(2_026)
    for (let i = 0; i < 1_500; i++) assertRoundTrip(anyColumns(random, random.integer(1, 400)), `columns ${i}`)
  })

  it("C1: a day at one-second steps comes back", () => {
    for (const shape of ["tenths", "any double", "0 and 1 in runs", "single walk"]) {
      const random = randomOf(3)
      const timestamps = makeTimestamps("jittered around the step", random, 86_400)
      assertRoundTrip({ timestamps, values: makeValues(shape, random, 86_400) }, shape)
    }
  })

  it("C1: single values of every class come back", () => {
    const random = randomOf(4)
    for (let i = 0; i < 2_000; i++) assertRoundTrip(regular([anyDouble(random)]), `value ${i}`)
  })

  it("C2: no samples are a chunk too", () => {
    assertRoundTrip(regular([]), "empty")
  })

  it("C2: more samples than a chunk holds are the caller's defect", () => {
    const timestamps = new Float64Array(MAX_SAMPLES + 1)
    assert.throws(() => encodeChunk({ timestamps, values: timestamps }), RangeError)
  })

  it("V1: a constant takes no bytes per sample", () => {
    assert.isBelow(bytesOf("constant"), 32)
    assert.isBelow(bytesOf("constant", 86_400), 34)
  })

  it("V2: decimals take the information of their last digit", () => {
    // Deviation 1 in steps of 0.1: 5.4 bits of differences.
    assert.isBelow(bytesOf("tenths") / 1_440, 0.75)
    assert.isBelow(bytesOf("halves as multiples of 5 tenths") / 1_440, 0.3)
    assert.isBelow(bytesOf("ramp"), 40)
  })

  it("V2: odd values among decimals cost only themselves", () => {
    const values = makeValues("tenths", randomOf(5), 1_440)
    const plain = encodeChunk(regular(values)).length
    values[700] = Math.PI
    values[900] = -0
    assert.isBelow(encodeChunk(regular(values)).length, plain + 30)
    assertRoundTrip(regular(values), "with odd values")
  })

  it("V3: decimals that passed through single precision cost as much as the decimals", () => {
    const tenths = makeValues("tenths", randomOf(6), 1_440)
    const widened = tenths.map(Math.fround)
    assert.isBelow(encodeChunk(regular(widened)).length, encodeChunk(regular(tenths)).length + 8)
  })

  it("V4: other singles take no more than their 32 bits, doubles than their 64", () => {
    assert.isBelow(bytesOf("any single") / 1_440, 4.1)
    assert.isBelow(bytesOf("single walk") / 1_440, 3)
    assert.isBelow(bytesOf("any double") / 1_440, 8.1)
  })

  it("V5: few distinct values take the bits of their rank", () => {
    assert.isBelow(bytesOf("few distinct full doubles") / 1_440, 0.5)
    assert.isBelow(bytesOf("tenths in another unit, through single") / 1_440, 1)
  })

  it("V6: doubles that repeat take a bit", () => {
    const random = randomOf(8)
    let held = anyDouble(random)
    const values = Array.from({ length: 1_440 }, () => random.next() < 0.4 ? held = 20 + random.next() : held)
    assert.isBelow(encodeChunk(regular(values)).length / 1_440, 0.42 * 7.6)
  })

  it("T1: regular timestamps take no bytes per sample, missing ones a few bits each", () => {
    const values = new Float64Array(1_440)
    const size = (shape: string) =>
      encodeChunk({ timestamps: makeTimestamps(shape, randomOf(9), 1_440), values }).length
    assert.isBelow(size("regular"), 32)
    assert.isBelow(size("drifting"), 32)
    assert.isBelow(size("with gaps"), 140)
  })

  it("T1: jitter within 500 ms takes 9 bits, not those of its second difference", () => {
    const timestamps = makeTimestamps("jittered", randomOf(10), 1_440)
    assert.isBelow(encodeChunk({ timestamps, values: new Float64Array(1_440) }).length / 1_440, 9.3 / 8)
  })
})
