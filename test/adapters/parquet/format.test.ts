/** docs/format-parquet.md, rule by rule. */
import { parquetMetadata } from "hyparquet"
import { assert, describe, it } from "vitest"
import { makeBuilder } from "../../../src/adapters/parquet/write/day.ts"
import { indexOf, readTexts } from "../../../src/adapters/parquet/format/metadata.ts"
import { walkIndex } from "../../../src/adapters/parquet/format/object-index.ts"
import { type Page, walkPages } from "../../../src/adapters/parquet/read/pages.ts"
import { verifyObject } from "../../../src/adapters/parquet/verify/samples.ts"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../../src/domain/samples/checksum.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { assertSameTable, readers, rowsOf } from "../../parquet/readers.ts"
import { randomOf, seeds } from "../../random.ts"
import { seriesAt } from "../../samples.ts"
import { day, even, jittered, randomSite } from "./sites.ts"

const build = (all: ReadonlyArray<Series>, site = "demo") => {
  const builder = makeBuilder({ site, day, generation: 3, source: "archival", writtenBy: "run ä" })
  for (const one of all) assert.isUndefined(builder.add(one))
  return builder.finish()
}

const readByAll = async (all: ReadonlyArray<Series>, site = "demo") => {
  const built = build(all, site)
  assert.isUndefined(verifyObject(built))
  const expected = rowsOf(all, site)
  for (const [name, read] of Object.entries(readers)) {
    assertSameTable(await read(built.bytes), expected, name)
  }
  return built
}

const wave = (name: string, count = 1_440) =>
  seriesAt(name, even(count), (i) => Math.round(Math.sin(i / 50) * 100) / 10)

const pagesOf = (bytes: Uint8Array): ReadonlyArray<ReadonlyArray<Page>> => {
  const index = indexOf(readTexts(bytes))
  assert(index !== null)
  const spans = [...walkIndex(index)]
  return spans.filter((span) => span.firstPoint === 0).map((first) => {
    const last = spans.findLast((span) => span.head.offset === first.head.offset) ?? first
    return [...walkPages(bytes.subarray(first.head.offset, last.offset + last.length))]
  })
}

