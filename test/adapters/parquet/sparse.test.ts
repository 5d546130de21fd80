/**
 * Points with few samples: which pages they share, what is left out, and how many bytes all that takes. Objects are
 * built, verified, read by every reader and by our own; an object of version 1 was written by the code of that version.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parquetMetadata } from "hyparquet"
import { assert, describe, it } from "vitest"
import { parseDescription } from "../../../src/adapters/parquet/format/description.ts"
import { indexOf, readTexts } from "../../../src/adapters/parquet/format/metadata.ts"
import { walkIndex } from "../../../src/adapters/parquet/format/object-index.ts"
import { type Page, walkPages } from "../../../src/adapters/parquet/read/pages.ts"
import { planRead } from "../../../src/adapters/parquet/read/plan.ts"
import { decodeSpan } from "../../../src/adapters/parquet/read/spans.ts"
import { verifyMonth } from "../../../src/adapters/parquet/verify/month.ts"
import { verifyObject } from "../../../src/adapters/parquet/verify/samples.ts"
import { makeBuilder } from "../../../src/adapters/parquet/write/day.ts"
import { makeMonthBuilder } from "../../../src/adapters/parquet/write/month.ts"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../../src/domain/samples/checksum.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { windowOfMonth } from "../../../src/domain/tiers/months.ts"
import { dayStart, monthOf } from "../../../src/domain/time/calendar.ts"
import { windowOfDay } from "../../../src/domain/time/window.ts"
import { assertSameTable, readers, rowsOf } from "../../parquet/readers.ts"
import { bytesOf } from "../../bytes.ts"
import { randomOf } from "../../random.ts"
import { assertSameSeries, seriesAt } from "../../samples.ts"
import { day, even, jittered } from "./sites.ts"

const random = randomOf(40)
const described = { site: "demo", day, generation: 3, source: "archival", writtenBy: "run 1" } as const

const buildDay = (all: ReadonlyArray<Series>) => {
  const builder = makeBuilder(described)
  for (const one of all) assert.isUndefined(builder.add(one))
  const built = builder.finish()
  assert.isUndefined(verifyObject(built))
  return built
}

const month = monthOf(day)
const part = { site: "demo", month, build: 1, part: 0 }

const buildMonth = (all: ReadonlyArray<Series>) => {
  const builder = makeMonthBuilder(part)
  for (const one of all) assert.isUndefined(builder.add(one))
  const built = builder.finish()
  assert.isUndefined(verifyMonth(part, built))
  return built
}

const readByAll = async (bytes: Uint8Array, all: ReadonlyArray<Series>) => {
  for (const [name, read] of Object.entries(readers)) assertSameTable(await read(bytes), rowsOf(all, "demo"), name)
}

/** The pages of the first row group. */
const pagesOf = (bytes: Uint8Array): ReadonlyArray<Page> => {
  const [first] = walkIndex(indexOf(readTexts(bytes)))
  assert(first !== undefined)
  return [...walkPages(bytes.subarray(first.head.offset, first.offset + first.length))]
}

const encodingOf = (page: Page | undefined) => page?.header.data_page_header_v2?.encoding

const rowsIn = (pages: ReadonlyArray<Page>) => pages.map(({ rows }) => rows)

const hasChecksums = (bytes: Uint8Array): boolean => readTexts(bytes).has("checksums")

const nameOf = (i: number): string =>
  `acme/north campus/${6_000 + Math.floor(i / 40)}:${String(i).padStart(5, "0")}/analogInput/${i % 200}`

const value = () => Math.round((20 + random.next() * 5) * 10) / 10

/** Each point with a sample a day at its own second of the day, for `days` days. */
const daily = (points: number, from: number, days: number): ReadonlyArray<Series> =>
  Array.from({ length: points }, (_, i) => {
    const second = random.below(86_400) * 1_000
    return seriesAt(nameOf(i), Array.from({ length: days }, (_, d) => dayStart(from + d) + second), value)
  })

