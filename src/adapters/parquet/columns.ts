/**
 * Column chunks decoded by hyparquet, whoever wrote them, as the physical values that lie in them.
 */
import type { ColumnMetaData, DecodedArray, FileMetaData, SchemaElement } from "hyparquet"
import { parquetSchema } from "hyparquet"
import { readColumn } from "hyparquet/src/column.js"
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js"
import { getTreePath } from "hyparquet/src/schema.js"
import { compressors } from "./compression.ts"

/** A Date for each instant would cost more than all else; an INT96 is nanoseconds, and nothing else. */
const parsers = { ...DEFAULT_PARSERS, timestampFromNanoseconds: (nanoseconds: bigint) => nanoseconds }

const isDecimal = ({ converted_type, logical_type }: SchemaElement): boolean =>
  converted_type === "DECIMAL" || logical_type?.type === "DECIMAL"

/**
 * Decodes the `rows` rows of a column that are exactly these bytes; throws where they are not. INT64 and INT96
 * (nanoseconds) are bigint, bytes are text but for decimals; null or undefined where a row has no value.
 */
export const decodeColumn = (
  metadata: FileMetaData,
  column: Pick<ColumnMetaData, "path_in_schema" | "type" | "codec">,
  bytes: Uint8Array,
  rows: number
): ReadonlyArray<DecodedArray> => {
  const schemaPath = getTreePath(parquetSchema(metadata), column.path_in_schema)
  const element = schemaPath.at(-1)?.element
  if (element === undefined) throw new RangeError("a column is not in the schema")
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }
  const { data } = readColumn(reader, { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: rows }, {
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
    compressors,
    utf8: !isDecimal(element)
  })
  const found = data.reduce((total, part) => total + part.length, 0)
  if (found !== rows || reader.offset !== bytes.length) {
    throw new RangeError(`${found} rows of ${element.name} in ${reader.offset} bytes, not ${rows} in ${bytes.length}`)
  }
  return data
}

/** The parts of a column of numbers as one array. */
export const doublesOf = (parts: ReadonlyArray<DecodedArray>, rows: number): Float64Array => {
  const out = new Float64Array(rows)
  let at = 0
  for (const part of parts) {
    if (part instanceof Float64Array) out.set(part, at)
    else for (let i = 0; i < part.length; i++) out[at + i] = Number(part[i])
    at += part.length
  }
  return out
}
