/**
 * Parquet files made byte by byte, with any claim in any place: what no honest writer makes, and what odd ones do.
 */
import { crc32 } from "node:zlib"

/** A value in Thrift's compact protocol. */
export interface Thrift {
  readonly type: number
  readonly bytes: ReadonlyArray<number>
}

export const varint = (value: number | bigint): ReadonlyArray<number> => {
  const bytes: Array<number> = []
  let rest = BigInt(value)
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

const zigZag = (value: number | bigint): ReadonlyArray<number> =>
  varint(BigInt.asUintN(64, BigInt(value) << 1n ^ BigInt(value) >> 63n))

export const i32 = (value: number | bigint): Thrift => ({ type: 5, bytes: zigZag(value) })
export const i64 = (value: number | bigint): Thrift => ({ type: 6, bytes: zigZag(value) })
export const bool = (value: boolean): Thrift => ({ type: value ? 1 : 2, bytes: [] })
export const binary = (value: string | Uint8Array): Thrift => {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value
  return { type: 8, bytes: [...varint(bytes.length), ...bytes] }
}

export const list = (items: ReadonlyArray<Thrift>, size = items.length): Thrift => ({
  type: 9,
  bytes: [0xf0 | (items[0]?.type ?? 12), ...varint(size), ...items.flatMap(({ bytes }) => bytes)]
})

/** Fields by their numbers; those that are undefined are left out. */
export const struct = (fields: Readonly<Record<number, Thrift | undefined>>): Thrift => {
  const bytes: Array<number> = []
  for (const [id, field] of Object.entries(fields)) {
    if (field === undefined) continue
    bytes.push(field.type, ...zigZag(Number(id)))
    for (const byte of field.bytes) bytes.push(byte)
  }
  return { type: 12, bytes: [...bytes, 0] }
}

export const TYPES = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7
} as const
export const CODECS = { UNCOMPRESSED: 0, SNAPPY: 1, GZIP: 2, LZO: 3, BROTLI: 4, LZ4: 5, ZSTD: 6, LZ4_RAW: 7 } as const
export const ENCODINGS = {
  PLAIN: 0,
  PLAIN_DICTIONARY: 2,
  RLE: 3,
  BIT_PACKED: 4,
  DELTA_BINARY_PACKED: 5,
  DELTA_LENGTH_BYTE_ARRAY: 6,
  DELTA_BYTE_ARRAY: 7,
  RLE_DICTIONARY: 8,
  BYTE_STREAM_SPLIT: 9
} as const

export interface Page {
  /** As it lies in the file. */
  readonly body: Uint8Array
  readonly values: number
  readonly kind?: "v1" | "v2" | "dictionary"
  readonly encoding?: keyof typeof ENCODINGS
  /** Claims that stand for the right ones. */
  readonly inflated?: number
  readonly length?: number
  readonly crc?: number
  readonly statistics?: Thrift
  /** Of the header, and of the part for its kind. */
  readonly fields?: Readonly<Record<number, Thrift>>
  readonly kindFields?: Readonly<Record<number, Thrift>>
}

const KINDS = { v1: 0, dictionary: 2, v2: 3 } as const
/** Where the part for its kind stands in a page header. */
const KIND_FIELDS = { v1: 5, dictionary: 7, v2: 8 } as const

const kindOf = ({ encoding = "PLAIN", kind = "v1", kindFields, statistics, values }: Page): Thrift => {
  const code = i32(ENCODINGS[encoding])
  if (kind === "dictionary") return struct({ 1: i32(values), 2: code, ...kindFields })
  if (kind === "v1") {
    return struct({
      1: i32(values),
      2: code,
      3: i32(ENCODINGS.RLE),
      4: i32(ENCODINGS.RLE),
      5: statistics,
      ...kindFields
    })
  }
  return struct({
    1: i32(values),
    2: i32(0),
    3: i32(values),
    4: code,
    5: i32(0),
    6: i32(0),
    8: statistics,
    ...kindFields
  })
}

