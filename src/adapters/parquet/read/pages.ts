/**
 * Parquet pages of our objects, read: their headers, their bodies, and rows of a body.
 */
import type { PageHeader } from "hyparquet"
import { parquetHeader } from "hyparquet/src/column.js"
import { releaseView } from "../../../domain/samples/memory.ts"
import { checksum, decompress } from "../format/compression.ts"
import { readDelta } from "../format/delta.ts"

const TWO_32 = 2 ** 32

/** A dictionary page or a data page. Its bytes are views of the object's. */
export interface Page {
  readonly header: PageHeader
  /** 0 in a dictionary page. */
  readonly rows: number
  readonly body: Uint8Array
  /** The header as it is stored. */
  readonly headerBytes: Uint8Array
}

/** The page that begins at byte `at`. Throws where it is cut. */
export const readPage = (bytes: Uint8Array, at: number): Page => {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: at }
  const header = parquetHeader(reader)
  const end = reader.offset + header.compressed_page_size
  if (!(end >= reader.offset && end <= bytes.length)) {
    throw new RangeError(`a page ends at byte ${end} of ${bytes.length}`)
  }
  return {
    header,
    rows: header.data_page_header_v2?.num_rows ?? 0,
    body: bytes.subarray(reader.offset, end),
    headerBytes: bytes.subarray(at, reader.offset)
  }
}

export const lengthOf = (page: Page): number => page.headerBytes.length + page.body.length

export const lengthOfPages = (pages: ReadonlyArray<Page>): number =>
  pages.reduce((total, page) => total + lengthOf(page), 0)

/** The pages of `bytes`, one after the other. Throws where a page is cut. */
export const walkPages = function*(bytes: Uint8Array): Generator<Page> {
  for (let at = 0; at < bytes.length;) {
    const page = readPage(bytes, at)
    at += lengthOf(page)
    yield page
  }
}

/**
 * Whether a data page has one value for each row. Readers check it, because the CRC of a page does not cover its
 * header.
 */
export const isFlat = ({ header, rows }: Page): boolean => {
  const data = header.data_page_header_v2
  if (data === undefined) return true
  const levels = data.definition_levels_byte_length + data.repetition_levels_byte_length
  return data.num_values === rows && data.num_nulls === 0 && levels === 0
}

/** Throws where the body is not what its header says. */
export const uncompressedBody = (page: Page): Uint8Array => {
  const { body, header } = page
  if (checksum(body) !== header.crc) throw new RangeError("the CRC of a page differs")
  if (!isFlat(page)) throw new RangeError("a page has not exactly one value for each row")
  if (header.data_page_header_v2?.is_compressed !== false) return decompress(body, header.uncompressed_page_size)
  if (body.length !== header.uncompressed_page_size) {
    throw new RangeError(`a page has ${body.length} bytes, not ${header.uncompressed_page_size}`)
  }
  return body
}

/** A decompressed data page. */
export interface OpenPage {
  /** Decodes rows `from` to `to` into a column, from its row `at` on. */
  readonly copy: (from: number, to: number, column: Float64Array, at: number) => void
  /** Frees its memory. */
  readonly close: () => void
}

const bytesAt = (column: Float64Array, at: number): Uint8Array =>
  new Uint8Array(column.buffer, column.byteOffset + at * 8, column.byteLength - at * 8)

const join = (raw: Uint8Array): OpenPage["copy"] => (from, to, column, at) => {
  const count = raw.length / 8
  const out = bytesAt(column, at)
  for (let lane = 0; lane < 8; lane++) {
    for (let i = from, byte = lane; i < to; i++, byte += 8) out[byte] = raw[lane * count + i] as number
  }
}

/** Decompresses a data page of values. */
export const openValues = (page: Page): OpenPage => {
  const raw = uncompressedBody(page)
  const encoding = page.header.data_page_header_v2?.encoding
  if (raw.length !== page.rows * 8) throw new RangeError(`${page.rows} doubles in ${raw.length} bytes`)
  const close = () => releaseView(raw)
  if (encoding === "PLAIN") {
    return { copy: (from, to, column, at) => bytesAt(column, at).set(raw.subarray(from * 8, to * 8)), close }
  }
  if (encoding === "BYTE_STREAM_SPLIT") return { copy: join(raw), close }
  throw new RangeError(`a page of values has the encoding ${encoding}`)
}

/** Decompresses a data page of timestamps, ms. */
export const openTimestamps = (page: Page): OpenPage => {
  const raw = uncompressedBody(page)
  const encoding = page.header.data_page_header_v2?.encoding
  if (encoding === "DELTA_BINARY_PACKED") {
    const all = readDelta(raw, page.rows)
    releaseView(raw)
    return { copy: (from, to, column, at) => column.set(all.subarray(from, to), at), close: () => releaseView(all) }
  }
  if (encoding !== "PLAIN" || raw.length !== page.rows * 8) {
    throw new RangeError(`a page of timestamps has the encoding ${encoding}`)
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length)
  return {
    copy: (from, to, column, at) => {
      for (let i = from; i < to; i++) {
        column[at + i - from] = view.getInt32(i * 8 + 4, true) * TWO_32 + view.getUint32(i * 8, true)
      }
    },
    close: () => releaseView(raw)
  }
}
