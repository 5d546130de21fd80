/** docs/format-month.md, the rules of its objects. */
import { parquetMetadata } from "hyparquet"
import { assert, describe, it } from "vitest"
import { decodeSpan } from "../../../src/adapters/parquet/read/spans.ts"
import { indexOf, readTexts } from "../../../src/adapters/parquet/format/metadata.ts"
import { walkIndex } from "../../../src/adapters/parquet/format/object-index.ts"
import { walkPages } from "../../../src/adapters/parquet/read/pages.ts"
import { verifyMonth } from "../../../src/adapters/parquet/verify/month.ts"
import { makeMonthBuilder } from "../../../src/adapters/parquet/write/month.ts"
import { planRead } from "../../../src/adapters/parquet/read/plan.ts"
import { makeRollupBuilder } from "../../../src/adapters/parquet/write/rollup.ts"
import { decodeRollup } from "../../../src/adapters/parquet/read/rollup.ts"
import { verifyRollup } from "../../../src/adapters/parquet/verify/rollup.ts"
import { dayFromDate, HOUR_MS, monthOf } from "../../../src/domain/time/calendar.ts"
import { windowOfMonth } from "../../../src/domain/tiers/months.ts"
import { ROLLUP_FIELDS, rollUp } from "../../../src/domain/answers/rollup.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { assertSameTable, readers, rowsOf } from "../../parquet/readers.ts"
import { randomOf } from "../../random.ts"
import { bytesOf, flipBit } from "../../bytes.ts"
import { seriesAt } from "../../samples.ts"

const month = monthOf(dayFromDate(2026, 10, 1))
const { end, start } = windowOfMonth(month)
const name = { site: "demo/é", month, build: 7, part: 2 }

const every = (step: number, phase = 0) =>
  Float64Array.from({ length: Math.floor((end - start - phase - 1) / step) + 1 }, (_, i) => start + phase + i * step)

const random = randomOf(9)
/** A sample a minute with a jitter of its own. */
const jittered = () => every(60_000).map((at) => at + random.below(500))

const samplesOf = (all: ReadonlyArray<Series>) => {
  const builder = makeMonthBuilder(name)
  for (const one of all) assert.isUndefined(builder.add(one))
  const built = builder.finish()
  assert.isUndefined(verifyMonth(name, built))
  return built
}

const hoursOf = (all: ReadonlyArray<Series>) => {
  const builder = makeRollupBuilder(name)
  for (const one of all) builder.add({ point: one.point, ...rollUp(one) })
  const built = builder.finish()
  assert.isUndefined(verifyRollup(name, built))
  return built
}

const wave = (i: number) => Math.round(Math.sin(i / 700) * 300) / 10

const textsOf = (bytes: Uint8Array) =>
  Object.fromEntries(parquetMetadata(bytes).key_value_metadata?.map(({ key, value }) => [key, value]) ?? [])

