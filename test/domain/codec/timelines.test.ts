/**
 * Shared timelines: what is worth sharing among the points of a device (S1, S2), and that a chunk refuses a timeline
 * that is not its own (S3). Devices are generated with gaps and odd samples; the rules are those of
 * docs/format-hot-chunk.md.
 */
import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { type Random, randomOf } from "../../random.ts"
import { decodeChunk, encodeChunk } from "../../../src/domain/codec/chunk/chunk.ts"
import { decodeTimelines, encodeTimelines, shareTimelines } from "../../../src/domain/codec/chunk/timelines.ts"
import type { Columns } from "../../../src/domain/samples/series.ts"
import { assertSameBits, assertSameColumns } from "../../samples.ts"
import { disturb, makeTimestamps, makeValues, TIME_SHAPES } from "./generate.ts"

const withValues = (timestamps: Float64Array, random: Random): Columns => ({
  timestamps,
  values: makeValues("long repeats of 0 and 1", random, timestamps.length)
})

const device = (random: Random, points: number, missing = 0.015, extra = 0): ReadonlyArray<Columns> => {
  const scrape = makeTimestamps("jittered", random, 1_440)
  const phase = random.integer(1_000, 58_000)
  const shifted = scrape.map((at) => at + phase)
  return Array.from({ length: points }, () => withValues(disturb(random, shifted, missing, extra), random))
}

/** Writes the timelines and reads them back, to the bit. */
const storeTimelines = (timelines: ReadonlyArray<Float64Array>): ReadonlyArray<Float64Array> => {
  const stored = Result.getOrThrow(decodeTimelines(encodeTimelines(timelines)))
  assert.strictEqual(stored.length, timelines.length)
  stored.forEach((one, i) => assertSameBits(one, timelines[i] as Float64Array, `timeline ${i}`))
  return stored
}

const assertBlock = (block: ReadonlyArray<Columns>): { readonly timelines: number; readonly bytes: number } => {
  const timelines = shareTimelines(block)
  const stored = storeTimelines(timelines)
  let bytes = 0
  for (const columns of block) {
    const chunk = encodeChunk(columns, timelines)
    assertSameColumns(Result.getOrThrow(decodeChunk(chunk, stored)), columns)
    bytes += chunk.length
  }
  return { timelines: timelines.length, bytes }
}

it("S1: a device's timeline is written once and its points refer to it", () => {
  const block = device(randomOf(1), 64)
  const { bytes, timelines } = assertBlock(block)
  assert.strictEqual(timelines, 1)
  assert.isBelow(bytes / (64 * 1_440), 0.1)
  const alone = decodeChunk(encodeChunk(block[0] as Columns, shareTimelines(block)))
  assert.strictEqual(Result.isFailure(alone) ? alone.failure.reason : "read", "timeline")
})

it("S1: each device of a block has its own, in whatever order its points come", () => {
  const random = randomOf(2)
  const [a, b, c] = [device(random, 21), device(random, 21), device(random, 22)]
  const mixed = Array.from({ length: 22 }, (_, i) => [a[i], b[i], c[i]]).flat().filter((one) => one !== undefined)
  const { bytes, timelines } = assertBlock(mixed)
  assert.strictEqual(timelines, 3)
  assert.isBelow(bytes / (64 * 1_440), 0.1)
})

it("S1: points with samples of their own still share the rest", () => {
  const { bytes, timelines } = assertBlock(device(randomOf(3), 40, 0.015, 0.01))
  assert.strictEqual(timelines, 1)
  assert.isBelow(bytes / (40 * 1_440), 0.2)
})

it("S1: points that have only the end of the day still share it", () => {
  const block = device(randomOf(4), 10).map((columns, i) => ({
    timestamps: columns.timestamps.slice(i * 100),
    values: columns.values.slice(i * 100)
  }))
  const { bytes, timelines } = assertBlock(block)
  assert.strictEqual(timelines, 1)
  assert.isBelow(bytes / (10 * 990), 0.12)
})

it("S1: the first minutes of a day are shared too", () => {
  const block = device(randomOf(10), 30).map(({ timestamps, values }) => ({
    timestamps: timestamps.slice(0, 15),
    values: values.slice(0, 15)
  }))
  assert.strictEqual(assertBlock(block).timelines, 1)
})

it("S2: nothing is shared where that would save nothing", () => {
  const random = randomOf(5)
  const own = Array.from({ length: 20 }, () => withValues(makeTimestamps("events", random, 700), random))
  const regular = Array.from({ length: 20 }, () => withValues(makeTimestamps("regular", random, 1_440), random))
  assert.deepStrictEqual(shareTimelines(own), [])
  assert.deepStrictEqual(shareTimelines(regular), [])
  assert.deepStrictEqual(shareTimelines(device(random, 1)), [])
  assert.deepStrictEqual(shareTimelines([]), [])
})

it("S1: a timeline that does not fit is not used", () => {
  const random = randomOf(6)
  const other = makeTimestamps("events", random, 500)
  const columns = withValues(makeTimestamps("jittered", random, 1_440), random)
  const bytes = encodeChunk(columns, [other])
  assertSameColumns(Result.getOrThrow(decodeChunk(bytes)), columns)
})

it("S1: any two lists, however different, come back", () => {
  const random = randomOf(7)
  for (let i = 0; i < 1_000; i++) {
    const timeline = makeTimestamps(TIME_SHAPES[i % TIME_SHAPES.length] as string, random, random.integer(1, 200))
    const timestamps = disturb(random, timeline, random.next() * 0.2, random.next() * 0.1)
    if (timestamps.length === 0) continue
    const columns = withValues(timestamps, random)
    const back = decodeChunk(encodeChunk(columns, [new Float64Array(0), timeline]), [new Float64Array(0), timeline])
    assertSameColumns(Result.getOrThrow(back), columns, `list ${i}`)
  }
})

it("S3: a chunk refuses a timeline that is missing or not its own", () => {
  const block = device(randomOf(8), 8)
  const timelines = shareTimelines(block)
  const bytes = encodeChunk(block[0] as Columns, timelines)
  const altered = timelines.map((timeline) => timeline.map((at, i) => i === 1_000 ? at + 1 : at))
  for (const wrong of [[], altered, [new Float64Array([1, 2, 3])]]) {
    const decoded = decodeChunk(bytes, wrong)
    assert.strictEqual(Result.isFailure(decoded) ? decoded.failure.reason : "read", "timeline")
  }
})

it("S1: timelines of any shape come back from their own blob", () => {
  const random = randomOf(9)
  storeTimelines(TIME_SHAPES.map((shape) => makeTimestamps(shape, random, 300)))
})
