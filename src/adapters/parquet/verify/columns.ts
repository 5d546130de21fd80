/**
 * Column chunks of our objects, decoded by hyparquet, which shares no decoder with our writer.
 */
import type { ColumnMetaData, DecodedArray, FileMetaData } from "hyparquet"
import { parquetSchema } from "hyparquet"
import { readColumn } from "hyparquet/src/column.js"
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js"
import { getTreePath } from "hyparquet/src/schema.js"
import { releaseView } from "../../../domain/samples/memory.ts"
import { decompress } from "../format/compression.ts"

/** The schema tree of each footer, made once: a month has thousands of column chunks and only a few schemas. */
const schemas = new WeakMap<FileMetaData, ReturnType<typeof parquetSchema>>()

/**
 * Decodes `bytes`, which must be exactly the `rows` rows of a column. INT64 is bigint.
 *
 * @param use takes the decoded arrays; their memory is freed afterwards
 */
export const decodeColumn = <A>(
  metadata: FileMetaData,
  column: Pick<ColumnMetaData, "path_in_schema" | "type" | "codec">,
  bytes: Uint8Array,
  rows: number,
  use: (parts: ReadonlyArray<DecodedArray>) => A
): A => {
  let schema = schemas.get(metadata)
  if (schema === undefined) schemas.set(metadata, schema = parquetSchema(metadata))
  const schemaPath = getTreePath(schema, column.path_in_schema)
  const name = column.path_in_schema.join(".")
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }
  const inflated: Array<Uint8Array> = []
  const { data } = readColumn(reader, { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: rows }, {
    pathInSchema: column.path_in_schema,
    type: column.type,
    // Without its logical type, from which hyparquet would make Dates.
    element: { type: column.type, name, repetition_type: "REQUIRED" },
    schemaPath,
    codec: column.codec,
    parsers: DEFAULT_PARSERS,
    compressors: {
      ZSTD: (input, length) => {
        const output = decompress(input, length)
        inflated.push(output)
        return output
      }
    }
  })
  const found = data.reduce((total, part) => total + part.length, 0)
  if (found !== rows || reader.offset !== bytes.length) {
    throw new RangeError(`${found} rows of ${name} in ${reader.offset} bytes, not ${rows} in ${bytes.length}`)
  }
  const used = use(data)
  for (const part of data) if (ArrayBuffer.isView(part)) releaseView(part)
  inflated.forEach(releaseView)
  return used
}