/** A page with its header. */
export const pageBytes = (page: Page): ReadonlyArray<number> => {
  const { body, crc, fields, inflated = body.length, kind = "v1", length = body.length } = page
  const header = struct({
    1: i32(KINDS[kind]),
    2: i32(inflated),
    3: i32(length),
    4: crc === undefined ? undefined : i32(crc),
    [KIND_FIELDS[kind]]: kindOf(page),
    ...fields
  })
  return [...header.bytes, ...body]
}

export interface Column {
  readonly name: string | Uint8Array
  readonly type: keyof typeof TYPES
  readonly pages: ReadonlyArray<Page>
  readonly isOptional?: boolean
  readonly codec?: keyof typeof CODECS
  readonly statistics?: Thrift
  /** Of the chunk's metadata, and of the schema. */
  readonly fields?: Readonly<Record<number, Thrift>>
  readonly schema?: Readonly<Record<number, Thrift>>
  /** Left out of the bytes that the chunk says it has. */
  readonly hidden?: number
}

export interface Group {
  readonly rows: number
  readonly columns: ReadonlyArray<Column>
}

export interface File {
  readonly groups: ReadonlyArray<Group>
  /** Of the root of the schema, and of the footer. */
  readonly root?: Readonly<Record<number, Thrift>>
  readonly fields?: Readonly<Record<number, Thrift>>
  /** Between the pages and the footer. */
  readonly padding?: number
}

const MAGIC = [0x50, 0x41, 0x52, 0x31]

const chunkOf = (column: Column, rows: number, offset: number, length: number): Thrift =>
  struct({
    2: i64(offset),
    3: struct({
      1: i32(TYPES[column.type]),
      2: list([i32(0)]),
      3: list([binary(column.name)]),
      4: i32(CODECS[column.codec ?? "UNCOMPRESSED"]),
      5: i64(rows),
      6: i64(length),
      7: i64(length - (column.hidden ?? 0)),
      9: i64(offset),
      12: column.statistics,
      ...column.fields
    })
  })

export const elementOf = ({ isOptional = false, name, schema, type }: Column): Thrift =>
  struct({
    1: i32(TYPES[type]),
    3: i32(isOptional ? 1 : 0),
    4: binary(name),
    6: type === "BYTE_ARRAY" ? i32(0) : undefined,
    ...schema
  })

/** A footer with its length and magic number. */
export const footerBytes = (footer: Thrift): ReadonlyArray<number> => {
  const { length } = footer.bytes
  return [...footer.bytes, length & 255, length >> 8 & 255, length >> 16 & 255, length >> 24 & 255, ...MAGIC]
}

export const forge = ({ fields, groups, padding = 0, root }: File): Uint8Array => {
  const bytes: Array<number> = [...MAGIC]
  const rowGroups = groups.map(({ columns, rows }) => {
    const chunks = columns.map((column) => {
      const offset = bytes.length
      for (const page of column.pages) for (const byte of pageBytes(page)) bytes.push(byte)
      return chunkOf(column, rows, offset, bytes.length - offset)
    })
    return struct({ 1: list(chunks), 2: i64(0), 3: i64(rows) })
  })
  const columns = groups[0]?.columns ?? []
  const schema = [struct({ 4: binary("root"), 5: i32(columns.length), ...root }), ...columns.map(elementOf)]
  const rows = groups.reduce((total, group) => total + group.rows, 0)
  const footer = struct({ 1: i32(1), 2: list(schema), 3: i64(rows), 4: list(rowGroups), ...fields })
  return Uint8Array.from([...bytes, ...new Uint8Array(padding), ...footerBytes(footer)])
}

export const doubles = (values: ReadonlyArray<number>): Uint8Array => new Uint8Array(Float64Array.from(values).buffer)

export const longs = (values: ReadonlyArray<number | bigint>): Uint8Array =>
  new Uint8Array(BigInt64Array.from(values, BigInt).buffer)

export const texts = (values: ReadonlyArray<string | Uint8Array>): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => {
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value
    return [...new Uint8Array(Uint32Array.of(bytes.length).buffer), ...bytes]
  }))

/** CRC-32 as page headers keep it. */
export const crcOf = (bytes: Uint8Array): number => crc32(bytes) | 0
