/**
 * Pages of the four columns: how each is encoded, and how its bytes become columns again.
 */
import type { PageHeader } from "hyparquet"
import { parquetHeader } from "hyparquet/src/column.js"
import { ByteWriter } from "hyparquet-writer"
import { writePageHeader } from "hyparquet-writer/src/datapage.js"
import { checksum, compress, compressQuickly, decompress, MAX_INCOMPRESSIBLE } from "./compression.ts"
import { appendDelta, readDelta } from "./delta.ts"

/** Encodings of data pages that the planned reader decodes by itself. */
type PageEncoding = "PLAIN" | "BYTE_STREAM_SPLIT" | "DELTA_BINARY_PACKED" | "RLE_DICTIONARY"

/** Finished pages: their bytes, headers included, and what they would take uncompressed. */
export interface Pages {
  readonly bytes: Uint8Array
  readonly uncompressed: number
}

/** Samples a page, so that no page of doubles can be more noise than workerd's codec takes. */
const PAGE_SAMPLES = MAX_INCOMPRESSIBLE / 8

const appendDataPage = (
  writer: ByteWriter,
  encoding: PageEncoding,
  rows: number,
  uncompressed: number,
  body: Uint8Array,
  isCompressed = true
): number => {
  const start = writer.offset
  writePageHeader(writer, {
    type: "DATA_PAGE_V2",
    uncompressed_page_size: uncompressed,
    compressed_page_size: body.length,
    crc: checksum(body),
    data_page_header_v2: {
      num_values: rows,
      num_nulls: 0,
      num_rows: rows,
      encoding,
      definition_levels_byte_length: 0,
      repetition_levels_byte_length: 0,
      is_compressed: isCompressed
    }
  })
  const header = writer.offset - start
  writer.appendBytes(body)
  return header + uncompressed
}

/** The bytes of a column of doubles, little-endian as Parquet wants them. */
const bytesOf = (values: Float64Array | Uint32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

const split = (bytes: Uint8Array): Uint8Array => {
  const count = bytes.length / 8
  const out = new Uint8Array(bytes.length)
  for (let lane = 0; lane < 8; lane++) {
    for (let i = 0, to = lane * count; i < count; i++) out[to++] = bytes[i * 8 + lane] as number
  }
  return out
}

// Below this many bytes a sample a PLAIN page is made of repeats, which splitting would only break up.
const REPETITIVE = 0.25

/** Value pages of one point: per page the smaller of PLAIN and BYTE_STREAM_SPLIT. */
export const valuePages = (values: Float64Array): Pages => {
  const writer = new ByteWriter(4_096)
  let uncompressed = 0
  for (let from = 0; from < values.length; from += PAGE_SAMPLES) {
    const page = values.subarray(from, from + PAGE_SAMPLES)
    const raw = bytesOf(page)
    const plain = compress(raw)
    const lanes = plain.length > REPETITIVE * page.length ? compress(split(raw)) : plain
    uncompressed += lanes.length < plain.length
      ? appendDataPage(writer, "BYTE_STREAM_SPLIT", page.length, raw.length, lanes)
      : appendDataPage(writer, "PLAIN", page.length, raw.length, plain)
  }
  return { bytes: writer.getBytes(), uncompressed }
}

/** Timestamp pages of one point, by their differences. */
export const timelinePages = (timestamps: Float64Array): Pages => {
  const writer = new ByteWriter(4_096)
  let uncompressed = 0
  for (let from = 0; from < timestamps.length; from += PAGE_SAMPLES) {
    const page = timestamps.subarray(from, from + PAGE_SAMPLES)
    const body = new ByteWriter(page.length * 2 + 64)
    appendDelta(body, page)
    const raw = body.getBytes()
    const small = compressQuickly(raw)
    uncompressed += small.length < raw.length
      ? appendDataPage(writer, "DELTA_BINARY_PACKED", page.length, raw.length, small)
      : appendDataPage(writer, "DELTA_BINARY_PACKED", page.length, raw.length, raw, false)
  }
  return { bytes: writer.getBytes(), uncompressed }
}

const TWO_32 = 2 ** 32

/**
 * One PLAIN page for the timestamps of many points: the codec stores a timeline that they share once.
 *
 * @returns undefined where the codec cannot take the page
 */
export const sharedTimelinePage = (timelines: ReadonlyArray<Float64Array>): Pages | undefined => {
  let rows = 0
  for (const timeline of timelines) rows += timeline.length
  const words = new Uint32Array(rows * 2)
  let at = 0
  for (const timeline of timelines) {
    for (const ms of timeline) {
      words[at++] = ms % TWO_32
      words[at++] = Math.floor(ms / TWO_32)
    }
  }
  const raw = bytesOf(words)
  const writer = new ByteWriter(16_384)
  try {
    const uncompressed = appendDataPage(writer, "PLAIN", rows, raw.length, compress(raw))
    return { bytes: writer.getBytes(), uncompressed }
  } catch {
    // MAX_INCOMPRESSIBLE met: the timelines were not shared after all, and separate pages are the smaller choice.
    return undefined
  }
}

/** The body of the dictionary page of a text column. */
export const dictionaryBody = (texts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const body = new ByteWriter(1_024)
  for (const text of texts) {
    body.appendUint32(text.length)
    body.appendBytes(text)
  }
  return body.getBytes()
}

/** The body of a page that repeats the texts of a dictionary, in order, `runs` times each. */
export const runsBody = (runs: ReadonlyArray<number>): Uint8Array => {
  // A width of no bits would do for one text, but not every reader expects it.
  const width = Math.max(1, 32 - Math.clz32(runs.length - 1))
  const body = new ByteWriter(256)
  body.appendUint8(width)
  runs.forEach((run, i) => {
    body.appendVarInt(run << 1)
    for (let shift = 0; shift < width; shift += 8) body.appendUint8(i >>> shift & 0xff)
  })
  return body.getBytes()
}

/** A text column that holds each text in one run of rows: dictionary page, then one page of runs. */
export const textPages = (texts: ReadonlyArray<Uint8Array>, runs: ReadonlyArray<number>): Pages & {
  readonly dictionaryLength: number
} => {
  const raw = dictionaryBody(texts)
  const small = compress(raw)
  const writer = new ByteWriter(2_048)
  writePageHeader(writer, {
    type: "DICTIONARY_PAGE",
    uncompressed_page_size: raw.length,
    compressed_page_size: small.length,
    crc: checksum(small),
    dictionary_page_header: { num_values: texts.length, encoding: "PLAIN" }
  })
  const uncompressed = writer.offset + raw.length
  writer.appendBytes(small)
  const dictionaryLength = writer.offset
  const packed = runsBody(runs)
  const rows = runs.reduce((total, run) => total + run, 0)
  return {
    uncompressed: uncompressed + appendDataPage(writer, "RLE_DICTIONARY", rows, packed.length, packed, false),
    bytes: writer.getBytes(),
    dictionaryLength
  }
}

/** A page met while walking: its header, and its body where it stands. */
export interface Page {
  readonly header: PageHeader
  /** 0 in a dictionary page. */
  readonly rows: number
  readonly body: Uint8Array
  /** The header as it stands in the file. */
  readonly headerBytes: Uint8Array
}

/** Walks the pages of `bytes`. Throws where a page is cut. */
export const walkPages = function*(bytes: Uint8Array): Generator<Page> {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }
  while (reader.offset < bytes.length) {
    const start = reader.offset
    const header = parquetHeader(reader)
    const headerBytes = bytes.subarray(start, reader.offset)
    const end = reader.offset + header.compressed_page_size
    if (!(end >= reader.offset && end <= bytes.length)) throw new RangeError(`a page ends at byte ${end} of ${bytes.length}`)
    const body = bytes.subarray(reader.offset, end)
    reader.offset = end
    yield { header, rows: header.data_page_header_v2?.num_rows ?? 0, body, headerBytes }
  }
}

