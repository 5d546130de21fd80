/**
 * A row group of samples, decoded with hyparquet, which shares no decoder with our writer, and compared with what is
 * expected of it.
 */
import { type Encoding, parquetMetadata, type RowGroup } from "hyparquet"
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js"
import { releaseView } from "../../../domain/samples/memory.ts"
import type { Series } from "../../../domain/samples/series.ts"
import type { IndexedSpan } from "../format/object-index.ts"
import { decodeRepeats, decodeTexts, lengthOf, type Page, uncompressedBody } from "../read/pages.ts"
import { type ChunkShape, groupMetadata, makeFooter, TEXT_ENCODINGS, VALUE_ENCODINGS } from "../write/footer.ts"
import { dictionaryBody, repeatsBody } from "../write/texts.ts"
import type { decodeColumn } from "./columns.ts"
import { locatePage, readPages, TEXT_PAGES } from "./group-pages.ts"
import { expectSame, locating, Mismatch, sameBytes } from "./mismatch.ts"
import { decodeNumbers } from "./numbers.ts"

export interface ExpectedGroup {
  readonly site: string
  /** Null: the names in the group. */
  readonly names: ReadonlyArray<string> | null
  /** Its spans, from the index. */
  readonly spans: ReadonlyArray<IndexedSpan>
}

export interface DecodedGroup {
  readonly rows: number
  /** The footer entry that it must have. */
  readonly metadata: RowGroup
  /** The first byte after it. */
  readonly end: number
}

// Columns are decoded by the schema that they must have. What the object's own footer says is compared byte for byte.
const OURS = parquetMetadata(makeFooter().finish(0, {}))
type Column = Parameters<typeof decodeColumn>[1]
const TIMESTAMP: Column = { path_in_schema: ["timestamp"], type: "INT64", codec: "ZSTD" }
const VALUE: Column = { path_in_schema: ["value"], type: "DOUBLE", codec: "ZSTD" }

/** The names of the group and the rows of each, checked to be written in both text columns as our writer does. */
const readNames = (pages: ReadonlyArray<Page>, { names: expected, site }: ExpectedGroup) => {
  const [siteTexts, siteRepeats, nameTexts, nameRepeats] = pages
  if (siteTexts === undefined || siteRepeats === undefined || nameTexts === undefined || nameRepeats === undefined) {
    throw new RangeError("pages are missing")
  }
  const names = expected ?? decodeTexts(nameTexts)
  const lengths = decodeRepeats(nameRepeats)
  const rows = lengths.reduce((total, length) => total + length, 0)
  const encoder = new TextEncoder()
  for (
    const [texts, all, repeats, each] of [
      [siteTexts, [site], siteRepeats, [rows]],
      [nameTexts, names, nameRepeats, lengths]
    ] as const
  ) {
    const count = texts.header.dictionary_page_header?.num_values
    if (
      count !== all.length || repeats.rows !== rows || each.length !== all.length ||
      !sameBytes(uncompressedBody(texts), dictionaryBody(all.map((text) => encoder.encode(text)))) ||
      !sameBytes(uncompressedBody(repeats), repeatsBody(each))
    ) throw new RangeError("they are not the expected ones, or not as we write them")
  }
  return { names, rows }
}

const shapeOf = (pages: ReadonlyArray<Page>, encodings: ReadonlyArray<Encoding>): ChunkShape => ({
  length: pages.reduce((total, page) => total + lengthOf(page), 0),
  uncompressed: pages.reduce((total, page) => total + page.headerBytes.length + page.header.uncompressed_page_size, 0),
  dictionaryLength: pages[0]?.header.type === "DICTIONARY_PAGE" ? lengthOf(pages[0]) : 0,
  encodings
})

/** Splits the pages of a group into its four column chunks: two of texts, timestamps for all rows, values. */
const shapesOf = (pages: ReadonlyArray<Page>, rows: number) => {
  let valuesFrom = TEXT_PAGES
  for (let left = rows; left > 0; valuesFrom++) left -= pages[valuesFrom]?.rows ?? rows
  const timestamps = pages.slice(TEXT_PAGES, valuesFrom)
  const encoding = timestamps[0]?.header.data_page_header_v2?.encoding ?? "PLAIN"
  return {
    valuesFrom,
    site_name: shapeOf(pages.slice(0, 2), TEXT_ENCODINGS),
    point_name: shapeOf(pages.slice(2, TEXT_PAGES), TEXT_ENCODINGS),
    timestamp: shapeOf(timestamps, [encoding]),
    value: shapeOf(pages.slice(valuesFrom), VALUE_ENCODINGS)
  }
}

/**
 * Reused from page to page: arrays of the texts of all rows would be a fifth of the memory that a month takes to make.
 */
