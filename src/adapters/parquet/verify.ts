/**
 * Decodes a finished object with hyparquet, a reader that shares no decoder with our writer, and compares everything in
 * it with what went in: samples, names, footer and index. One row group is in memory at a time.
 */
import type { DecodedArray, Encoding, FileMetaData, RowGroup } from "hyparquet"
import { parquetMetadata } from "hyparquet"
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js"
import { ByteWriter } from "hyparquet-writer"
import { writePageHeader } from "hyparquet-writer/src/datapage.js"
import { addChecksums, type Checksum, checksumSeries, emptyChecksum, formatChecksum } from "../../domain/checksum.ts"
import { seriesComplaint } from "../../domain/partition.ts"
import type { Series } from "../../domain/series.ts"
import { type Window, windowOfDay } from "../../domain/window.ts"
import type { BuiltBytes } from "./build.ts"
import { decodeColumn } from "./columns.ts"
import { checksum } from "./compression.ts"
import { footerTexts } from "./description.ts"
import { type ChunkShape, footer, groupMetadata, TEXT_ENCODINGS, VALUE_ENCODINGS } from "./footer.ts"
import { type IndexedRun, walkIndex } from "./objectIndex.ts"
import { dictionaryBody, runsBody } from "./pageEncoder.ts"
import { decodeRuns, type Page, uncompressedBody, walkPages } from "./pages.ts"
import type { Describe, SampleObject } from "./samples.ts"
import { MAGIC } from "./schema.ts"

/** A footer entry that lacks what the format demands, or bytes that differ from what the object says. */
export class Mismatch extends Error {}

