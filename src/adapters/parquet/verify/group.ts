/**
 * A row group of samples, decoded with hyparquet, which shares no decoder with our writer, and compared with what is
 * expected of it.
 */
import { type Encoding, parquetMetadata, type RowGroup } from "hyparquet"
import { releaseView } from "../../../domain/samples/memory.ts"
import type { Series } from "../../../domain/samples/series.ts"
import type { IndexedSpan } from "../format/object-index.ts"
import { lengthOf, lengthOfPages, type Page } from "../read/pages.ts"
import { splitTexts } from "../read/texts.ts"
import { type ChunkShape, groupMetadata, makeFooter, TEXT_ENCODINGS, VALUE_ENCODINGS } from "../write/footer.ts"
import type { decodeColumn } from "./columns.ts"
import { locatePage, readPages } from "./group-pages.ts"
import { expectSame, locating } from "./mismatch.ts"
import { readNames } from "./names.ts"
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

const encodingsOf = (pages: ReadonlyArray<Page>): ReadonlyArray<Encoding> =>
  [...new Set(pages.flatMap(({ header }) => header.data_page_header_v2?.encoding ?? []))]

const shapeOf = (pages: ReadonlyArray<Page>, encodings = encodingsOf(pages)): ChunkShape => ({
  length: lengthOfPages(pages),
  uncompressed: pages.reduce((total, page) => total + page.headerBytes.length + page.header.uncompressed_page_size, 0),
  dictionaryLength: pages[0]?.header.type === "DICTIONARY_PAGE" ? lengthOf(pages[0]) : 0,
  encodings
})

const textShape = (pages: ReadonlyArray<Page>): ChunkShape =>
  pages.length > 1 ? shapeOf(pages, TEXT_ENCODINGS) : shapeOf(pages)

/** Splits the pages after the names: timestamps for all rows, then values. */
const splitNumbers = (pages: ReadonlyArray<Page>, rows: number) => {
  let valuesFrom = 0
  for (let left = rows; left > 0; valuesFrom++) left -= pages[valuesFrom]?.rows ?? rows
  return { timePages: pages.slice(0, valuesFrom), valuePages: pages.slice(valuesFrom) }
}

/** Takes the numbers of one point after the other from the pages of a column chunk. */
const takePoints = (column: Column, bytes: Uint8Array, pages: ReadonlyArray<Page>) => {
  let next = 0
  /** Behind the pages of which all rows were taken. */
  let at = 0
  /** A page of several points, and how many of its rows were taken. */
  let common: Float64Array = new Float64Array(0)
  let used = 0
  return {
    /** How many bytes were taken; those of a page once all of its rows are. */
    taken: () => at,
    /** The numbers of a point, until the next call. Throws where a page is of this and another point, but not whole. */
    take: (rows: number): Float64Array => {
      const first = pages[next]
      if (used === common.length && first !== undefined && first.rows > rows) {
        releaseView(common)
        common = decodeNumbers(OURS, column, bytes.subarray(at, at + lengthOf(first)), first.rows)
        used = 0
      }
      if (used < common.length) {
        if (used + rows > common.length) throw new RangeError("a page ends within a point")
        used += rows
        if (used === common.length) at += lengthOf(pages[next++] as Page)
        return common.subarray(used - rows, used)
      }
      const from = at
      for (let left = rows; left > 0; next++) {
        const page = pages[next]
        if (page === undefined || page.rows > left) throw new RangeError("a page ends within a point")
        left -= page.rows
        at += lengthOf(page)
      }
      return decodeNumbers(OURS, column, bytes.subarray(from, at), rows)
    },
    close: () => releaseView(common)
  }
}

const decodePages = (
  bytes: Uint8Array,
  offset: number,
  pages: ReadonlyArray<Page>,
  expected: ExpectedGroup,
  take: (series: Series) => void
): DecodedGroup => {
  const { site, spans } = expected
  const where = `the names of the row group at byte ${offset}`
  const split = splitTexts(pages)
  const { names, repeats, rows } = locating("names", where, () => readNames(bytes, split, site, expected.names))
  const { timePages, valuePages } = splitNumbers(split.numbers, rows)
  const shapes = {
    site_name: textShape(split.sites),
    point_name: textShape(split.names),
    timestamp: shapeOf(timePages),
    value: shapeOf(valuePages, VALUE_ENCODINGS)
  }
  const timeAt = shapes.site_name.length + shapes.point_name.length
  const valueAt = timeAt + shapes.timestamp.length
  expectSame("index", "head of the group", (spans[0] as IndexedSpan).head.length, valueAt)
  expectSame("index", "points of the group", spans.reduce((total, { points }) => total + points, 0), names.length)
  // Point by point, because a whole group takes megabytes.
  const times = takePoints(TIMESTAMP, bytes.subarray(timeAt, valueAt), timePages)
  const numbers = takePoints(VALUE, bytes.subarray(valueAt), valuePages)
  let firstTimestamp = Infinity
  let lastTimestamp = -Infinity
  for (const span of spans) {
    expectSame("index", "start of a span", span.offset - offset, valueAt + numbers.taken())
    for (let i = span.firstPoint; i < span.firstPoint + span.points; i++) {
      const count = repeats[i] as number
      const timestamps = times.take(count)
      const values = numbers.take(count)
      firstTimestamp = Math.min(firstTimestamp, timestamps[0] ?? Infinity)
      lastTimestamp = Math.max(lastTimestamp, timestamps.at(-1) ?? -Infinity)
      take({ point: names[i] as string, timestamps, values })
      releaseView(timestamps)
      releaseView(values)
    }
    expectSame("index", "end of a span", span.offset - offset + span.length, valueAt + numbers.taken())
  }
  times.close()
  numbers.close()
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
