/**
 * A row group decoded with hyparquet, a reader that shares no decoder with our writer, after each of its pages was found
 * to be as we write it. What is wrong is said of a page and its point.
 */
import { type Encoding, parquetMetadata, type RowGroup } from "hyparquet"
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js"
import { ByteWriter } from "hyparquet-writer"
import { writePageHeader } from "hyparquet-writer/src/datapage.js"
import type { Series } from "../../../domain/samples/series.ts"
import { releaseView } from "../../../domain/samples/memory.ts"
import type { decodeColumn } from "./columns.ts"
import { checksum } from "../format/compression.ts"
import { type ChunkShape, groupMetadata, makeFooter, TEXT_ENCODINGS, VALUE_ENCODINGS } from "../write/footer.ts"
import { expectSame, locating, Mismatch, sameBytes } from "./mismatch.ts"
import type { IndexedSpan } from "../format/object-index.ts"
import { decodeNumbers } from "./numbers.ts"
import { dictionaryBody, repeatsBody } from "../write/texts.ts"
import { decodeRepeats, decodeTexts, isFlat, lengthOf, type Page, uncompressedBody, walkPages } from "../read/pages.ts"

/** Where and what a group must be. */
export interface ExpectedGroup {
  readonly site: string
  /** Null: those inside. */
  readonly names: ReadonlyArray<string> | null
  /** Its spans, from the index. */
  readonly spans: ReadonlyArray<IndexedSpan>
}

export interface DecodedGroup {
  readonly rows: number
  /** Its footer entry as it must be. */
  readonly metadata: RowGroup
  /** The first byte after it. */
  readonly end: number
}

// Columns are decoded by what they must be; what the object's own footer says of them is compared byte for byte.
const OURS = parquetMetadata(makeFooter().finish(0, {}))
type Column = Parameters<typeof decodeColumn>[1]
const TIMESTAMP: Column = { path_in_schema: ["timestamp"], type: "INT64", codec: "ZSTD" }
const VALUE: Column = { path_in_schema: ["value"], type: "DOUBLE", codec: "ZSTD" }

/** Pages of the two text columns: a dictionary and its repeats, each. */
const TEXT_PAGES = 4

const rowsOf = (pages: ReadonlyArray<Page>): number => pages.reduce((total, { rows }) => total + rows, 0)

/** What hyparquet takes on trust: a wrong count would cost it all memory, a wrong bit where no reader looks would pass. */
const expectPage = (page: Page, encodings: ReadonlyArray<Encoding> | "dictionary"): void => {
  const { body, header, headerBytes, rows } = page
  const writer = new ByteWriter(64)
  writePageHeader(writer, header)
  if (!sameBytes(writer.getBytes(), headerBytes)) throw new RangeError("the header is not as we write it")
  if (header.crc !== checksum(body)) throw new RangeError("the checksum differs")
  if (encodings === "dictionary") {
    if (header.type !== "DICTIONARY_PAGE" || header.dictionary_page_header?.encoding !== "PLAIN") throw new RangeError("no plain dictionary")
    return
  }
  const encoding = header.data_page_header_v2?.encoding
  if (header.type !== "DATA_PAGE_V2" || encoding === undefined || !encodings.includes(encoding)) {
    throw new RangeError(`a ${header.type} of encoding ${encoding}`)
  }
  if (!isFlat(page)) throw new RangeError("other than one value a row")
  if ((encoding === "PLAIN" || encoding === "BYTE_STREAM_SPLIT") && header.uncompressed_page_size !== rows * 8) {
    throw new RangeError(`${rows} numbers in ${header.uncompressed_page_size} bytes`)
  }
}

/** The page that follows `before`, which are as they must be: whose it is. */
const nextPage = (before: ReadonlyArray<Page>) => {
  const [, , texts, repeats] = before
  if (texts === undefined || repeats === undefined) return { damage: "names", what: "the names of the row group" } as const
  const done = rowsOf(before.slice(TEXT_PAGES))
  const isTimestamp = done < repeats.rows
  const names = decodeTexts(texts)
  const lengths = decodeRepeats(repeats)
  let row = isTimestamp ? done : done - repeats.rows
  let point = 0
  for (; point < names.length - 1 && row >= (lengths[point] as number); point++) row -= lengths[point] as number
  const name = JSON.stringify(names[point])
  return {
    damage: "samples",
    // A shared timeline is a page of all points.
    what: isTimestamp ? `the timestamps from point ${name} on` : `the values of point ${name} from its sample ${row} on`
  } as const
}

