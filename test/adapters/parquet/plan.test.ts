/**
 * Read plans: the catalog index leads to the bytes of every point and to few others. Random sites are read back through
 * their plans, alone and together, and docs/format-catalog-index.md is proved rule by rule.
 */
import { assert, describe, it } from "vitest"
import { makeBuilder } from "../../../src/adapters/parquet/write/day.ts"
import { decodeSpan } from "../../../src/adapters/parquet/read/spans.ts"
import { encodeIndex, type Range, walkIndex } from "../../../src/adapters/parquet/format/object-index.ts"
import { mergeRanges, planRead, planScan } from "../../../src/adapters/parquet/read/plan.ts"
import { dayStart, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { comparePoints } from "../../../src/domain/samples/names.ts"
import { sliceColumns } from "../../../src/domain/samples/series.ts"
import { windowOfDay } from "../../../src/domain/time/window.ts"
import { readSpans } from "./spans.ts"
import { forSeeds, randomOf } from "../../random.ts"
import { assertSameSeries, seriesAt } from "../../samples.ts"
import { day, jittered, randomSite } from "./sites.ts"

const range = (offset: number, length: number): Range => ({ offset, length })

describe("mergeRanges", () => {
  it("joins neighbours across small gaps only, whatever their order", () => {
    assert.deepStrictEqual(mergeRanges([range(9_000, 10), range(0, 100), range(100, 50), range(4_000, 10)]), [
      range(0, 4_010),
      range(9_000, 10)
    ])
  })

  it("keeps a range that lies in another", () => {
    assert.deepStrictEqual(mergeRanges([range(0, 100), range(10, 5)]), [range(0, 100)])
  })

  it("joins across the gap that is asked", () => {
    const merged = mergeRanges([range(0, 60), range(160, 60), range(321, 1)], 100)
    assert.deepStrictEqual(merged, [range(0, 220), range(321, 1)])
  })
})

describe("format-catalog-index", () => {
  it("5: a group without bytes names points that the object passes over, and nothing is fetched for them", () => {
    const group = (headLength: number, points: number, firstName: string, lastName: string, length: number) =>
      ({ headLength, spans: [{ points, firstName, lastName, length }] })
    const gaps = encodeIndex([group(0, 2, "a", "b", 0), group(100, 1, "c", "c", 900), group(0, 3, "d", "f", 0)])
    const plan = planRead(gaps, ["f", "a", "c", "e"])
    assert.deepStrictEqual(plan.passed, ["a", "e", "f"])
    assert.deepStrictEqual(plan.wanted.map(({ points }) => points), [["c"]])
    assert.deepStrictEqual(plan.ranges, [range(4, 1_000)])
  })

  const names = ["a", "a/long/shared/prefix/1", "a/long/shared/prefix/2", "b", "～", "😀", "😀😀"]
  const index = encodeIndex(names.map((name, i) => ({
    headLength: 100 + i,
    spans: [{ points: 1, firstName: name, lastName: name, length: 5_000 + i }]
  })))

  it("1: version, checksum of the frame, length", () => {
    assert.strictEqual(index[0], 1)
    const damaged = index.slice()
    damaged[12] = (damaged[12] as number) ^ 1
    assert.throws(() => planRead(damaged, ["a"]), /checksum/)
    assert.throws(() => planRead(Uint8Array.of(2, ...index.slice(1)), ["a"]), /version 2/)
    assert.throws(() => planRead(index.slice(0, 20), ["a"]))
  })

  it("2: groups follow each other from byte 4, heads before spans", () => {
    let offset = 4
    for (const [i, span] of [...walkIndex(index)].entries()) {
      assert.deepInclude(span, { head: range(offset, 100 + i), offset: offset + 100 + i, length: 5_000 + i })
      offset += 5_100 + 2 * i
    }
  })

  it("3: separators are the shortest that tell a span from the one before, cut between code points", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    const separators = [...walkIndex(index)].map((span) => decoder.decode(span.separator))
    assert.deepStrictEqual(separators, ["a", "a/", "a/long/shared/prefix/2", "b", "～", "😀", "😀😀"])
  })

  it("4: a name is in the last span whose separator is not above it", () => {
    for (const [i, name] of names.entries()) {
      assert.deepStrictEqual(planRead(index, [name]).wanted.map(({ span }) => span.length), [5_000 + i])
    }
    assert.deepStrictEqual(planRead(index, ["A"]).ranges, [], "before the first name there is nothing to read")
    assert.deepStrictEqual(planRead(index, ["aa"]).wanted.map(({ span }) => span.length), [5_002])
  })

  it("a plan finds every point, alone and together, in random sites", () => {
    forSeeds(20, (random) => {
      const all = randomSite(random, 50)
      const builder = makeBuilder({ site: "demo", day, generation: 1, source: "backfill", writtenBy: "r" })
      for (const one of all) builder.add(one)
      const { bytes, index } = builder.finish()
      const at = ({ length, offset }: Range) => bytes.subarray(offset, offset + length)
      const read = (points: ReadonlyArray<string>) =>
        planRead(index, points).wanted.flatMap(({ points, span }) =>
          decodeSpan(at(span.head), at(span), span, new Set(points), windowOfDay(day)))
      assertSameSeries(read(all.map(({ point }) => point).toReversed()), all)
      for (const one of all) assertSameSeries(read([one.point, "not there"]), [one])
      const start = dayStart(day) + random.below(24) * HOUR_MS
      const window = { start, end: start + random.integer(1, 140) * MINUTE_MS }
      const cut = planRead(index, all.map(({ point }) => point)).wanted.flatMap(({ points, span }) =>
        decodeSpan(at(span.head), at(span), span, new Set(points), window))
      assertSameSeries(cut, all.map((one) => ({ point: one.point, ...sliceColumns(one, window) })))
      const scanned = (after: string | null) =>
        [...planScan(index, 10_000, after)].flatMap((spans) => readSpans(bytes, spans, after))
      assertSameSeries(scanned(null), all)
      for (const [i, { point }] of all.entries()) assertSameSeries(scanned(point), all.slice(i + 1))
    })
  })

  it("one point of a full device is two ranges, of a site without shared timelines one", () => {
    const random = randomOf(7)
    const scrape = jittered(random)
    const sizes = (timeline: () => ReadonlyArray<number>) => {
      const builder = makeBuilder({ site: "demo", day, generation: 1, source: "backfill", writtenBy: "r" })
      const names = Array.from({ length: 32 }, (_, i) => `device/${i}`).sort(comparePoints)
      for (const name of names) builder.add(seriesAt(name, timeline(), () => random.below(1_000) / 10))
      const { index, size } = builder.finish()
      const { ranges } = planRead(index, ["device/30"])
      return { count: ranges.length, bytes: ranges.reduce((total, one) => total + one.length, 0), size }
    }
    const shared = sizes(() => scrape)
    assert.strictEqual(shared.count, 2)
    assert.isBelow(shared.bytes, shared.size / 2)
    assert.strictEqual(sizes(() => jittered(random)).count, 1)
  })
})
