/**
 * Integer streams: folding (N1), sparse streams (N2), the four forms (N3) and tokens (N4). Streams are written and read
 * back, and their sizes show that the right form was chosen. The rules are those of docs/format-hot-chunk.md.
 */
import { assert, describe, it } from "@effect/vitest"
import { randomOf } from "../../random.ts"
import { BitReader, BitWriter } from "../../../src/domain/codec/streams/bits.ts"
import {
  fold,
  MAX_INTEGER,
  planIntegers,
  readIntegers,
  unfold,
  writeIntegers
} from "../../../src/domain/codec/streams/integers.ts"
import { TOKEN_BASE, TOKEN_BITS, tokenOf, TOKENS } from "../../../src/domain/codec/streams/tokens.ts"
import { countUnsigned, planUnsigned, readUnsigned, writeUnsigned } from "../../../src/domain/codec/streams/unsigned.ts"
import { assertSameBits } from "../../samples.ts"

const readerOf = (writer: BitWriter): BitReader => {
  const bytes = writer.finish()
  return new BitReader(bytes, 0, bytes.length)
}

/** Bytes of the stream, after it came back. */
const integers = (list: Iterable<number>): number => {
  const written = Float64Array.from(list)
  const writer = new BitWriter(64)
  writeIntegers(writer, planIntegers(written))
  const reader = readerOf(writer)
  const read = new Float64Array(written.length).fill(NaN)
  assert.isTrue(readIntegers(reader, read) && !reader.overrun)
  assertSameBits(read, written, "stream")
  return reader.position / 8
}

const unsigned = (list: Iterable<number>): { readonly form: number; readonly bits: number } => {
  const written = Float64Array.from(list)
  const writer = new BitWriter(64)
  const counted = countUnsigned(written)
  const plan = planUnsigned(counted)
  writeUnsigned(writer, counted, plan)
  const reader = readerOf(writer)
  const read = new Float64Array(written.length).fill(NaN)
  assert.isTrue(readUnsigned(reader, read) && !reader.overrun)
  assertSameBits(read, written, "stream")
  return { form: plan.form, bits: reader.position }
}

const many = (count: number, next: (i: number) => number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => next(i))

describe("integer streams", () => {
  it("N1: folding is its own inverse up to 2^52", () => {
    const integers = [0, 1, -1, 2 ** 30, -(2 ** 30), 2 ** 31, -(2 ** 31), 2 ** 52, -(2 ** 52) + 1]
    for (const n of integers) assert.strictEqual(unfold(fold(n)), n)
  })

  it("N1: each prediction is good for the streams it is for", () => {
    const random = randomOf(1)
    assert.isBelow(integers(many(1_000, () => 42)), 4)
    assert.isBelow(integers(many(1_000, () => random.integer(0, 500))) / 1_000, 1.15)
    assert.isBelow(integers(many(1_000, (i) => i * 1_000_003)), 30)
    assert.isBelow(integers(many(1_000, (i) => i * i)), 30)
  })

  it("N1: a common divisor is written only once", () => {
    const random = randomOf(2)
    assert.isBelow(integers(many(1_000, () => 7 + 1_000_000 * random.integer(0, 3))) / 1_000, 0.3)
  })

  it("N1: the ends of the range come back", () => {
    const random = randomOf(3)
    integers([MAX_INTEGER, -MAX_INTEGER, MAX_INTEGER])
    integers(many(300, () => random.integer(-1, 1) * MAX_INTEGER))
    integers(many(300, () => Math.floor((random.next() - 0.5) * 2 * MAX_INTEGER)))
  })

  it("N2: rare changes cost only themselves", () => {
    const random = randomOf(4)
    let level = 0
    assert.isBelow(integers(many(10_000, () => level += random.next() < 0.002 ? random.integer(-9, 9) : 0)), 60)
    assert.isBelow(integers(many(10_000, () => random.next() < 0.002 ? 1 : 0)), 50)
  })

  it("N3: each form is taken where it is the smallest", () => {
    const random = randomOf(5)
    const forms = [
      unsigned(many(100, () => 0)),
      unsigned(many(1_000, () => random.integer(0, 1_023))),
      unsigned(many(40, () => Math.floor(-Math.log(1 - random.next()) * 30))),
      unsigned(many(2_000, () => Math.floor(-Math.log(1 - random.next()) * 3)))
    ]
    assert.deepStrictEqual(forms.map(({ form }) => form), [0, 1, 2, 3])
  })

  it("N3: one giant among small ones comes back", () => {
    for (const giant of [2 ** 20, 2 ** 31, 2 ** 32, 2 ** 53 - 1]) {
      unsigned(many(12, (i) => i === 5 ? giant : i % 3))
      unsigned(many(1_200, (i) => i === 5 ? giant : i % 3))
    }
  })

  it("N4: every integer has one token, and its low bits find it", () => {
    const random = randomOf(6)
    const values = [0, 15, 16, 23, 24, 31, 32, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]
    for (const value of [...values, ...many(1_000, () => Math.floor(2 ** (random.next() * 53)))]) {
      const token = tokenOf(value)
      const rest = value - (TOKEN_BASE[token] as number)
      assert.isTrue(token < TOKENS && rest >= 0 && rest < 2 ** (TOKEN_BITS[token] as number), String(value))
    }
  })

  it("N4: tables of one token, of all, and of a few common among many rare ones come back", () => {
    const all = many(114, (token) => TOKEN_BASE[token] as number)
    unsigned(many(5_000, () => 3))
    unsigned(many(5_000, (i) => all[i % all.length] as number))
    unsigned([...all, ...many(200_000, () => 1)])
    unsigned([...all.slice(57), ...many(60_000, (i) => all[i % 57] as number)])
  })

  it("N4: a skewed stream takes about its entropy", () => {
    const random = randomOf(7)
    const skewed = many(20_000, () => random.next() < 0.8 ? 0 : random.next() < 0.8 ? 1 : 2)
    // 0.8, 0.16, 0.04: 0.866 bits each.
    assert.isBelow(unsigned(skewed).bits / 20_000, 0.88)
  })
})
