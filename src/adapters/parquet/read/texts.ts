/**
 * Text columns of our objects, read: each text stands in consecutive rows.
 */
import { releaseView } from "../../../domain/samples/memory.ts"
import { lengthOf, type Page, readPage, uncompressedBody } from "./pages.ts"

/** A text column chunk: a dictionary page and a page of repeats, or one PLAIN data page. */
export interface TextColumn {
  readonly pages: ReadonlyArray<Page>
  /** Decompressed: each text after its length. */
  readonly raw: Uint8Array
  /** Where in `raw` each text begins. */
  readonly offsets: ReadonlyArray<number>
  /** How many rows each text has. */
  readonly repeats: ReadonlyArray<number>
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The end of the text whose length is stored at byte `at`. */
const endOfText = (raw: Uint8Array, at: number): number => {
  const end = at + 4 <= raw.length ? at + 4 + new DataView(raw.buffer, raw.byteOffset).getUint32(at, true) : Infinity
  if (end > raw.length) throw new RangeError("a page of texts is cut")
  return end
}

const sameText = (raw: Uint8Array, a: number, b: number, length: number): boolean => {
  for (let i = 0; i < length; i++) if (raw[a + i] !== raw[b + i]) return false
  return true
}

/** Where the texts of `raw` begin, and how many times each stands in sequence. */
const findTexts = (raw: Uint8Array) => {
  const offsets: Array<number> = []
  const repeats: Array<number> = []
  for (let at = 0, length = -1; at < raw.length;) {
    const end = endOfText(raw, at)
    const last = offsets.length - 1
    if (end - at === length && sameText(raw, offsets[last] as number, at, length)) {
      repeats[last] = (repeats[last] as number) + 1
    } else {
      offsets.push(at)
      repeats.push(1)
      length = end - at
    }
    at = end
  }
  return { offsets, repeats }
}

/** How many rows each text of the dictionary has, from a data page of repeats. */
const decodeRepeats = (page: Page): ReadonlyArray<number> => {
  const raw = uncompressedBody(page)
  const width = Math.ceil((raw[0] as number) / 8)
  const repeats: Array<number> = []
  for (let at = 1; at < raw.length; at += width) {
    let length = 0
    let shift = 0
    let byte = 0
    do {
      byte = raw[at++] ?? 0
      length |= (byte & 0x7f) << shift
      shift += 7
    } while (byte >= 0x80)
    if ((length & 1) === 1) throw new RangeError("a page of repeats is packed otherwise")
    repeats.push(length >>> 1)
  }
  releaseView(raw)
  return repeats
}

const isDictionary = (page: Page): boolean => page.header.type === "DICTIONARY_PAGE"

/** The pages of the text column at byte `at`. Throws where they are cut. */
export const readTextPages = (bytes: Uint8Array, at: number): ReadonlyArray<Page> => {
  const first = readPage(bytes, at)
  return isDictionary(first) ? [first, readPage(bytes, at + lengthOf(first))] : [first]
}

/** Splits the pages of a row group, or the first of them: those of its two text columns, and the others. */
export const splitTexts = (pages: ReadonlyArray<Page>) => {
  const endFrom = (start: number): number => {
    const first = pages[start]
    return first === undefined ? start : start + (isDictionary(first) ? 2 : 1)
  }
  const siteEnd = endFrom(0)
  const end = endFrom(siteEnd)
  return { sites: pages.slice(0, siteEnd), names: pages.slice(siteEnd, end), numbers: pages.slice(end) }
}

/** Whether the pages are all of a text column. */
export const isTextColumn = ([first, ...others]: ReadonlyArray<Page>): boolean =>
  first !== undefined && others.length === (isDictionary(first) ? 1 : 0)

/** Throws where these are not the pages of a text column. */
export const openTexts = (pages: ReadonlyArray<Page>): TextColumn => {
  const [texts, repeated] = pages
  if (texts === undefined || !isTextColumn(pages)) throw new RangeError("a group has no names")
  const raw = uncompressedBody(texts)
  const found = findTexts(raw)
  const repeats = repeated === undefined ? found.repeats : decodeRepeats(repeated)
  const rows = repeats.reduce((total, count) => total + count, 0)
  const count = repeated === undefined ? found.offsets.length : texts.header.dictionary_page_header?.num_values
  if (found.offsets.length !== count || repeats.length !== count || rows !== (repeated ?? texts).rows) {
    throw new RangeError(`${found.offsets.length} names for ${rows} rows of ${repeats.length} points`)
  }
  return { pages, raw, offsets: found.offsets, repeats }
}

export const textAt = ({ offsets, raw }: TextColumn, i: number): string => {
  const at = offsets[i] as number
  return decoder.decode(raw.subarray(at + 4, endOfText(raw, at)))
}

/** All texts, each once. */
export const textsOf = (column: TextColumn): ReadonlyArray<string> =>
  column.offsets.map((_, i) => textAt(column, i))