export const expectSame = (what: string, found: unknown, expected: unknown): void => {
  if (found !== expected) throw new Mismatch(`${what}: ${String(found)} instead of ${String(expected)}`)
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

export const doublesOf = (parts: ReadonlyArray<DecodedArray>, rows: number): Float64Array => {
  const out = new Float64Array(rows)
  let at = 0
  for (const part of parts) {
    if (part instanceof Float64Array) out.set(part, at)
    else for (let i = 0; i < part.length; i++) out[at + i] = Number(part[i])
    at += part.length
  }
  return out
}

const lengthOf = (page: Page): number => page.headerBytes.length + page.body.length

/** Splits the pages of a group into its four chunks: two text columns of two pages, timestamps for all rows, values. */
const shapesOf = (pages: ReadonlyArray<Page>) => {
  const rows = pages[1]?.rows ?? 0
  let timestampPages = 0
  for (let left = rows; left > 0; timestampPages++) left -= pages[4 + timestampPages]?.rows ?? rows
  const shape = (of: ReadonlyArray<Page>, encodings: ReadonlyArray<Encoding>): ChunkShape => ({
    length: of.reduce((total, page) => total + lengthOf(page), 0),
    uncompressed: of.reduce((total, page) => total + page.headerBytes.length + page.header.uncompressed_page_size, 0),
    dictionaryLength: of[0]?.header.type === "DICTIONARY_PAGE" ? lengthOf(of[0]) : 0,
    encodings
  })
  const timestamps = pages.slice(4, 4 + timestampPages)
  const encoding = timestamps[0]?.header.data_page_header_v2?.encoding ?? "PLAIN"
  return {
    rows,
    site_name: shape(pages.slice(0, 2), TEXT_ENCODINGS),
    point_name: shape(pages.slice(2, 4), TEXT_ENCODINGS),
    timestamp: shape(timestamps, [encoding]),
    value: shape(pages.slice(4 + timestampPages), VALUE_ENCODINGS)
  }
}

/**
 * What hyparquet takes on trust: a wrong count would cost it all memory, a wrong bit where no reader looks would pass.
 * Headers, dictionaries and runs are as we write them, and every page has its checksum.
 */
const expectCanonical = (pages: ReadonlyArray<Page>, site: string, names: ReadonlyArray<string>): void => {
  for (const { body, header, headerBytes, rows } of pages) {
    const writer = new ByteWriter(64)
    writePageHeader(writer, header)
    if (!sameBytes(writer.getBytes(), headerBytes)) throw new Mismatch("a page header is not as we write it")
    const {
      definition_levels_byte_length = 0,
      encoding,
      num_nulls = 0,
      num_values = 0,
      repetition_levels_byte_length = 0
    } = header.data_page_header_v2 ?? {}
    if (header.crc !== checksum(body)) throw new Mismatch("the checksum of a page differs")
    if (num_nulls + definition_levels_byte_length + repetition_levels_byte_length !== 0 || num_values !== rows) {
      throw new Mismatch("a page holds other than one value a row")
    }
    const dictionary = header.dictionary_page_header
    if (dictionary !== undefined && dictionary.encoding !== "PLAIN") throw new Mismatch("a dictionary is not PLAIN")
    if ((encoding === "PLAIN" || encoding === "BYTE_STREAM_SPLIT") && header.uncompressed_page_size !== rows * 8) {
      throw new Mismatch(`a page of ${rows} numbers takes ${header.uncompressed_page_size} bytes`)
    }
  }
  const [siteTexts, siteRuns, nameTexts, nameRuns, ...numbers] = pages
  if (siteTexts === undefined || siteRuns === undefined || nameTexts === undefined || nameRuns === undefined) {
    throw new Mismatch("a group has no names")
  }
  const runs = decodeRuns(nameRuns)
  const rows = runs.reduce((total, run) => total + run, 0)
  expectSame("rows with a name", nameRuns.rows, rows)
  expectSame("rows with a site", siteRuns.rows, rows)
  const encoder = new TextEncoder()
  const texts: ReadonlyArray<readonly [Page, Uint8Array]> = [
    [siteTexts, dictionaryBody([encoder.encode(site)])],
    [siteRuns, runsBody([rows])],
    [nameTexts, dictionaryBody(names.map((name) => encoder.encode(name)))],
    [nameRuns, runsBody(runs)]
  ]
  for (const [page, body] of texts) {
    if (!sameBytes(uncompressedBody(page), body)) throw new Mismatch("the names are not as we write them")
  }
  for (const [dictionary, count, page] of [[siteTexts, 1, siteRuns], [nameTexts, names.length, nameRuns]] as const) {
    expectSame("page of a dictionary", dictionary.header.type, "DICTIONARY_PAGE")
    expectSame("texts of a dictionary", dictionary.header.dictionary_page_header?.num_values, count)
    expectSame("page of names", page.header.type, "DATA_PAGE_V2")
    expectSame("encoding of names", page.header.data_page_header_v2?.encoding, "RLE_DICTIONARY")
  }
  for (const { header } of numbers) {
    const encoding = header.data_page_header_v2?.encoding
    if (encoding === undefined || encoding.startsWith("RLE")) throw new Mismatch("a page of numbers is encoded as one of names")
  }
}

/** Used again from page to page: the texts of all rows, as arrays, were a fifth of the peak of making a month. */
let idMemory = new Uint8Array(65_536)

/** Each row's place in the dictionary, which `expectCanonical` has compared. Valid until the next call. */
const decodeIds = (page: Page): Uint8Array => {
  const raw = uncompressedBody(page)
  if (page.rows > idMemory.length) idMemory = new Uint8Array(page.rows)
  const ids = idMemory.subarray(0, page.rows)
  const view = new DataView(raw.buffer, raw.byteOffset + 1, raw.length - 1)
  readRleBitPackedHybrid({ view, offset: 0 }, raw[0] as number, ids, view.byteLength)
  return ids
}

/** The series of a row group, its runs read from where the index has them, and its footer entry as it must be. */
const decodeGroup = (
  built: Expected,
  metadata: FileMetaData,
  runs: ReadonlyArray<IndexedRun>,
  names: ReadonlyArray<string>,
  group: RowGroup
) => {
  const first = runs[0] as IndexedRun
  const last = runs.at(-1) as IndexedRun
  const offset = first.head.offset
  const bytes = built.bytes.subarray(offset, last.offset + last.length)
  const pages = [...walkPages(bytes)]
  expectCanonical(pages, built.site, names)
  const { rows, ...shapes } = shapesOf(pages)
  const [timestamp, point, value, site] = group.columns.map((column) => column.meta_data)
  if (timestamp === undefined || point === undefined || value === undefined || site === undefined) {
    throw new Mismatch("a row group lacks a column")
  }
  const pointAt = shapes.site_name.length
  const timeAt = pointAt + shapes.point_name.length
  const valueAt = timeAt + shapes.timestamp.length
  expectSame("head of the group", first.head.length, valueAt)
  if (decodeIds(pages[1] as Page).some((id) => id !== 0)) throw new Mismatch("a row is of another site")
  const ids = decodeIds(pages[3] as Page)
  const timestamps = doublesOf(decodeColumn(metadata, timestamp, bytes.subarray(timeAt, valueAt), rows), rows)
  const series: Array<Series> = []
  let row = 0
  for (const run of runs) {
    const starts = [row]
    for (let i = 0; i < run.points; i++) {
      while (row < rows && ids[row] === run.firstPoint + i) row++
      starts.push(row)
    }
    const from = starts[0] as number
    const at = run.offset - offset
    const values = doublesOf(decodeColumn(metadata, value, bytes.subarray(at, at + run.length), row - from), row - from)
    for (let i = 0; i < run.points; i++) {
      const [start, end] = [starts[i] as number, starts[i + 1] as number]
      series.push({
        point: names[run.firstPoint + i] as string,
        timestamps: timestamps.subarray(start, end),
        values: values.subarray(start - from, end - from)
      })
    }
  }
  expectSame("rows with the names expected", row, rows)
  const expected = groupMetadata({
    ...shapes,
    offset,
    rows,
    firstName: names[0] as string,
    lastName: names.at(-1) as string,
    firstTimestamp: series.reduce((least, one) => Math.min(least, one.timestamps[0] ?? Infinity), Infinity),
    lastTimestamp: series.reduce((most, one) => Math.max(most, one.timestamps.at(-1) ?? -Infinity), -Infinity)
  })
  return { series, rows, expected, end: offset + bytes.length }
}

const groupRuns = (index: Uint8Array): ReadonlyArray<ReadonlyArray<IndexedRun>> => {
  const groups: Array<Array<IndexedRun>> = []
  for (const run of walkIndex(index)) {
    if (run.firstPoint === 0) groups.push([run])
    else groups.at(-1)?.push(run)
  }
  return groups
}

const verify = (built: Expected): void => {
  const { bytes, describe, index, pointNames } = built
  if (!sameBytes(bytes.subarray(0, MAGIC.length), MAGIC)) throw new Mismatch("the object does not begin as a Parquet file")
  const metadata = parquetMetadata(bytes)
  const groups = groupRuns(index)
  expectSame("row groups", metadata.row_groups.length, groups.length)
  let content: Checksum = emptyChecksum
  let rows = 0
  let points = 0
  let previous: string | null = null
  let end = MAGIC.length
  const expected: Array<RowGroup> = []
  groups.forEach((runs, i) => {
    const size = runs.reduce((total, run) => total + run.points, 0)
    const names = pointNames.slice(points, points + size)
    expectSame("point names", names.length, size)
    const group = decodeGroup(built, metadata, runs, names, metadata.row_groups[i] as RowGroup)
    for (const series of group.series) {
      const complaint = seriesComplaint(built.window, previous, series)
      if (complaint !== undefined) throw new Mismatch(complaint)
      previous = series.point
      content = addChecksums(content, checksumSeries(series))
    }
    points += size
    rows += group.rows
    expected.push(group.expected)
    end = group.end
  })
  expectSame("points", points, built.points)
  expectSame("point names", pointNames.length, points)
  expectSame("rows", rows, built.rows)
  expectSame("checksum", formatChecksum(content), built.checksum)
  expectSame("size", bytes.length, built.size)
  if (!sameBytes(bytes.subarray(end), footer(expected, rows, describe(built, index)))) {
    throw new Mismatch("the footer describes something else")
  }
}

/** An object of samples and what it must say of itself. */
export interface Expected extends SampleObject {
  readonly site: string
  readonly window: Window
  readonly describe: Describe
}

/** Why the object is not what went into it; undefined where it is. */
export const verifySamples = (built: Expected): string | undefined => {
  try {
    verify(built)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** {@link verifySamples} for a daily object. */
export const verifyObject = (built: BuiltBytes): string | undefined =>
  verifySamples({
    ...built,
    window: windowOfDay(built.day),
    describe: (content, index) => footerTexts({ ...built, ...content }, index)
  })
