/**
 * Column chunks decoded by hyparquet, whoever wrote them, as the physical values that lie in them.
 */
import type { ColumnMetaData, Compressors, DecodedArray, FileMetaData, SchemaElement } from "hyparquet"
import { parquetSchema } from "hyparquet"
import { readColumn } from "hyparquet/src/column.js"
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js"
import { getTreePath } from "hyparquet/src/schema.js"
import { releaseView } from "../../../domain/samples/memory.ts"
import { compressors } from "../format/compression.ts"

/** Trees made once: a month has thousands of columns of few schemas. */
const schemas = new WeakMap<FileMetaData, ReturnType<typeof parquetSchema>>()

/** A Date for each instant would cost more than all else; an INT96 is nanoseconds, and nothing else. */
const parsers = { ...DEFAULT_PARSERS, timestampFromNanoseconds: (nanoseconds: bigint) => nanoseconds }

const isDecimal = ({ converted_type, logical_type }: SchemaElement): boolean =>
  converted_type === "DECIMAL" || logical_type?.type === "DECIMAL"

type Column = Pick<ColumnMetaData, "path_in_schema" | "type" | "codec">

/** Decodes rows `from` to `to` of a column of `rows`, and what its pages hold before and behind them. */
const read = (
  metadata: FileMetaData,
  column: Column,
  bytes: Uint8Array,
  rows: number,
  from: number,
  to: number,
  decompressors: Compressors = compressors
) => {
  let schema = schemas.get(metadata)
  if (schema === undefined) schemas.set(metadata, schema = parquetSchema(metadata))
  const schemaPath = getTreePath(schema, column.path_in_schema)
  const element = schemaPath.at(-1)?.element
  if (element === undefined) throw new RangeError("a column is not in the schema")
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }
  const { data, skipped } = readColumn(reader, { groupStart: 0, selectStart: from, selectEnd: to, groupRows: rows }, {
    pathInSchema: column.path_in_schema,
    type: column.type,
    // Without its logical type, which hyparquet would make Dates and rounded decimals of.
    element: {
      type: column.type,
      name: element.name,
      repetition_type: "REQUIRED",
      ...(element.type_length === undefined ? {} : { type_length: element.type_length })
    },
    schemaPath,
    codec: column.codec,
    parsers,
    compressors: decompressors,
    utf8: !isDecimal(element)
  })
  const found = data.reduce((total, part) => total + part.length, skipped)
  // All of a column must be all of its bytes.
  if (found < to || (to === rows && (found !== rows || reader.offset !== bytes.length))) {
    throw new RangeError(`${found} rows of ${element.name} in ${reader.offset} bytes, not ${rows} in ${bytes.length}`)
  }
  return { data, skipped }
}

/**
 * Decodes the `rows` rows of a column of ours that are exactly these bytes; throws where they are not. INT64 is bigint.
 *
 * @param use what to make of the decoded parts, whose memory is given back then
 */
export const decodeColumn = <A>(
  metadata: FileMetaData,
  column: Column,
  bytes: Uint8Array,
  rows: number,
  use: (parts: ReadonlyArray<DecodedArray>) => A
): A => {
  const inflated: Array<Uint8Array> = []
  const decompressors: Compressors = {
    ZSTD: (input, length) => {
      const output = compressors.ZSTD(input, length)
      inflated.push(output)
      return output
    }
  }
  const { data } = read(metadata, column, bytes, rows, 0, rows, decompressors)
  const used = use(data)
  for (const part of data) if (ArrayBuffer.isView(part)) releaseView(part)
  inflated.forEach(releaseView)
  return used
}

/**
 * Rows `from` to `to` of a column of `rows`: one cell after another, asked for in the order of rows. INT64 and INT96
 * (nanoseconds) are bigint, bytes are text but for decimals; null or undefined where a row has no value.
 */
export const decodeCells = (metadata: FileMetaData, column: Column, bytes: Uint8Array, rows: number, from: number, to: number) => {
  const { data, skipped } = read(metadata, column, bytes, rows, from, to)
  let part = 0
  let start = skipped
  return (row: number): unknown => {
    for (let length = data[part]?.length ?? Infinity; row - start >= length; length = data[part]?.length ?? Infinity) {
      start += length
      part++
    }
    return data[part]?.[row - start]
  }
}
