/**
 * The Parquet pages of a row group of samples, each checked to be exactly as our writer writes it. An error names the
 * page and its point.
 */
import type { Encoding } from "hyparquet"
import { ByteWriter } from "hyparquet-writer"
import { writePageHeader } from "hyparquet-writer/src/datapage.js"
import { checksum } from "../format/compression.ts"
import { decodeRepeats, decodeTexts, isFlat, lengthOf, type Page, uncompressedBody, walkPages } from "../read/pages.ts"
import { VALUE_ENCODINGS } from "../write/footer.ts"
import { Mismatch, sameBytes } from "./mismatch.ts"

/** Pages of the two text columns, each a dictionary page and a page of repeats. */
export const TEXT_PAGES = 4

const rowsOf = (pages: ReadonlyArray<Page>): number => pages.reduce((total, { rows }) => total + rows, 0)

/**
 * Checks what hyparquet does not: a wrong count would make it allocate all memory, and it would ignore a wrong bit in a
 * field that it does not read.
 */
const expectPage = (page: Page, encodings: ReadonlyArray<Encoding> | "dictionary"): void => {
  const { body, header, headerBytes, rows } = page
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
  if ((encoding === "PLAIN" || encoding === "BYTE_STREAM_SPLIT") && header.uncompressed_page_size !== rows * 8) {
    throw new RangeError(`${rows} numbers in ${header.uncompressed_page_size} bytes`)
  }
}

/** What the page after the pages `before`, which are sound, should contain. */
const describeNext = (before: ReadonlyArray<Page>) => {
  const [, , texts, repeats] = before
  if (texts === undefined || repeats === undefined) {
    return { damage: "names", what: "the names of the row group" } as const
  }
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
    // A shared timeline is one page for all points.
    what: isTimestamp ? `the timestamps from point ${name} on` : `the values of point ${name} from its sample ${row} on`
  } as const
}

const mismatchAfter = (before: ReadonlyArray<Page>, offset: number, error: unknown): Mismatch => {
  const { damage, what } = describeNext(before)
  const at = before.reduce((total, page) => total + lengthOf(page), offset)
  return new Mismatch(damage, `${what}, page at byte ${at}: ${error instanceof Error ? error.message : String(error)}`)
}

/** The pages of the group that begins at byte `offset`. Throws at the first that is not as we write it. */
export const readPages = (bytes: Uint8Array, offset: number): ReadonlyArray<Page> => {
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