const blame = (before: ReadonlyArray<Page>, offset: number, error: unknown): Mismatch => {
  const { damage, what } = nextPage(before)
  const at = before.reduce((total, page) => total + lengthOf(page), offset)
  return new Mismatch(damage, `${what}, page at byte ${at}: ${error instanceof Error ? error.message : String(error)}`)
}

/** The pages of a group, each as we write it. */
const readPages = (bytes: Uint8Array, offset: number): ReadonlyArray<Page> => {
  const pages: Array<Page> = []
  try {
    let timestamps = 0
    for (const page of walkPages(bytes)) {
      if (pages.length < TEXT_PAGES) expectPage(page, pages.length % 2 === 0 ? "dictionary" : ["RLE_DICTIONARY"])
      else if (timestamps < (pages[3] as Page).rows) {
        expectPage(page, ["PLAIN", "DELTA_BINARY_PACKED"])
        timestamps += page.rows
      } else expectPage(page, VALUE_ENCODINGS)
      pages.push(page)
    }
  } catch (error) {
    throw blame(pages, offset, error)
  }
  return pages
}

/** The names of the group, which fill both text columns as we write them, and the rows of each. */
const readNames = (pages: ReadonlyArray<Page>, { names: expected, site }: ExpectedGroup) => {
  const [siteTexts, siteRepeats, nameTexts, nameRepeats] = pages
  if (siteTexts === undefined || siteRepeats === undefined || nameTexts === undefined || nameRepeats === undefined) {
    throw new RangeError("there are none")
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
    ) throw new RangeError("they are not those expected, or not as we write them")
  }
  return { names, rows }
}

const shapeOf = (pages: ReadonlyArray<Page>, encodings: ReadonlyArray<Encoding>): ChunkShape => ({
  length: pages.reduce((total, page) => total + lengthOf(page), 0),
  uncompressed: pages.reduce((total, page) => total + page.headerBytes.length + page.header.uncompressed_page_size, 0),
  dictionaryLength: pages[0]?.header.type === "DICTIONARY_PAGE" ? lengthOf(pages[0]) : 0,
  encodings
})

/** Splits the pages of a group into its four chunks: two text columns, timestamps for all rows, values. */
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

/** Used again from page to page: the texts of all rows, as arrays, were a fifth of the peak of making a month. */
let idMemory = new Uint8Array(65_536)

/** Each row's place in the dictionary, which `readNames` has compared. Valid until the next call. */
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
    /** Bytes taken. */
    taken: () => at,
    /** The bytes of the next pages, which hold exactly `rows` rows. */
    take: (rows: number): Uint8Array => {
      const from = at
      for (let left = rows; left > 0; next++) {
        const page = pages[next]
        if (page === undefined || page.rows > left) throw new RangeError("a page holds rows of two points")
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
  const { names, rows } = locating("names", `the names of the row group at byte ${offset}`, () => readNames(pages, expected))
  const { valuesFrom, ...shapes } = shapesOf(pages, rows)
  const timeAt = shapes.site_name.length + shapes.point_name.length
  const valueAt = timeAt + shapes.timestamp.length
  expectSame("index", "head of the group", (spans[0] as IndexedSpan).head.length, valueAt)
  expectSame("index", "points of the group", spans.reduce((total, { points }) => total + points, 0), names.length)
  if (decodeIds(pages[1] as Page).some((id) => id !== 0)) throw new Mismatch("names", "a row is of another site")
  const ids = decodeIds(pages[3] as Page)
  const timeline = bytes.subarray(timeAt, valueAt)
  // One page that the points share, or pages for each: a point of a month is a third of a megabyte, a group ten times it.
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
      const timestamps = shared?.subarray(from, row) ?? decodeNumbers(OURS, TIMESTAMP, timePages.take(row - from), row - from)
      const values = decodeNumbers(OURS, VALUE, valuePages.take(row - from), row - from)
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

/** Whether a body is other than its header says, though its bytes have their checksum. */
const isOther = (page: Page): boolean => {
  try {
    uncompressedBody(page)
    return false
  } catch {
    return true
  }
}

/** Gives the series of a group of `object`, in order. Throws where it is other than expected. */
export const decodeGroup = (object: Uint8Array, expected: ExpectedGroup, take: (series: Series) => void): DecodedGroup => {
  const { head: { offset } } = expected.spans[0] as IndexedSpan
  const last = expected.spans.at(-1) as IndexedSpan
  const bytes = object.subarray(offset, last.offset + last.length)
  const pages = readPages(bytes, offset)
  try {
    return decodePages(bytes, offset, pages, expected, take)
  } catch (error) {
    const other = pages.findIndex(isOther)
    throw error instanceof Mismatch || other === -1 ? error : blame(pages.slice(0, other), offset, error)
  }
}
