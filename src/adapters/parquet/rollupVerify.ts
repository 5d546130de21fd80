/**
 * Decodes a finished object of rollups with hyparquet, a reader that shares no decoder with our writer, and compares it
 * with what went in: hours, names, footer and index. One row group is in memory at a time.
 */
import { parquetMetadata } from "hyparquet"
import type { FileMetaData, RowGroup } from "hyparquet"
import { addChecksums, emptyChecksum, formatChecksum } from "../../domain/checksum.ts"
import { decodeColumn } from "./columns.ts"
import { footer } from "./footer.ts"
import { type IndexedRun, walkIndex } from "./objectIndex.ts"
import { describeFooter, type PartName } from "./part.ts"
import { checksumRollup, type NamedRollup, ROLLUP_COLUMNS, ROLLUP_SCHEMA } from "./rollupSchema.ts"
import type { SampleObject } from "./samples.ts"
import { MAGIC } from "./schema.ts"
import { doublesOf, expectSame, Mismatch, sameBytes } from "./verify.ts"

const decodeGroup = (
  { bytes }: SampleObject,
  site: string,
  metadata: FileMetaData,
  group: RowGroup,
  run: IndexedRun,
  point: string
): NamedRollup => {
  const rows = Number(group.num_rows)
  let at = run.head.offset
  const chunks = group.columns.map(({ meta_data }, i) => {
    if (meta_data === undefined) throw new Mismatch("a row group lacks a column")
    expectSame("column", meta_data.path_in_schema.join("."), ROLLUP_SCHEMA[i]?.name)
    const from = Number(meta_data.dictionary_page_offset ?? meta_data.data_page_offset)
    expectSame(`start of ${ROLLUP_SCHEMA[i]?.name}`, from, at)
    at += Number(meta_data.total_compressed_size)
    if (i === 1) expectSame("end of the head", at, run.offset)
    return decodeColumn(metadata, meta_data, bytes.subarray(from, at), rows)
  })
  expectSame("columns", chunks.length, ROLLUP_SCHEMA.length)
  expectSame("end of the group", at, run.offset + run.length)
  for (const [i, name] of [site, point].entries()) {
    for (const part of chunks[i] ?? []) {
      for (const text of part) expectSame("name", text, name)
    }
  }
  const columns = ROLLUP_COLUMNS.map(({ field }, i) => [field, doublesOf(chunks[i + 2] ?? [], rows)] as const)
  return { point, ...(Object.fromEntries(columns) as unknown as Omit<NamedRollup, "point">) }
}

const verify = (name: PartName, built: SampleObject): void => {
  const { bytes, index, pointNames } = built
  if (!sameBytes(bytes.subarray(0, MAGIC.length), MAGIC)) throw new Mismatch("the object does not begin as a Parquet file")
  const metadata = parquetMetadata(bytes)
  const runs = [...walkIndex(index)]
  expectSame("row groups", metadata.row_groups.length, runs.length)
  expectSame("points", pointNames.length, runs.length)
  let content = emptyChecksum
  let rows = 0
  let end = MAGIC.length
  for (const [i, run] of runs.entries()) {
    const rollup = decodeGroup(built, name.site, metadata, metadata.row_groups[i] as RowGroup, run, pointNames[i] as string)
    content = addChecksums(content, checksumRollup(rollup))
    rows += rollup.hours.length
    end = run.offset + run.length
  }
  expectSame("rows", rows, built.rows)
  expectSame("checksum", formatChecksum(content), built.checksum)
  expectSame("size", bytes.length, built.size)
  const described = describeFooter("rollup-1h", name)(built, index)
  if (!sameBytes(bytes.subarray(end), footer(metadata.row_groups, rows, described, ROLLUP_SCHEMA))) {
    throw new Mismatch("the footer describes something else")
  }
}

/** Why the object is not what went into it; undefined where it is. */
export const verifyRollup = (name: PartName, built: SampleObject): string | undefined => {
  try {
    verify(name, built)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
