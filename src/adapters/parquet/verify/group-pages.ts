/**
 * The Parquet pages of a row group of samples, each checked to be exactly as our writer writes it. An error names the
 * page and its point.
 */
import type { Encoding } from "hyparquet"
import { ByteWriter } from "hyparquet-writer"
import { writePageHeader } from "hyparquet-writer/src/datapage.js"
import { checksum } from "../format/compression.ts"
import { isFlat, lengthOfPages, type Page, uncompressedBody, walkPages } from "../read/pages.ts"
import { isTextColumn, openTexts, splitTexts, textAt } from "../read/texts.ts"
import { VALUE_ENCODINGS } from "../write/footer.ts"
import { Mismatch, sameBytes } from "./mismatch.ts"

const rowsOf = (pages: ReadonlyArray<Page>): number => pages.reduce((total, { rows }) => total + rows, 0)

/**
 * Checks what hyparquet does not: a wrong count would make it allocate all memory, and it would ignore a wrong bit in a
 * field that it does not read.
 */
const expectPage = (page: Page, encodings: ReadonlyArray<Encoding> | "dictionary"): void => {
  const { body, header, headerBytes } = page
  const writer = new ByteWriter(64)
  writePageHeader(writer, header)
  if (!sameBytes(writer.getBytes(), headerBytes)) throw new RangeError("the header is not as we write it")
  if (header.crc !== checksum(body)) throw new RangeError("the CRC differs")
  if (encodings === "dictionary") {
    const encoding = header.dictionary_page_header?.encoding
    if (header.type !== "DICTIONARY_PAGE" || encoding !== "PLAIN") {
      throw new RangeError(`a ${header.type} of encoding ${encoding}, not a plain dictionary`)
    }
    return
  }
  const encoding = header.data_page_header_v2?.encoding
  if (header.type !== "DATA_PAGE_V2" || encoding === undefined || !encodings.includes(encoding)) {
    throw new RangeError(`a ${header.type} of encoding ${encoding}`)
  }
  if (!isFlat(page)) throw new RangeError("not exactly one value for each row")
}

const expectNumbers = (page: Page, encodings: ReadonlyArray<Encoding>): void => {
  expectPage(page, encodings)
  const { header, rows } = page
  if (header.data_page_header_v2?.encoding !== "DELTA_BINARY_PACKED" && header.uncompressed_page_size !== rows * 8) {
    throw new RangeError(`${rows} numbers in ${header.uncompressed_page_size} bytes`)
  }
}

/** What the page after the pages `before`, which are sound, should contain. */
const describeNext = (before: ReadonlyArray<Page>) => {
  const split = splitTexts(before)
  if (!isTextColumn(split.names)) return { damage: "names", what: "the names of the row group" } as const
  const names = openTexts(split.names)
  const all = rowsOf(split.names)
  const done = rowsOf(split.numbers)
  const isTimestamp = done < all
  let row = isTimestamp ? done : done - all
  let point = 0
  for (; point < names.repeats.length - 1 && row >= (names.repeats[point] as number); point++) {
    row -= names.repeats[point] as number
  }
  const name = JSON.stringify(textAt(names, point))
  return {
    damage: "samples",
    // A page may be of many points.
    what: isTimestamp ? `the timestamps from point ${name} on` : `the values of point ${name} from its sample ${row} on`
  } as const
}

const mismatchAfter = (before: ReadonlyArray<Page>, offset: number, error: unknown): Mismatch => {
  const { damage, what } = describeNext(before)
  const at = offset + lengthOfPages(before)
  return new Mismatch(damage, `${what}, page at byte ${at}: ${error instanceof Error ? error.message : String(error)}`)
}

/** The pages of the group that begins at byte `offset`. Throws at the first that is not as we write it. */
export const readPages = (bytes: Uint8Array, offset: number): ReadonlyArray<Page> => {
  const pages: Array<Page> = []
  /** Text columns that are complete, and the rows of the second. */
  let columns = 0
  let rows = 0
  let timestamps = 0
  try {
    for (const page of walkPages(bytes)) {
      const isAfterDictionary = pages.at(-1)?.header.type === "DICTIONARY_PAGE"
      if (columns < 2) {
        if (isAfterDictionary) expectPage(page, ["RLE_DICTIONARY"])
        else if (page.header.type === "DICTIONARY_PAGE") expectPage(page, "dictionary")
        else expectPage(page, ["PLAIN"])
        if (page.header.type !== "DICTIONARY_PAGE") columns++
        rows = page.rows
      } else if (timestamps < rows) {
        expectNumbers(page, ["PLAIN", "DELTA_BINARY_PACKED"])
        timestamps += page.rows
      } else expectNumbers(page, VALUE_ENCODINGS)
      pages.push(page)
    }
  } catch (error) {
    throw mismatchAfter(pages, offset, error)
  }
  return pages
}

const canDecompress = (page: Page): boolean => {
  try {
    uncompressedBody(page)
    return true
  } catch {
    return false
  }
}

/** The same error, with the first page named whose body is not what its header says, although its CRC is right. */
export const locatePage = (pages: ReadonlyArray<Page>, offset: number, error: unknown): unknown => {
  const broken = pages.findIndex((page) => !canDecompress(page))
  return error instanceof Mismatch || broken === -1 ? error : mismatchAfter(pages.slice(0, broken), offset, error)
}
