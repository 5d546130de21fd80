/**
 * Verifies a finished object of rollups: decodes it with hyparquet, which shares no decoder with our writer, compares
 * the hours with the checksum of what was built, and builds them again, which must give exactly the same bytes.
 */
import { parquetMetadata } from "hyparquet"
import { release, releaseColumns } from "../../../domain/samples/memory.ts"
import type { decodeColumn } from "./columns.ts"
import { makeFooter } from "../write/footer.ts"
import { expectSame, firstMismatch, Mismatch, sameBytes } from "./mismatch.ts"
import { decodeNumbers } from "./numbers.ts"
import { type IndexedSpan, walkIndex } from "../format/object-index.ts"
import { lengthOf, type Page, walkPages } from "../read/pages.ts"
import { splitTexts } from "../read/texts.ts"
import { readNames } from "./names.ts"
import type { PartName } from "../format/part-description.ts"
import { makeRollupBuilder } from "../write/rollup.ts"
import type { PointRollup } from "../../../domain/answers/rollup.ts"
import { ROLLUP_COLUMNS, ROLLUP_SCHEMA } from "../format/rollup-schema.ts"
import type { SampleObject } from "../write/samples.ts"

// Columns are decoded by the schema that they must have. What the object's own footer says is compared byte for byte.
const OURS = parquetMetadata(makeFooter(ROLLUP_SCHEMA).finish(0, {}))

interface Expected {
  readonly point: string
  readonly site: string
}

const column = ({ name, type }: (typeof ROLLUP_SCHEMA)[number]): Parameters<typeof decodeColumn>[1] =>
  ({ path_in_schema: [name], type, codec: "ZSTD" })

const decodeGroup = (object: Uint8Array, { head, length, offset }: IndexedSpan, { point, site }: Expected) => {
  const bytes = object.subarray(head.offset, offset + length)
  const split = splitTexts([...walkPages(bytes)])
  const { rows } = readNames(bytes, split, site, [point])
  expectSame("samples", "columns", split.numbers.length, ROLLUP_COLUMNS.length)
  let at = head.length
  const columns = ROLLUP_COLUMNS.map(({ element, field }, i) => {
    const from = at
    at += lengthOf(split.numbers[i] as Page)
    return [field, decodeNumbers(OURS, column(element), bytes.subarray(from, at), rows)] as const
  })
  return { point, ...(Object.fromEntries(columns) as unknown as Omit<PointRollup, "point">) }
}

const verify = (name: PartName, { bytes, checksum, index, pointNames, rows }: SampleObject): void => {
  const builder = makeRollupBuilder(name)
  let points = 0
  for (const span of walkIndex(index)) {
    for (const point of pointNames.slice(points, points + span.points)) {
      if (span.length === 0) builder.pass(point)
      else {
        const rollup = decodeGroup(bytes, span, { point, site: name.site })
        builder.add(rollup)
        releaseColumns(rollup)
      }
    }
    points += span.points
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