describe("format-month", () => {
  it("1: samples have the columns of a daily object, and every reader agrees on every row", async () => {
    const odd = [-0, 5e-324, 1.7976931348623157e308, 1.6100000143051147]
    const all = [
      seriesAt("a", every(3_600_000), (i) => odd[i] ?? i),
      seriesAt("b 😀", jittered().subarray(0, 9_000), () => random.next()),
      seriesAt("c", [start, end - 1], () => 1)
    ]
    const { bytes } = samplesOf(all)
    const expected = rowsOf(all, name.site)
    for (const [reader, read] of Object.entries(readers)) assertSameTable(await read(bytes), expected, reader)
  })

  it("2: a point of a sample a minute is a group of its own, and one range", () => {
    const all = ["a", "b", "c"].map((point) => seriesAt(point, jittered(), wave))
    const { bytes, index } = samplesOf(all)
    assert.lengthOf(parquetMetadata(bytes).row_groups, 3)
    const { ranges, wanted: spans } = planRead(index, ["b"])
    assert.lengthOf(ranges, 1)
    const [piece] = spans
    assert(piece !== undefined)
    const { head } = piece.span
    const wanted = new Set(["b"])
    const series = decodeSpan(bytesOf(bytes, head), bytesOf(bytes, piece.span), piece.span, wanted, { start, end })
    assert.deepStrictEqual(series, all.slice(1, 2))
  })

  it("3: a page holds at most 22,500 rows, fewer where they compress badly, and a group at most 400,000", () => {
    const scrape = jittered()
    const device = Array.from({ length: 12 }, (_, i) =>
      seriesAt(`device/${String(i).padStart(2, "0")}`, scrape, () => wave(i)))
    const noise = seriesAt("noise", jittered(), () => random.next())
    const { bytes, index } = samplesOf([...device, noise])
    const groups = parquetMetadata(bytes).row_groups.map(({ num_rows }) => Number(num_rows))
    // Points that were scraped together share a group: eight of them, then the other four.
    assert.deepStrictEqual(groups, [8 * 44_640, 4 * 44_640, 44_640])
    const values = [...walkIndex(index)].flatMap((span) => [...walkPages(bytesOf(bytes, span))])
    assert.strictEqual(Math.max(...values.map(({ rows }) => rows)), 22_500)
    // A timeline that is shared is stored once a group.
    const apart = samplesOf(device.map(({ point }, i) => seriesAt(point, jittered(), () => wave(i))))
    assert.isBelow(samplesOf(device).size * 2, apart.size)
  })

  it("4: hours are 13 columns with logical types, and every reader agrees on every row", async () => {
    const all = [
      seriesAt("a", every(900_000), wave),
      seriesAt("b 😀", jittered(), () => random.next() * 1e9),
      seriesAt("c", [end - 1], () => -0)
    ]
    const { bytes, rows } = hoursOf(all)
    const expected = all.flatMap((one) => {
      const r = rollUp(one)
      return Array.from(r.starts, (hour, i) => ({
        site_name: name.site,
        point_name: one.point,
        hour,
        count: r.counts[i],
        sum: r.sums[i],
        first_time: r.firstTimes[i],
        first: r.firsts[i],
        last_time: r.lastTimes[i],
        last: r.lasts[i],
        min_time: r.minTimes[i],
        min: r.mins[i],
        max_time: r.maxTimes[i],
        max: r.maxs[i]
      }))
    })
    assert.strictEqual(rows, expected.length)
    for (const [reader, read] of Object.entries(readers)) assertSameTable(await read(bytes), expected, reader)
  })

  it("5: the hours of a point are one group and one range", () => {
    const all = ["a", "b", "c"].map((point, i) => seriesAt(point, every(HOUR_MS / 4, i), wave))
    const { bytes, index } = hoursOf(all)
    assert.lengthOf(parquetMetadata(bytes).row_groups, 3)
    const { ranges, wanted: spans } = planRead(index, ["b"])
    assert.lengthOf(ranges, 1)
    const span = spans[0]?.span
    assert(span !== undefined)
    const rollup = decodeRollup(bytesOf(bytes, span.head), bytesOf(bytes, span), ROLLUP_FIELDS)
    assert.deepStrictEqual(rollup, { point: "b", ...rollUp(all[1] as Series) })
  })

  it("6: the footer says what the object is, and holds its index", () => {
    const all = [seriesAt("a", every(HOUR_MS), wave)]
    for (const [kind, built] of [["month", samplesOf(all)], ["rollup-1h", hoursOf(all)]] as const) {
      const { checksum, firstTimestamp, index, lastTimestamp, points, rows } = built
      assert.deepInclude(textsOf(built.bytes), {
        format: "2",
        kind,
        site: encodeURIComponent(name.site),
        month: "2026-10",
        build: "7",
        part: "2",
        rows: String(rows),
        points: String(points),
        firstTimestamp: String(firstTimestamp),
        lastTimestamp: String(lastTimestamp),
        checksum
      })
      assert.deepStrictEqual(indexOf(readTexts(built.bytes)), index)
    }
  })

  it("7: what is verified is told from what is not: flipped bits, other names, another part", () => {
    const all = ["a", "b"].map((point) => seriesAt(point, every(HOUR_MS * 3), wave))
    const kinds = [[samplesOf(all), verifyMonth], [hoursOf(all), verifyRollup]] as const
    for (const [built, verify] of kinds) {
      for (let at = 0; at < built.bytes.length; at += Math.ceil(built.bytes.length / 120)) {
        const bytes = flipBit(built.bytes, at * 8 + at % 8)
        assert.isDefined(verify(name, { ...built, bytes }), `bit of byte ${at} of ${bytes.length}`)
      }
      assert.isDefined(verify(name, { ...built, pointNames: ["a", "c"] }))
      assert.isDefined(verify({ ...name, part: 3 }, built))
      assert.isDefined(verify({ ...name, site: "other" }, built))
    }
  })
})
