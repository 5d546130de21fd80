/**
 * The footer: row groups as Parquet describes them, and what the object says of itself.
 */
import type { ColumnChunk, Encoding, KeyValue, RowGroup, SchemaElement } from "hyparquet"
import { ByteWriter } from "hyparquet-writer"
import { writeMetadata } from "hyparquet-writer/src/metadata.js"
import { MAGIC, SCHEMA, WRITER } from "../format/schema.ts"

/** The bytes of a column chunk. */
export interface ChunkShape {
  /** Page headers included. */
  readonly length: number
  readonly uncompressed: number
  /** Bytes of its dictionary page; 0 where it has none. */
  readonly dictionaryLength: number
  readonly encodings: ReadonlyArray<Encoding>
}

/** The bytes of a row group: `site_name | point_name | timestamp | value`, from `offset` on. */
export interface GroupShape extends Readonly<Record<keyof typeof SCHEMA, ChunkShape>> {
  readonly offset: number
  readonly rows: number
  readonly firstName: string
  readonly lastName: string
  readonly firstTimestamp: number
  readonly lastTimestamp: number
}

export const TEXT_ENCODINGS: ReadonlyArray<Encoding> = ["PLAIN", "RLE_DICTIONARY"]
/** Encodings of data pages of values; a row group may have only one of them. */
export const VALUE_ENCODINGS: ReadonlyArray<Encoding> = ["PLAIN", "BYTE_STREAM_SPLIT"]

/** The smallest and the largest value of a column chunk. */
export interface Bounds {
  readonly min_value: string | bigint
  readonly max_value: string | bigint
}

export type ColumnElement = SchemaElement & Required<Pick<SchemaElement, "type">>

/** The footer's entry for a column chunk that begins at byte `start`. */
export const chunkMetadata = (
  { name, type }: ColumnElement,
  { dictionaryLength, encodings, length, uncompressed }: ChunkShape,
  rows: number,
  start: number,
  bounds?: Bounds
): ColumnChunk => ({
  file_offset: BigInt(start),
  meta_data: {
    type,
    encodings: [...encodings],
    path_in_schema: [name],
    codec: "ZSTD",
    num_values: BigInt(rows),
    total_uncompressed_size: BigInt(uncompressed),
    total_compressed_size: BigInt(length),
    data_page_offset: BigInt(start + dictionaryLength),
    ...(dictionaryLength === 0 ? {} : { dictionary_page_offset: BigInt(start) }),
    ...(bounds === undefined ? {} : { statistics: { ...bounds, null_count: 0n } })
  }
})

/**
 * The footer's entry for a row group. Its columns have the order of the schema, which is not their order in the file.
 */
export const groupMetadata = (group: GroupShape): RowGroup => {
  const chunk = (column: keyof typeof SCHEMA, start: number, bounds?: Bounds): ColumnChunk =>
    chunkMetadata(SCHEMA[column], group[column], group.rows, start, bounds)
  const nameStart = group.offset + group.site_name.length
  const timeStart = nameStart + group.point_name.length
  const valueStart = timeStart + group.timestamp.length
  const chunks = [group.timestamp, group.point_name, group.value, group.site_name]
  return {
    columns: [
      chunk("timestamp", timeStart, {
        min_value: BigInt(group.firstTimestamp),
        max_value: BigInt(group.lastTimestamp)
      }),
      chunk("point_name", nameStart, { min_value: group.firstName, max_value: group.lastName }),
      chunk("value", valueStart),
      chunk("site_name", group.offset)
    ],
    total_byte_size: BigInt(chunks.reduce((total, { uncompressed }) => total + uncompressed, 0)),
    num_rows: BigInt(group.rows),
    sorting_columns: [
      { column_idx: 1, descending: false, nulls_first: false },
      { column_idx: 0, descending: false, nulls_first: false }
    ],
    file_offset: BigInt(group.offset),
    total_compressed_size: BigInt(chunks.reduce((total, { length }) => total + length, 0))
  }
}

/**
 * `num_rows` of 0 and an empty `row_groups` in Thrift's compact protocol: for each field its type and number, its
 * value.
 */
const NO_ROW_GROUPS = [0x16, 0x00, 0x19, 0x00]
const STRUCT = 0x0c

/**
 * Sets the type of the empty list of row groups in a written footer. The writer takes the type of a list from its first
 * element; for an empty list it writes a type that strict readers refuse.
 */
export const typeNoRowGroups = (bytes: Uint8Array): void => {
  const at = bytes.findIndex((_, start) => NO_ROW_GROUPS.every((byte, i) => bytes[start + i] === byte))
  bytes[at + NO_ROW_GROUPS.length - 1] = STRUCT
}

/** Parquet columns whose chunks may have bounds. */
const BOUNDED: ReadonlyArray<string> = [SCHEMA.timestamp.name, SCHEMA.point_name.name, "hour"]

/** The metadata of an object that has no rows, and the length of the metadata. */
const encode = (
  columns: ReadonlyArray<SchemaElement>,
  rowGroups: Array<RowGroup>,
  description: Readonly<Record<string, string>>,
  writer = new ByteWriter(4_096)
) => {
  const metadata = {
    version: 2,
    created_by: WRITER,
    metadata_length: 0,
    schema: [{ name: "root", num_children: columns.length }, ...columns],
    num_rows: 0n,
    row_groups: rowGroups,
    key_value_metadata: Object.entries(description).map(([key, value]): KeyValue => ({ key, value }))
  }
  // Bounds in full: the default cuts names to 16 bytes, which many names share, so that readers could skip nothing.
  writeMetadata(writer, metadata, Infinity)
  return writer.getBytes()
}

const afterNoRowGroups = (bytes: Uint8Array): number =>
  bytes.findIndex((_, at) => NO_ROW_GROUPS.every((byte, i) => bytes[at + i] === byte)) + NO_ROW_GROUPS.length

/** Collects the row groups of an object in encoded form: as objects those of a month's hours would take megabytes. */
export const makeFooter = (columns: ReadonlyArray<SchemaElement> = Object.values(SCHEMA)) => {
  const rowGroups = new ByteWriter(16_384)
  // To encode a row group, only the columns with bounds are needed of the schema.
  const bounded = columns.filter(({ name }) => BOUNDED.includes(name))
  const none = encode(bounded, [], {})
  const from = afterNoRowGroups(none)
  const scratch = new ByteWriter(4_096)
  let count = 0
  return {
    add: (group: RowGroup): void => {
      scratch.offset = 0
      scratch.index = 0
      const one = encode(bounded, [group], {}, scratch)
      rowGroups.appendBytes(one.subarray(from, one.length - (none.length - from)))
      count++
    },
    /** The footer with its length and the closing magic number. */
    finish: (rows: number, description: Readonly<Record<string, string>>): Uint8Array => {
      const rest = encode(columns, [], description)
      const listed = afterNoRowGroups(rest)
      const writer = new ByteWriter(rowGroups.offset + rest.length + 64)
      writer.appendBytes(rest.subarray(0, listed - NO_ROW_GROUPS.length + 1))
      writer.appendZigZag(BigInt(rows))
      writer.appendUint8(NO_ROW_GROUPS[2] as number)
      if (count < 15) writer.appendUint8(count << 4 | STRUCT)
      else {
        writer.appendUint8(0xf0 | STRUCT)
        writer.appendVarInt(count)
      }
      writer.appendBytes(rowGroups.getBytes())
      writer.appendBytes(rest.subarray(listed, rest.length - 4))
      writer.appendUint32(writer.offset)
      writer.appendBytes(MAGIC)
      return writer.getBytes()
    }
  }
}
