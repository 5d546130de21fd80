/**
 * Decodes a finished object of rollups with hyparquet, a reader that shares no decoder with our writer, compares the
 * hours with what went in, and builds them once more, which must give the same bytes to the last bit.
 */
import type { FileMetaData, RowGroup } from "hyparquet"
import { parquetMetadata } from "hyparquet"
import { decodeColumn, doublesOf } from "./columns.ts"
import { expectSame, firstMismatch, Mismatch, sameBytes } from "./mismatch.ts"
import type { PartName } from "./part.ts"
import { makeRollupBuilder } from "./rollup.ts"
import { type NamedRollup, ROLLUP_COLUMNS, ROLLUP_SCHEMA } from "./rollupSchema.ts"
import type { SampleObject } from "./samples.ts"

const NAME_COLUMNS = 2

const decodeGroup = (bytes: Uint8Array, metadata: FileMetaData, group: RowGroup, point: string): NamedRollup => {
  const rows = Number(group.num_rows)
  expectSame("samples", "columns", group.columns.length, ROLLUP_SCHEMA.length)
  const chunks = group.columns.map(({ meta_data }, i) => {
    if (meta_data === undefined) throw new Mismatch("samples", "a row group lacks a column")
    expectSame("samples", "column", meta_data.path_in_schema.join("."), ROLLUP_SCHEMA[i]?.name)
    const from = Number(meta_data.dictionary_page_offset ?? meta_data.data_page_offset)
    return decodeColumn(metadata, meta_data, bytes.subarray(from, from + Number(meta_data.total_compressed_size)), rows)
  })
  for (const part of chunks[1] ?? []) {
    for (const text of part) expectSame("samples", "point", text, point)
  }
  const columns = ROLLUP_COLUMNS.map(({ field }, i) => [field, doublesOf(chunks[i + NAME_COLUMNS] ?? [], rows)] as const)
  return { point, ...(Object.fromEntries(columns) as unknown as Omit<NamedRollup, "point">) }
}

const verify = (name: PartName, { bytes, checksum, index, pointNames, rows }: SampleObject): void => {
  const metadata = parquetMetadata(bytes)
  expectSame("samples", "row groups", metadata.row_groups.length, pointNames.length)
  const builder = makeRollupBuilder(name)
  for (const [i, group] of metadata.row_groups.entries()) {
    builder.add(decodeGroup(bytes, metadata, group, pointNames[i] as string))
  }
  const again = builder.finish()
  expectSame("samples", "rows", again.rows, rows)
  expectSame("samples", "checksum", again.checksum, checksum)
  if (!sameBytes(again.index, index)) throw new Mismatch("samples", "the index says something else")
  if (!sameBytes(again.bytes, bytes)) throw new Mismatch("samples", "the object is not as we write it")
}

/** What differs from what went into the object; undefined where nothing does. */
export const verifyRollup = (name: PartName, built: SampleObject): Mismatch | undefined => firstMismatch(() => verify(name, built))
