/**
 * Verifies a finished object of rollups: decodes it with hyparquet, which shares no decoder with our writer, compares
 * the hours with the checksum of what was built, and builds them again, which must give exactly the same bytes.
 */
import { type ColumnMetaData, parquetMetadata } from "hyparquet"
import { release, releaseColumns } from "../../../domain/samples/memory.ts"
import { decodeColumn } from "./columns.ts"
import { makeFooter } from "../write/footer.ts"
import { TEXT_PAGES } from "./group-pages.ts"
import { expectSame, firstMismatch, Mismatch, sameBytes } from "./mismatch.ts"
import { decodeNumbers } from "./numbers.ts"
import { type IndexedSpan, walkIndex } from "../format/object-index.ts"
import { walkPages } from "../read/pages.ts"
import type { PartName } from "../format/part-description.ts"
import { makeRollupBuilder } from "../write/rollup.ts"
import type { PointRollup } from "../../../domain/answers/rollup.ts"
import { ROLLUP_COLUMNS, ROLLUP_SCHEMA } from "../format/rollup-schema.ts"
import type { SampleObject } from "../write/samples.ts"
import { SCHEMA } from "../format/schema.ts"

// Columns are decoded by the schema that they must have. What the object's own footer says is compared byte for byte.
const OURS = parquetMetadata(makeFooter(ROLLUP_SCHEMA).finish(0, {}))

type Column = Pick<ColumnMetaData, "path_in_schema" | "type" | "codec">

const column = ({ name, type }: (typeof ROLLUP_SCHEMA)[number]): Column =>
  ({ path_in_schema: [name], type, codec: "ZSTD" })

const decodeGroup = (object: Uint8Array, { head, length, offset }: IndexedSpan, point: string): PointRollup => {
  const pages = [...walkPages(object.subarray(head.offset, offset + length))]
  const rows = pages[1]?.rows ?? 0
  expectSame("samples", "pages", pages.length, TEXT_PAGES + ROLLUP_COLUMNS.length)
  const sizes = pages.map(({ body, headerBytes }) => headerBytes.length + body.length)
  const bytesOf = (from: number, to: number): Uint8Array => {
    const at = head.offset + sizes.slice(0, from).reduce((sum, size) => sum + size, 0)
    return object.subarray(at, at + sizes.slice(from, to).reduce((sum, size) => sum + size, 0))
  }
  decodeColumn(OURS, column(SCHEMA.point_name), bytesOf(2, TEXT_PAGES), rows, (parts) => {
    for (const part of parts) {
      for (const text of part) expectSame("samples", "point", text, point)
    }
  })
  const columns = ROLLUP_COLUMNS.map(({ element, field }, i) => {
    const page = TEXT_PAGES + i
    return [field, decodeNumbers(OURS, column(element), bytesOf(page, page + 1), rows)] as const
  })
  return { point, ...(Object.fromEntries(columns) as unknown as Omit<PointRollup, "point">) }
}

const verify = (name: PartName, { bytes, checksum, index, pointNames, rows }: SampleObject): void => {
  const builder = makeRollupBuilder(name)
  let points = 0
  for (const span of walkIndex(index)) {
    const point = pointNames[points++]
    if (point === undefined) throw new Mismatch("samples", "the index has more points than the object")
    const rollup = decodeGroup(bytes, span, point)
    builder.add(rollup)
    releaseColumns(rollup)
  }
  const again = builder.finish()
  expectSame("samples", "points", points, pointNames.length)
  expectSame("samples", "rows", again.rows, rows)
  expectSame("samples", "checksum", again.checksum, checksum)
  if (!sameBytes(again.index, index)) throw new Mismatch("samples", "the index says something else")
  if (!sameBytes(again.bytes, bytes)) throw new Mismatch("samples", "the object is not as we write it")
  release(again.bytes.buffer)
}

/** The first damage of the hours; undefined where there is none. */
export const verifyRollup = (name: PartName, built: SampleObject): Mismatch | undefined =>
  firstMismatch(() => verify(name, built))
