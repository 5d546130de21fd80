/**
 * The footer: row groups as Parquet describes them, and what the object says of itself.
 */
import type { ColumnChunk, Encoding, KeyValue, RowGroup, SchemaElement } from "hyparquet"
import { ByteWriter } from "hyparquet-writer"
import { writeMetadata } from "hyparquet-writer/src/metadata.js"
import { MAGIC, SCHEMA, WRITER } from "./schema.ts"

/** A column chunk as it lies in the file. */
export interface ChunkShape {
  /** Bytes, page headers included. */
  readonly length: number
  readonly uncompressed: number
  /** Bytes of its dictionary page; 0 where it has none. */
  readonly dictionaryLength: number
  readonly encodings: ReadonlyArray<Encoding>
}

/** A row group as it lies in the file: `site_name | point_name | timestamp | value` from `offset`. */
export interface GroupShape extends Readonly<Record<keyof typeof SCHEMA, ChunkShape>> {
  readonly offset: number
  readonly rows: number
  readonly firstName: string
  readonly lastName: string
  readonly firstTimestamp: number
  readonly lastTimestamp: number
}

export const TEXT_ENCODINGS: ReadonlyArray<Encoding> = ["PLAIN", "RLE_DICTIONARY"]
/** What value pages may be; one of them may be missing in a group. */
export const VALUE_ENCODINGS: ReadonlyArray<Encoding> = ["PLAIN", "BYTE_STREAM_SPLIT"]

interface Bounds {
  readonly min_value: string | bigint
  readonly max_value: string | bigint
}

/** A chunk's entry in the footer, `start` bytes into the file. */
export const chunkMetadata = (
  { name, type }: SchemaElement & Required<Pick<SchemaElement, "type">>,
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

/** The row group's entry in the footer. Columns stand in the order of the schema, which is not the order in the file. */
export const groupMetadata = (group: GroupShape): RowGroup => {
  const chunk = (column: keyof typeof SCHEMA, start: number, bounds?: Bounds): ColumnChunk =>
    chunkMetadata(SCHEMA[column], group[column], group.rows, start, bounds)
  const nameStart = group.offset + group.site_name.length
  const timeStart = nameStart + group.point_name.length
  const valueStart = timeStart + group.timestamp.length
  const chunks = [group.timestamp, group.point_name, group.value, group.site_name]
  return {
    columns: [
      chunk("timestamp", timeStart, { min_value: BigInt(group.firstTimestamp), max_value: BigInt(group.lastTimestamp) }),
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

/** `num_rows` of 0 and an empty `row_groups`, in Thrift's compact protocol. */
const NO_ROW_GROUPS = [0x16, 0x00, 0x19, 0x00]
const EMPTY_LIST_OF_STRUCTS = 0x0c

/**
 * Types the empty list of row groups in a written footer: the writer takes the type of a list from its first element, and
 * where there is none leaves one that stricter readers refuse.
 */
export const typeNoRowGroups = (bytes: Uint8Array): void => {
  const at = bytes.findIndex((_, start) => NO_ROW_GROUPS.every((byte, i) => bytes[start + i] === byte))
  bytes[at + NO_ROW_GROUPS.length - 1] = EMPTY_LIST_OF_STRUCTS
}

/** The footer with its length and the closing magic number. */
export const footer = (
  rowGroups: Array<RowGroup>,
  rows: number,
  description: Readonly<Record<string, string>>,
  columns: ReadonlyArray<SchemaElement> = Object.values(SCHEMA)
): Uint8Array => {
  const writer = new ByteWriter(65_536)
  const metadata = {
    version: 2,
    created_by: WRITER,
    metadata_length: 0,
    schema: [{ name: "root", num_children: columns.length }, ...columns],
    num_rows: BigInt(rows),
    row_groups: rowGroups,
    key_value_metadata: Object.entries(description).map(([key, value]): KeyValue => ({ key, value }))
  }
  // Names are compared in full by readers that prune: the default cuts them to 16 bytes, which many share.
  writeMetadata(writer, metadata, Infinity)
  writer.appendBytes(MAGIC)
  const bytes = writer.getBytes()
  if (rowGroups.length === 0) typeNoRowGroups(bytes)
  return bytes
}