/** Throws where the body is not what its header says. */
export const uncompressedBody = ({ body, header }: Page): Uint8Array => {
  if (header.crc !== undefined && checksum(body) !== header.crc) throw new RangeError("the checksum of a page differs")
  if (header.data_page_header_v2?.is_compressed !== false) return decompress(body, header.uncompressed_page_size)
  if (body.length !== header.uncompressed_page_size) {
    throw new RangeError(`a page holds ${body.length} bytes, not ${header.uncompressed_page_size}`)
  }
  return body
}

/** Decodes rows `from` to `to` of a page that is inflated already. */
export type Rows = (from: number, to: number) => Float64Array

const join = (raw: Uint8Array): Rows => (from, to) => {
  const count = raw.length / 8
  const out = new Uint8Array((to - from) * 8)
  for (let lane = 0; lane < 8; lane++) {
    for (let i = from, at = lane; i < to; i++, at += 8) out[at] = raw[lane * count + i] as number
  }
  return new Float64Array(out.buffer)
}

/** Opens a value page. */
export const openValues = (page: Page): Rows => {
  const raw = uncompressedBody(page)
  const encoding = page.header.data_page_header_v2?.encoding
  if (raw.length !== page.rows * 8) throw new RangeError(`${raw.length} bytes hold no ${page.rows} doubles`)
  if (encoding === "PLAIN") return (from, to) => new Float64Array(raw.slice(from * 8, to * 8).buffer)
  if (encoding === "BYTE_STREAM_SPLIT") return join(raw)
  throw new RangeError(`a value page is encoded as ${encoding}`)
}

/** Opens a timestamp page; its rows are ms. */
export const openTimestamps = (page: Page): Rows => {
  const raw = uncompressedBody(page)
  const encoding = page.header.data_page_header_v2?.encoding
  if (encoding === "DELTA_BINARY_PACKED") {
    const all = readDelta(raw, page.rows)
    return (from, to) => from === 0 && to === all.length ? all : all.slice(from, to)
  }
  if (encoding !== "PLAIN" || raw.length !== page.rows * 8) {
    throw new RangeError(`a timestamp page is encoded as ${encoding}`)
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length)
  return (from, to) => {
    const out = new Float64Array(to - from)
    for (let i = 0, at = from * 8; i < out.length; i++, at += 8) {
      out[i] = view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true)
    }
    return out
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The texts of a dictionary page. */
export const decodeTexts = (page: Page): ReadonlyArray<string> => {
  const raw = uncompressedBody(page)
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length)
  const texts: Array<string> = []
  for (let at = 0; at < raw.length;) {
    const length = view.getUint32(at, true)
    if (at + 4 + length > raw.length) throw new RangeError("a dictionary page is cut")
    texts.push(decoder.decode(raw.subarray(at + 4, at + 4 + length)))
    at += 4 + length
  }
  return texts
}

/** Row counts of the texts, from a page of runs. */
export const decodeRuns = (page: Page): ReadonlyArray<number> => {
  const raw = uncompressedBody(page)
  const width = Math.ceil((raw[0] as number) / 8)
  const runs: Array<number> = []
  for (let at = 1; at < raw.length; at += width) {
    let length = 0
    let shift = 0
    let byte = 0
    do {
      byte = raw[at++] ?? 0
      length |= (byte & 0x7f) << shift
      shift += 7
    } while (byte >= 0x80)
    if ((length & 1) === 1) throw new RangeError("a page of runs holds no run")
    runs.push(length >>> 1)
  }
  return runs
}