let idMemory = new Uint8Array(65_536)

/** The position of each row's text in the dictionary, which `readNames` has compared. Valid until the next call. */
const decodeIds = (page: Page): Uint8Array => {
  const raw = uncompressedBody(page)
  if (page.rows > idMemory.length) idMemory = new Uint8Array(page.rows)
  const ids = idMemory.subarray(0, page.rows)
  const view = new DataView(raw.buffer, raw.byteOffset + 1, raw.length - 1)
  readRleBitPackedHybrid({ view, offset: 0 }, raw[0] as number, ids, view.byteLength)
  releaseView(raw)
  return ids
}

/** Takes pages from the front of a chunk. */
const takePages = (bytes: Uint8Array, pages: ReadonlyArray<Page>) => {
  let next = 0
  let at = 0
  return {
    /** How many bytes were taken. */
    taken: () => at,
    /** The bytes of the next pages, which must have exactly `rows` rows. */
    take: (rows: number): Uint8Array => {
      const from = at
      for (let left = rows; left > 0; next++) {
        const page = pages[next]
        if (page === undefined || page.rows > left) throw new RangeError("a page has rows of two points")
        left -= page.rows
        at += lengthOf(page)
      }
      return bytes.subarray(from, at)
    }
  }
}

const decodePages = (
  bytes: Uint8Array,
  offset: number,
  pages: ReadonlyArray<Page>,
  expected: ExpectedGroup,
  take: (series: Series) => void
): DecodedGroup => {
  const { spans } = expected
  const where = `the names of the row group at byte ${offset}`
  const { names, rows } = locating("names", where, () => readNames(pages, expected))
  const { valuesFrom, ...shapes } = shapesOf(pages, rows)
  const timeAt = shapes.site_name.length + shapes.point_name.length
  const valueAt = timeAt + shapes.timestamp.length
  expectSame("index", "head of the group", (spans[0] as IndexedSpan).head.length, valueAt)
  expectSame("index", "points of the group", spans.reduce((total, { points }) => total + points, 0), names.length)
  if (decodeIds(pages[1] as Page).some((id) => id !== 0)) throw new Mismatch("names", "a row is of another site")
  const ids = decodeIds(pages[3] as Page)
  const timeline = bytes.subarray(timeAt, valueAt)
  // One page that the points share, or pages of their own: decoded one by one, because a whole group takes megabytes.
  const shared = pages[TEXT_PAGES]?.rows === rows ? decodeNumbers(OURS, TIMESTAMP, timeline, rows) : undefined
  const timePages = takePages(timeline, pages.slice(TEXT_PAGES))
  const valuePages = takePages(bytes.subarray(valueAt), pages.slice(valuesFrom))
  let row = 0
  let firstTimestamp = Infinity
  let lastTimestamp = -Infinity
  for (const span of spans) {
    expectSame("index", "start of a span", span.offset - offset, valueAt + valuePages.taken())
    for (let i = 0; i < span.points; i++) {
      const from = row
      while (row < rows && ids[row] === span.firstPoint + i) row++
      const count = row - from
      const timestamps = shared?.subarray(from, row) ?? decodeNumbers(OURS, TIMESTAMP, timePages.take(count), count)
      const values = decodeNumbers(OURS, VALUE, valuePages.take(count), count)
      firstTimestamp = Math.min(firstTimestamp, timestamps[0] ?? Infinity)
      lastTimestamp = Math.max(lastTimestamp, timestamps.at(-1) ?? -Infinity)
      take({ point: names[span.firstPoint + i] as string, timestamps, values })
      releaseView(timestamps)
      releaseView(values)
    }
    expectSame("index", "end of a span", span.offset - offset + span.length, valueAt + valuePages.taken())
  }
  if (shared !== undefined) releaseView(shared)
  expectSame("names", "rows with the names expected", row, rows)
  const metadata = groupMetadata({
    ...shapes,
    offset,
    rows,
    firstName: names[0] as string,
    lastName: names.at(-1) as string,
    firstTimestamp,
    lastTimestamp
  })
  return { rows, metadata, end: offset + bytes.length }
}

/** Hands over the series of a group of `object`, in order. Throws where the group is not as expected. */
export const decodeGroup = (
  object: Uint8Array,
  expected: ExpectedGroup,
  take: (series: Series) => void
): DecodedGroup => {
  const { head: { offset } } = expected.spans[0] as IndexedSpan
  const last = expected.spans.at(-1) as IndexedSpan
  const bytes = object.subarray(offset, last.offset + last.length)
  const pages = readPages(bytes, offset)
  try {
    return decodePages(bytes, offset, pages, expected, take)
  } catch (error) {
    throw locatePage(pages, offset, error)
  }
}
