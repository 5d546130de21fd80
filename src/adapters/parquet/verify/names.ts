/**
 * The two text columns of a row group, compared with what is expected, byte for byte and as hyparquet decodes them.
 */
import { parquetMetadata } from "hyparquet"
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js"
import { releaseView } from "../../../domain/samples/memory.ts"
import { lengthOfPages, type Page, uncompressedBody } from "../read/pages.ts"
import { openTexts, type TextColumn, textsOf } from "../read/texts.ts"
import { makeFooter } from "../write/footer.ts"
import { byRow, plainBody, repeatsBody } from "../write/texts.ts"
import { decodeColumn } from "./columns.ts"
import { sameBytes } from "./mismatch.ts"

const OURS = parquetMetadata(makeFooter().finish(0, {}))

/** Reused: arrays of the texts of all rows would be a fifth of the memory that a month takes to make. */
let idMemory = new Uint8Array(65_536)

/** Whether hyparquet decodes each text of a dictionary for its rows. */
const areRepeats = (page: Page, repeats: ReadonlyArray<number>): boolean => {
  const raw = uncompressedBody(page)
  if (page.rows > idMemory.length) idMemory = new Uint8Array(page.rows)
  // Many texts have only a few rows each.
  const ids = repeats.length > 256 ? new Uint32Array(page.rows) : idMemory.subarray(0, page.rows)
  const view = new DataView(raw.buffer, raw.byteOffset + 1, raw.length - 1)
  readRleBitPackedHybrid({ view, offset: 0 }, raw[0] as number, ids, view.byteLength)
  releaseView(raw)
  let row = 0
  for (const [i, rows] of repeats.entries()) {
    for (const end = row + rows; row < end; row++) if (ids[row] !== i) return false
  }
  return row === page.rows
}

/** Whether hyparquet decodes these texts, each for its rows, from a page without a dictionary. */
const areTexts = (
  bytes: Uint8Array,
  name: "site_name" | "point_name",
  texts: ReadonlyArray<string>,
  repeats: ReadonlyArray<number>
): boolean => {
  const all = byRow(texts, repeats)
  const column: Parameters<typeof decodeColumn>[1] = { path_in_schema: [name], type: "BYTE_ARRAY", codec: "ZSTD" }
  return decodeColumn(OURS, column, bytes, all.length, (parts) => {
    let row = 0
    return parts.every((part) => Array.from(part).every((text) => text === all[row++]))
  })
}

const expectTexts = (
  bytes: Uint8Array,
  name: "site_name" | "point_name",
  { pages: [first, repeated], repeats }: TextColumn,
  texts: ReadonlyArray<string>
): void => {
  const encoder = new TextEncoder()
  const all = texts.map((text) => encoder.encode(text))
  const isSame = first !== undefined && repeats.length === all.length && (repeated === undefined
    ? sameBytes(uncompressedBody(first), plainBody(byRow(all, repeats))) && areTexts(bytes, name, texts, repeats)
    : sameBytes(uncompressedBody(first), plainBody(all)) &&
      sameBytes(uncompressedBody(repeated), repeatsBody(repeats)) && areRepeats(repeated, repeats))
  if (!isSame) throw new RangeError("they are not the expected ones, or not as we write them")
}

export interface Names {
  readonly names: ReadonlyArray<string>
  /** How many rows each name has. */
  readonly repeats: ReadonlyArray<number>
  readonly rows: number
}

/**
 * The names of a row group and the rows of each. Throws where either text column is not as expected.
 *
 * @param bytes begin with the row group
 * @param expected the names; null: those in the group
 */
export const readNames = (
  bytes: Uint8Array,
  pages: { readonly sites: ReadonlyArray<Page>; readonly names: ReadonlyArray<Page> },
  site: string,
  expected: ReadonlyArray<string> | null
): Names => {
  const sites = openTexts(pages.sites)
  const column = openTexts(pages.names)
  const names = expected ?? textsOf(column)
  const rows = column.repeats.reduce((total, count) => total + count, 0)
  const siteEnd = lengthOfPages(pages.sites)
  const end = siteEnd + lengthOfPages(pages.names)
  expectTexts(bytes.subarray(0, siteEnd), "site_name", sites, [site])
  expectTexts(bytes.subarray(siteEnd, end), "point_name", column, names)
  if (sites.repeats[0] !== rows) throw new RangeError("the two text columns differ in their rows")
  return { names, repeats: column.repeats, rows }
}
