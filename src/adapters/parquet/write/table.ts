/**
 * An answer as a Parquet file: one row group for each point (several where it is long), Snappy.
 *
 * **Gotchas** Not the format of the archive: an answer has several value columns and nulls, and is read once.
 */
import type { SchemaElement } from "hyparquet"
import { ByteWriter, ParquetWriter } from "hyparquet-writer"
import type { Shaped } from "../../../domain/answers/shape.ts"
import { typeNoRowGroups } from "./footer.ts"
import { SCHEMA, WRITER } from "../format/schema.ts"

const GROUP_ROWS = 100_000

const schemaOf = (columns: ReadonlyArray<string>): Array<SchemaElement> => [
  { name: "schema", num_children: 2 + columns.length },
  SCHEMA.point_name,
  SCHEMA.timestamp,
  ...columns.map((name): SchemaElement => ({ name, type: "DOUBLE", repetition_type: "OPTIONAL" }))
]

const withNulls = (values: Float64Array): Array<number | null> =>
  Array.from(values, (value) => Number.isFinite(value) ? value : null)

/** Without a dictionary where there is a -0, which the writer's dictionary would make 0. */
const encodingOf = (values: Float64Array) =>
  values.some((value) => Object.is(value, -0)) ? { encoding: "PLAIN" as const } : {}

const sliceRows = ({ columns, timestamps }: Shaped, from: number, to: number): Shaped => ({
  timestamps: timestamps.subarray(from, to),
  columns: columns.map(({ name, values }) => ({ name, values: values.subarray(from, to) }))
})

/**
 * A file with the Parquet columns `point_name`, `timestamp` and those named. The bytes of all calls, in order, are it.
 */
export const beginTable = (columns: ReadonlyArray<string>) => {
  const out = new ByteWriter(65_536)
  const file = new ParquetWriter({ writer: out, schema: schemaOf(columns), createdBy: WRITER })
  let isEmpty = true
  /** The bytes written since the last call. Offsets in the file continue. */
  const take = () => {
    const bytes = new Uint8Array(out.getBytes())
    out.index = 0
    return bytes
  }
  const writeGroup = (point: string, rows: Shaped): void => {
    isEmpty = false
    void file.write({
      columnData: [
        { name: "point_name", data: Array.from(rows.timestamps, () => point) },
        { name: "timestamp", data: BigInt64Array.from(rows.timestamps, BigInt) },
        ...rows.columns.map(({ name, values }) => ({ name, data: withNulls(values), ...encodingOf(values) }))
      ],
      rowGroupSize: GROUP_ROWS
    })
  }
  return {
    add: (point: string, rows: Shaped) => {
      for (let from = 0; from < rows.timestamps.length; from += GROUP_ROWS) {
        writeGroup(point, sliceRows(rows, from, Math.min(rows.timestamps.length, from + GROUP_ROWS)))
      }
      return take()
    },
    finish: () => {
      void file.finish()
      const bytes = take()
      if (isEmpty) typeNoRowGroups(bytes)
      return bytes
    }
  }
}
