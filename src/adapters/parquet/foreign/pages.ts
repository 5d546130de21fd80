/**
 * Pages of a column chunk: their headers, checked before anything is inflated, and their bodies.
 */
import { checksum } from "../format/compression.ts"
import { ThriftReader } from "../format/thrift.ts"
import type { Chunk } from "./footer.ts"
import { inflate } from "./inflate.ts"
import type { Work } from "./work.ts"

/** By their numbers in the format. */
const ENCODINGS = [
  "PLAIN",
  "GROUP_VAR_INT",
  "PLAIN_DICTIONARY",
  "RLE",
  "BIT_PACKED",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
  "DELTA_BYTE_ARRAY",
  "RLE_DICTIONARY",
  "BYTE_STREAM_SPLIT"
] as const
export type Encoding = (typeof ENCODINGS)[number] | undefined

const PAGE_KINDS = ["v1", "index", "dictionary", "v2"] as const

/** Bytes of a page, inflated: three columns are open at a time. */
const MAX_PAGE_BYTES = 16_777_216
/** Entries of a dictionary. */
const MAX_DICTIONARY = 1_048_576

/**
 * Bytes to read behind the length of a chunk: older writers leave the header of the dictionary, which is no longer, out
 * of it.
 */
export const CHUNK_SLACK = 128

interface Header {
  kind: (typeof PAGE_KINDS)[number] | undefined
  /** Bytes of the body as it is inflated, and as it lies there. */
  inflated: number
  length: number
  crc: number | undefined
  values: number
  encoding: Encoding
  levelEncoding: Encoding
  /** Bytes of the levels of a page of version 2, which are not compressed. */
  repetitionBytes: number
  definitionBytes: number
  nulls: number
  isCompressed: boolean
}

export interface Page {
  readonly header: Readonly<Header>
  readonly body: Uint8Array
}

const readKind = (reader: ThriftReader, header: Header): void =>
  reader.struct((field) => {
    if (field === 1) header.values = reader.integer()
    if (field === 2) header.encoding = ENCODINGS[reader.integer()]
    if (field === 3 && header.kind === "v1") header.levelEncoding = ENCODINGS[reader.integer()]
  })

const readVersion2 = (reader: ThriftReader, header: Header): void =>
  reader.struct((field) => {
    if (field === 1) header.values = reader.integer()
    if (field === 2) header.nulls = reader.integer()
    if (field === 4) header.encoding = ENCODINGS[reader.integer()]
    if (field === 5) header.definitionBytes = reader.integer()
    if (field === 6) header.repetitionBytes = reader.integer()
    if (field === 7) header.isCompressed = reader.boolean()
  })

const readHeader = (reader: ThriftReader): Header => {
  const header: Header = {
    kind: undefined,
    inflated: -1,
    length: -1,
    crc: undefined,
    values: -1,
    encoding: undefined,
    levelEncoding: "RLE",
    repetitionBytes: 0,
    definitionBytes: 0,
    nulls: 0,
    isCompressed: true
  }
  reader.struct((field) => {
    if (field === 1) header.kind = PAGE_KINDS[reader.integer()]
    if (field === 2) header.inflated = reader.integer()
    if (field === 3) header.length = reader.integer()
    if (field === 4) header.crc = reader.integer()
    if ((field === 5 && header.kind === "v1") || (field === 7 && header.kind === "dictionary")) readKind(reader, header)
    if (field === 8 && header.kind === "v2") readVersion2(reader, header)
  })
  return header
}

const checkHeader = (header: Header, room: number): void => {
  const { definitionBytes, inflated, kind, length, repetitionBytes, values } = header
  if (length < 0 || length > room) throw new RangeError(`a page of ${length} bytes where ${room} are left`)
  if (inflated < 0 || inflated > MAX_PAGE_BYTES) {
    throw new RangeError(`a page claims ${inflated} bytes, more than ${MAX_PAGE_BYTES} are read`)
  }
  if (kind !== undefined && kind !== "index" && values < 0) throw new RangeError(`a page claims ${values} values`)
  if (kind === "dictionary" && values > MAX_DICTIONARY) {
    throw new RangeError(`a dictionary claims ${values} entries, more than ${MAX_DICTIONARY} are read`)
  }
  const levels = repetitionBytes + definitionBytes
  if (repetitionBytes < 0 || definitionBytes < 0 || levels > Math.min(length, inflated)) {
    throw new RangeError("a page claims more bytes of levels than it has")
  }
}

/**
 * Walks the pages of a column chunk, but for those of an index or of kinds yet unknown, until the chunk is at its end
 * and has `rows` values. Throws where it is cut.
 *
 * @param bytes the chunk, and up to {@link CHUNK_SLACK} bytes behind it
 */
export const walkPages = function*({ length }: Chunk, bytes: Uint8Array, rows: number): Generator<Page> {
  let values = 0
  let end = length
  for (let at = 0; at < length || (values < rows && at < end);) {
    const reader = new ThriftReader(bytes, at)
    const header = readHeader(reader)
    if (header.kind === "dictionary") end = Math.min(bytes.length, length + reader.offset - at)
    checkHeader(header, end - reader.offset)
    at = reader.offset + header.length
    if (header.kind === "v1" || header.kind === "v2") values += header.values
    if (header.kind !== undefined && header.kind !== "index") yield { header, body: bytes.subarray(reader.offset, at) }
  }
}

/** Nanoseconds, roughly, that a page, an inflated byte and a value of a column take. */
const PAGE_WORK = 1_000
const BYTE_WORK = 2
const VALUE_WORK = 20

/** How many values the pages of a chunk say they hold. */
export const countValues = (chunk: Chunk, bytes: Uint8Array, rows: number, work: Work): number => {
  let values = 0
  for (const { header } of walkPages(chunk, bytes, rows)) {
    work.spend(PAGE_WORK, "walking the pages")
    if (header.kind !== "dictionary") values += header.values
  }
  return values
}

/**
 * The body of a page, inflated, behind its levels where those stand outside. Throws where it is not what its header
 * says, or where inflating and reading it would be too much work.
 */
export const openBody = ({ body, header }: Page, { codec }: Chunk, work: Work): Uint8Array => {
  const { crc, definitionBytes, inflated, isCompressed, repetitionBytes, values } = header
  work.spend(inflated * BYTE_WORK + values * VALUE_WORK, `a page of ${values} values`)
  if (crc !== undefined && (crc | 0) !== checksum(body)) throw new RangeError("the checksum of a page differs")
  const levels = repetitionBytes + definitionBytes
  return inflate(isCompressed ? codec : "UNCOMPRESSED", body.subarray(levels), inflated - levels)
}

/** The definition levels of a page of version 2. */
export const levelsOf = ({ body, header: { definitionBytes, repetitionBytes } }: Page): Uint8Array =>
  body.subarray(repetitionBytes, repetitionBytes + definitionBytes)
