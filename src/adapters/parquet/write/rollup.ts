/**
 * Builds an object of hourly rollups: a row group a point, laid out `site_name | point_name | hour | count | …`. The two
 * name chunks are its head, the rest its one span, so that a point is one read.
 */
import type { ColumnChunk, RowGroup } from "hyparquet"
import { addChecksums, emptyChecksum, formatChecksum } from "../../../domain/samples/checksum.ts"
import { releaseView } from "../../../domain/samples/memory.ts"
import { chunkMetadata, makeFooter, TEXT_ENCODINGS, VALUE_ENCODINGS } from "./footer.ts"
import type { Group } from "./group.ts"
import { makeObjectBuffer } from "./object-buffer.ts"
import { encodeIndex } from "../format/object-index.ts"
import { makePageEncoder } from "./page-encoder.ts"
import { describeFooter, type PartName } from "./month-part.ts"
import { checksumRollup, type NamedRollup, ROLLUP_COLUMNS, ROLLUP_SCHEMA } from "../format/rollup-schema.ts"
import type { Content, SampleObject } from "./samples.ts"
import { MAGIC, SCHEMA } from "../format/schema.ts"

/**
 * What compression must save of a page of times: inflating takes some 20 µs whatever the length, and a chart needs ten
 * pages of a point and month. Inflating fewer takes a sixth off them for a fiftieth more bytes.
 */
const WORTH_BYTES = 512

/** One for all parts: what it holds is used again. */
const encoder = makePageEncoder({ worth: WORTH_BYTES })

/** A row group of one point, from its columns' bytes. */
const layRollup = (site: Uint8Array, rollup: NamedRollup, offset: number) => {
  const rows = rollup.starts.length
  const name = new TextEncoder().encode(rollup.point)
  const parts: Array<Uint8Array> = []
  const columns: Array<ColumnChunk> = []
  let at = offset
  let uncompressed = 0
  for (const [element, text] of [[SCHEMA.site_name, site], [SCHEMA.point_name, name]] as const) {
    const pages = encoder.texts([text], [rows])
    const bounds = element === SCHEMA.point_name ? { min_value: rollup.point, max_value: rollup.point } : undefined
    columns.push(chunkMetadata(element, { ...pages, length: pages.bytes.length, encodings: TEXT_ENCODINGS }, rows, at, bounds))
    parts.push(pages.bytes)
    at += pages.bytes.length
    uncompressed += pages.uncompressed
  }
  const headLength = at - offset
  for (const { element, field, integers } of ROLLUP_COLUMNS) {
    const values = rollup[field]
    const pages = integers ? encoder.timeline(values) : encoder.values(values)
    const shape = {
      length: pages.bytes.length,
      uncompressed: pages.uncompressed,
      dictionaryLength: 0,
      encodings: integers ? ["DELTA_BINARY_PACKED" as const] : VALUE_ENCODINGS
    }
    const bounds = field === "starts"
      ? { min_value: BigInt(values[0] as number), max_value: BigInt(values.at(-1) as number) }
      : undefined
    columns.push(chunkMetadata(element, shape, rows, at, bounds))
    parts.push(pages.bytes)
    at += pages.bytes.length
    uncompressed += pages.uncompressed
  }
  const metadata: RowGroup = {
    columns,
    total_byte_size: BigInt(uncompressed),
    num_rows: BigInt(rows),
    sorting_columns: [
      { column_idx: 1, descending: false, nulls_first: false },
      { column_idx: 2, descending: false, nulls_first: false }
    ],
    file_offset: BigInt(offset),
    total_compressed_size: BigInt(at - offset)
  }
  const spans: Group["spans"] = [{ points: 1, firstName: rollup.point, lastName: rollup.point, length: at - offset - headLength }]
  return { parts, metadata, layout: { headLength, spans } }
}

/** Points must come in the order of `comparePoints`, each with at least one hour. Keeps no column. */
export const makeRollupBuilder = (name: PartName) => {
  const site = new TextEncoder().encode(name.site)
  const object = makeObjectBuffer()
  object.append(MAGIC)
  const footer = makeFooter(ROLLUP_SCHEMA)
  const layout: Array<Pick<Group, "headLength" | "spans">> = []
  const pointNames: Array<string> = []
  let rows = 0
  let checksum = emptyChecksum
  let firstTimestamp = Infinity
  let lastTimestamp = -Infinity
  return {
    add: (rollup: NamedRollup): void => {
      const group = layRollup(site, rollup, object.length())
      for (const part of group.parts) {
        object.append(part)
        releaseView(part)
      }
      footer.add(group.metadata)
      layout.push(group.layout)
      pointNames.push(rollup.point)
      rows += rollup.starts.length
      checksum = addChecksums(checksum, checksumRollup(rollup))
      firstTimestamp = Math.min(firstTimestamp, rollup.starts[0] as number)
      lastTimestamp = Math.max(lastTimestamp, rollup.starts.at(-1) as number)
    },
    finish: (): SampleObject => {
      const content: Content = {
        rows,
        points: pointNames.length,
        firstTimestamp: rows === 0 ? 0 : firstTimestamp,
        lastTimestamp: rows === 0 ? 0 : lastTimestamp,
        checksum: formatChecksum(checksum)
      }
      const index = encodeIndex(layout)
      object.append(footer.finish(rows, describeFooter("rollup-1h", name)(content, index)))
      return { ...content, size: object.length(), index, bytes: object.bytes(), pointNames }
    }
  }
}