describe("format-parquet", () => {
  it("1: the schema is four required columns with logical types", async () => {
    const { bytes } = await readByAll([wave("a", 3)])
    const { created_by, schema } = parquetMetadata(bytes)
    assert.match(created_by ?? "", /^building-vitals \d/)
    assert.deepStrictEqual(
      schema.slice(1).map((one) => [one.name, one.type, one.repetition_type, one.logical_type?.type]),
      [
        ["timestamp", "INT64", "REQUIRED", "TIMESTAMP"],
        ["point_name", "BYTE_ARRAY", "REQUIRED", "STRING"],
        ["value", "DOUBLE", "REQUIRED", undefined],
        ["site_name", "BYTE_ARRAY", "REQUIRED", "STRING"]
      ]
    )
    assert.deepInclude(schema[1]?.logical_type, { isAdjustedToUTC: true, unit: "MILLIS" })
  })

  it("2: rows are sorted by the UTF-8 bytes of the point, then by time, and the footer says so", async () => {
    const all = [wave("Z", 5), wave("a", 5), wave("ä", 5), wave("～", 5), wave("😀", 5)]
    const { bytes } = await readByAll(all)
    const [group] = parquetMetadata(bytes).row_groups
    assert.deepStrictEqual(group?.sorting_columns?.map((one) => one.column_idx), [1, 0])
  })

  it("3: value pages hold one point each, and so do timestamp pages that are not shared", async () => {
    const all = Array.from({ length: 40 }, (_, i) => wave(`point ${String(i).padStart(2, "0")}`, 700 + i))
    const { bytes } = await readByAll(all)
    const rows = pagesOf(bytes).flatMap((pages) => {
      const numbers = pages.slice(4)
      const counts = numbers.map((page) => page.rows)
      const [timestamps, values] = [counts.slice(0, counts.length / 2), counts.slice(counts.length / 2)]
      assert.deepStrictEqual(timestamps, values)
      return values
    })
    assert.deepStrictEqual(rows, all.map((one) => one.timestamps.length))
  })

  it("4: points that were scraped together share one timestamp page where that is smaller", async () => {
    const random = randomOf(4)
    const scrape = jittered(random)
    const device = Array.from({ length: 24 }, (_, i) =>
      seriesAt(`device/${String(i).padStart(2, "0")}`, scrape.filter(() => !random.happens(0.02)), () => i))
    const shared = await readByAll(device)
    const [pages] = pagesOf(shared.bytes)
    assert.strictEqual(pages?.[4]?.header.data_page_header_v2?.encoding, "PLAIN")
    assert.strictEqual(pages?.[4]?.rows, shared.rows)
    const apart = build(device.map((one) => seriesAt(one.point, jittered(random, 0.02), () => 1)))
    assert.isBelow(shared.size, apart.size / 3)
  })

  it("4: a regular timeline between two that are shared keeps the group apart", async () => {
    const scrape = jittered(randomOf(44))
    await readByAll([
      seriesAt("a", scrape, () => 1),
      seriesAt("b", even(1_440), () => 1),
      ...Array.from({ length: 12 }, (_, i) => seriesAt(`c${String(i).padStart(2, "0")}`, scrape, () => 1))
    ])
  })

  it("5: each value page takes the smaller of PLAIN and BYTE_STREAM_SPLIT", async () => {
    const random = randomOf(5)
    const { bytes } = await readByAll([
      wave("decimals"),
      seriesAt("floats", even(1_440), () => Math.fround(random.next() * 1_000)),
      seriesAt("noise", even(1_440), () => random.next())
    ])
    const values = pagesOf(bytes).flatMap((pages) => pages.slice(7))
    const encodings = values.map((page) => page.header.data_page_header_v2?.encoding)
    assert.deepStrictEqual(encodings, ["PLAIN", "BYTE_STREAM_SPLIT", "BYTE_STREAM_SPLIT"])
  })

  it("6: a point of 86,400 samples fills pages of at most 5,000 rows", async () => {
    const random = randomOf(6)
    const { bytes } = await readByAll([seriesAt("fast", even(86_400), () => random.next()), wave("slow", 2)])
    const rows = pagesOf(bytes).flatMap((pages) => pages.slice(4).map((page) => page.rows))
    assert.strictEqual(Math.max(...rows), 5_000)
  })

  it("7: every page carries its CRC-32", async () => {
    const { bytes } = await readByAll([wave("a"), wave("b", 3)])
    for (const pages of pagesOf(bytes)) assert.isTrue(pages.every((page) => page.header.crc !== undefined))
  })

  it("8: statistics hold full names and the first and last timestamp of the group", async () => {
    const long = "campus/building/air handling unit/supply air temperature/"
    const all = [wave(`${long}1`), wave(`${long}2`)]
    const { bytes, firstTimestamp, lastTimestamp } = await readByAll(all)
    const columns = parquetMetadata(bytes).row_groups[0]?.columns.map((column) => column.meta_data?.statistics)
    assert.deepInclude(columns?.[1], { min_value: `${long}1`, max_value: `${long}2` })
    assert.deepInclude(columns?.[0], { min_value: new Date(firstTimestamp), max_value: new Date(lastTimestamp) })
  })

  it("9: the footer repeats what the object says of itself, and the index", async () => {
    const built = await readByAll([wave("a", 7)], "sité")
    const metadata = parquetMetadata(built.bytes)
    const texts = Object.fromEntries(metadata.key_value_metadata?.map(({ key, value }) => [key, value]) ?? [])
    assert.deepInclude(texts, {
      format: "2",
      site: "sité",
      day: "2026-11-23",
      generation: "3",
      rows: "7",
      points: "1",
      checksum: built.checksum,
      source: "archival",
      run: "run%20%C3%A4"
    })
    assert.deepStrictEqual(indexOf(readTexts(built.bytes)), built.index)
  })

  it("10: an object may be empty, and a point may have one sample", async () => {
    assert.strictEqual((await readByAll([])).rows, 0)
    assert.strictEqual((await readByAll([seriesAt("one", even(1), () => -0)])).rows, 1)
  })

  it("11: the checksum of every point-day lies before the footer, and their sum is that of the object", async () => {
    const all = randomSite(randomOf(11), 40)
    const built = await readByAll(all)
    const metadata = parquetMetadata(built.bytes)
    const text = metadata.key_value_metadata?.find(({ key }) => key === "checksums")?.value ?? ""
    const { buffer, byteOffset } = built.bytes
    const footerAt = built.size - 8 - new DataView(buffer, byteOffset).getUint32(built.size - 8, true)
    const length = all.length * 8
    assert.deepStrictEqual(JSON.parse(text), { version: 1, offset: footerAt - length, length })
    const block = new DataView(buffer, byteOffset + footerAt - length, length)
    const kept = all.map((_, i) => ({ low: block.getUint32(i * 8, true), high: block.getUint32(i * 8 + 4, true) }))
    assert.deepStrictEqual(kept, all.map((one) => ({ ...checksumSeries(one) })))
    assert.strictEqual(formatChecksum(kept.reduce(addChecksums, emptyChecksum)), built.checksum)
  })

  it("DuckDB, parquet-wasm and hyparquet agree on random sites", async () => {
    for (const seed of seeds(6, 1)) await readByAll(randomSite(randomOf(seed), 60))
  })
})