describe("sparse points", () => {
  it("3: neighbours share pages of timestamps and of values, a dense point between them has its own", async () => {
    const few = (name: string, count: number) => seriesAt(name, even(count), value)
    const all = [few("a", 3), few("b", 1), few("c", 127), few("d", 128), few("e", 2), few("f", 5)]
    const { bytes, index } = buildDay(all)
    await readByAll(bytes, all)
    assert.lengthOf(parquetMetadata(bytes).row_groups, 1)
    assert.deepStrictEqual(rowsIn(pagesOf(bytes).slice(4)), [131, 128, 7, 131, 128, 7])
    for (const one of all) {
      const { ranges, wanted: [piece] } = planRead(index, [one.point])
      assert(piece !== undefined)
      assert.lengthOf(ranges, 1)
      const { head } = piece.span
      const names = new Set([one.point])
      const read = decodeSpan(bytesOf(bytes, head), bytesOf(bytes, piece.span), piece.span, names, windowOfDay(day))
      assertSameSeries(read, [one])
    }
  })

  it("3: names have no dictionary where a name has at most four rows", async () => {
    for (const [rows, encoding] of [[4, "PLAIN"], [5, "RLE_DICTIONARY"]] as const) {
      // More names than a byte counts.
      const all = Array.from({ length: 300 }, (_, i) => seriesAt(nameOf(i), even(rows, i), value))
      const { bytes } = buildDay(all)
      await readByAll(bytes, all)
      const pages = pagesOf(bytes)
      assert.strictEqual(encodingOf(pages[rows === 4 ? 2 : 3]), encoding)
    }
  })

  it("4: a timeline that sparse points share is stored once", () => {
    const device = (timeline: () => ReadonlyArray<number>) =>
      buildDay(Array.from({ length: 100 }, (_, i) => seriesAt(nameOf(i), timeline(), () => 1)))
    const scrape = jittered(random).filter((_, i) => i % 60 === 0)
    const shared = device(() => scrape)
    assert.strictEqual(encodingOf(pagesOf(shared.bytes)[4]), "PLAIN")
    assert.isBelow(shared.size * 3, device(() => jittered(random).filter((_, i) => i % 60 === 0)).size)
  })

  it("3: samples a month apart share a page, though their differences need more than 32 bits", async () => {
    const { end, start } = windowOfMonth(month)
    // Packed differences would be smaller here, if they fitted.
    const timeline = [...Array.from({ length: 15 }, (_, i) => start + i * 60_000), end - 1]
    const all = Array.from({ length: 30 }, (_, i) => seriesAt(nameOf(i), timeline, value))
    const { bytes } = buildMonth(all)
    await readByAll(bytes, all)
    assert.deepStrictEqual(rowsIn(pagesOf(bytes).slice(-2)), [480, 480])
  })

  it("11: a block of checksums above 512 bytes is left out where it has fewer than 64 samples for each", () => {
    const site = (points: number, rows: number) =>
      buildDay(Array.from({ length: points }, (_, i) => seriesAt(nameOf(i), even(rows), value)))
    const kept = [site(64, 1), site(65, 1), site(65, 63), site(65, 64)].map(({ bytes }) => hasChecksums(bytes))
    assert.deepStrictEqual(kept, [true, false, false, true])
  })

  it("a day of single samples takes at most 12 bytes a sample, its month at most 5, names included", () => {
    const { points, rows, size } = buildDay(daily(2_000, day, 1))
    assert.deepStrictEqual([points, rows], [2_000, 2_000])
    assert.isAtMost(size / rows, 12)
    const whole = buildMonth(daily(512, day - 22, 30))
    assert.isAtMost(whole.size / whole.rows, 5)
    // A day of one sample is mostly its footer.
    assert.isAtMost(buildDay(daily(1, day, 1)).size, 1_100)
  })

  it("reads and verifies an object of version 1", async () => {
    const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, "version-1.parquet")))
    const wave = (i: number) => Math.round(Math.sin(i / 50) * 100) / 10
    const all = [
      ...[0, 1, 2].map((d) => seriesAt(`a/${d}`, even(20).map((_, i) => dayStart(day) + i * 61_003), (i) => i / 4 + d)),
      seriesAt("b", even(288), wave),
      seriesAt("c", [dayStart(day) + 7], () => -0)
    ]
    await readByAll(bytes, all)
    const texts = readTexts(bytes)
    const description = parseDescription(Object.fromEntries(texts))
    assert.strictEqual(texts.get("format"), "1")
    assert.strictEqual(description._tag, "Some")
    const index = indexOf(texts)
    const built = {
      ...described,
      kind: "own" as const,
      key: "",
      size: bytes.length,
      rows: 349,
      points: 5,
      firstTimestamp: dayStart(day),
      lastTimestamp: dayStart(day) + 287 * 300_000,
      checksum: formatChecksum(all.map(checksumSeries).reduce(addChecksums, emptyChecksum)),
      index,
      bytes,
      pointNames: all.map(({ point }) => point)
    }
    assert.isUndefined(verifyObject(built))
    const names = new Set(built.pointNames)
    const read = [...walkIndex(index)].flatMap((span) =>
      decodeSpan(bytesOf(bytes, span.head), bytesOf(bytes, span), span, names, windowOfDay(day)))
    assertSameSeries(read, all)
  })
})
