/**
 * Column chunks decoded by hyparquet, whoever wrote them.
 */
import type { ColumnMetaData, DecodedArray, FileMetaData } from "hyparquet"
import { parquetSchema } from "hyparquet"
import { readColumn } from "hyparquet/src/column.js"
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js"
import { getTreePath } from "hyparquet/src/schema.js"
import { compressors } from "./compression.ts"

/** Decodes the `rows` rows of a column that are exactly these bytes; throws where they are not. INT64 stays bigint. */
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
    // Timestamps stay integers: a Date for each would cost more than all else.
    element: column.type === "INT64" ? { type: "INT64", name: element.name, repetition_type: "REQUIRED" } : element,
    schemaPath,
    codec: column.codec,
    parsers: DEFAULT_PARSERS,
    compressors
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
