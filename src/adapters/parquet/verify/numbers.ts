/**
 * Columns of numbers as verification reads them: by hyparquet, in little memory.
 */
import type { ColumnMetaData, DecodedArray, FileMetaData } from "hyparquet"
import { deltaBinaryUnpack } from "hyparquet/src/delta.js"
import { releaseView } from "../../../domain/samples/memory.ts"
import { decodeColumn } from "./columns.ts"
import { readDelta } from "../format/delta.ts"
import { type Page, uncompressedBody, walkPages } from "../read/pages.ts"

/** By 32-bit words, because bigints would be a hundred bytes of garbage for each value. */
const setIntegers = (out: Float64Array, { buffer, byteOffset, length }: BigInt64Array, at: number): void => {
  const low = new Uint32Array(buffer, byteOffset, length * 2)
  const high = new Int32Array(buffer, byteOffset, length * 2)
  for (let i = 0; i < length; i++) out[at + i] = (high[i * 2 + 1] as number) * 2 ** 32 + (low[i * 2] as number)
}

const joinParts = (parts: ReadonlyArray<DecodedArray>, rows: number): Float64Array => {
  const out = new Float64Array(rows)
  let at = 0
  for (const part of parts) {
    if (part instanceof Float64Array) out.set(part, at)
    else if (part instanceof BigInt64Array) setIntegers(out, part, at)
    else throw new RangeError("a column has values that are no numbers")
    at += part.length
  }
  return out
}

/**
 * What our reader decodes of a page of differences, after comparing it with hyparquet. To avoid bigints, hyparquet
 * decodes only the first value as 64 bits; all values are compared by their low 32 bits.
 */
const readDeltaTwice = (page: Page): Float64Array => {
  const raw = uncompressedBody(page)
  const values = readDelta(raw, page.rows)
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length)
  const first = new BigInt64Array(1)
  deltaBinaryUnpack({ view, offset: 0 }, 1, first)
  const low = new Int32Array(page.rows)
  deltaBinaryUnpack({ view, offset: 0 }, page.rows, low)
  const start = values[0] as number
  const lowStart = low[0] as number
  if (Number(first[0]) !== start) throw new RangeError("readers disagree on the first value of a page")
  for (let i = 0; i < values.length; i++) {
    if ((((low[i] as number) - lowStart) | 0) !== (((values[i] as number) - start) | 0)) {
      throw new RangeError(`readers disagree on value ${i} of a page`)
    }
  }
  releaseView(low)
  releaseView(raw)
  return values
}

/** The numbers in `bytes`, which are whole pages. Throws where they do not have exactly `rows` rows. */
export const decodeNumbers = (
  metadata: FileMetaData,
  column: Pick<ColumnMetaData, "path_in_schema" | "type" | "codec">,
  bytes: Uint8Array,
  rows: number
): Float64Array => {
  const pages = [...walkPages(bytes)]
  if (pages[0]?.header.data_page_header_v2?.encoding !== "DELTA_BINARY_PACKED") {
    return decodeColumn(metadata, column, bytes, rows, (parts) => joinParts(parts, rows))
  }
  const out = new Float64Array(rows)
  let at = 0
  for (const page of pages) {
    const values = readDeltaTwice(page)
    out.set(values, at)
    releaseView(values)
    at += page.rows
  }
  if (at !== rows) throw new RangeError(`${at} rows, not ${rows}`)
  return out
}
