/**
 * Objects that other tools wrote: any order of rows, any row groups and encodings, no index. Pure: which bytes hold the
 * columns of a row group, and what is in them.
 */
import { Result } from "effect"
import type { ColumnMetaData, FileMetaData, RowGroup } from "hyparquet"
import { comparePoints, parsePointName } from "../../../domain/samples/names.ts"
import { columnsFromRows } from "../../../domain/samples/merge.ts"
import type { Dropped, DropReason } from "../../../domain/samples/page.ts"
import { readValue } from "../../../domain/samples/value.ts"
import type { Series } from "../../../domain/samples/series.ts"
import { decodeCells } from "../read/columns.ts"
import { instantReader, numberReader } from "./columns.ts"
import type { Range } from "../format/object-index.ts"

const COLUMNS = ["point_name", "timestamp", "value"] as const
export type ForeignColumn = (typeof COLUMNS)[number]

type Chunk = Range & { readonly metadata: ColumnMetaData }

export interface ForeignGroup {
  readonly rows: number
  readonly columns: Readonly<Record<ForeignColumn, Chunk>>
  /** The column `site_name`; null where the object has none. */
  readonly site: Chunk | null
}

const chunkOf = (group: RowGroup, name: string): Chunk | null => {
  const metadata = group.columns.find((column) => column.meta_data?.path_in_schema.join(".") === name)?.meta_data
  if (metadata === undefined) return null
  const { data_page_offset, dictionary_page_offset, total_compressed_size } = metadata
  // Some writers leave a dictionary offset of 0 where there is no dictionary.
  const hasDictionary = dictionary_page_offset !== undefined && dictionary_page_offset > 0n && dictionary_page_offset < data_page_offset
  return {
    metadata,
    offset: Number(hasDictionary ? dictionary_page_offset : data_page_offset),
    length: Number(total_compressed_size)
  }
}

const columnOf = (group: RowGroup, name: ForeignColumn): Chunk => {
  const chunk = chunkOf(group, name)
  if (chunk === null) throw new RangeError(`the object has no column ${name}`)
  return chunk
}

/** The row groups of an object that hold rows. Throws where it lacks a column. */
export const foreignGroups = (metadata: FileMetaData): ReadonlyArray<ForeignGroup> =>
  metadata.row_groups.filter(({ num_rows }) => num_rows > 0n).map((group) => ({
    rows: Number(group.num_rows),
    columns: {
      point_name: columnOf(group, "point_name"),
      timestamp: columnOf(group, "timestamp"),
      value: columnOf(group, "value")
    },
    site: chunkOf(group, "site_name")
  }))

/** Every column of a group that is read. */
export const chunksOf = ({ columns, site }: ForeignGroup): ReadonlyArray<Range> => [
  columns.point_name,
  columns.timestamp,
  columns.value,
  ...(site === null ? [] : [site])
]

/** Bytes fetched at a time, about: an isolate may send 10,000 requests for one of its own. */
const BATCH_BYTES = 2_000_000

/** Splits groups, in order, into batches of some {@link BATCH_BYTES}. */
export const batchGroups = (groups: ReadonlyArray<ForeignGroup>): ReadonlyArray<ReadonlyArray<ForeignGroup>> => {
  const batches: Array<Array<ForeignGroup>> = []
  let size = Infinity
  for (const group of groups) {
    const length = chunksOf(group).reduce((sum, chunk) => sum + chunk.length, 0)
    if (size + length > BATCH_BYTES) {
      batches.push([])
      size = 0
    }
    batches.at(-1)?.push(group)
    size += length
  }
  return batches
}

/** Whether the statistics of the group leave room for any of the points, or for all where `points` is null. */
export const mayHold = ({ columns }: ForeignGroup, points: ReadonlySet<string> | null): boolean => {
  const { max_value, min_value } = columns.point_name.metadata.statistics ?? {}
  if (points === null || typeof min_value !== "string" || typeof max_value !== "string") return true
  // A bound that a writer cut within a character reads as U+FFFD there, which sorts after what was cut.
  if (min_value.includes("\ufffd") || max_value.includes("\ufffd")) return true
  return [...points].some((point) => comparePoints(point, min_value) >= 0 && comparePoints(point, max_value) <= 0)
}

/** Rows decoded at a time: other tools make row groups of a million, which decoded fill an isolate. */
const ROWS_AT_ONCE = 131_072

type Cells = (row: number) => unknown

/** Decodes the columns of a group side by side, some rows at a time. */
const eachSlice = (
  metadata: FileMetaData,
  rows: number,
  columns: ReadonlyArray<{ readonly chunk: Chunk; readonly bytes: Uint8Array }>,
  take: (cells: ReadonlyArray<Cells>, from: number, to: number) => void
): void => {
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const to = Math.min(rows, from + ROWS_AT_ONCE)
    take(columns.map(({ bytes, chunk }) => decodeCells(metadata, chunk.metadata, bytes, rows, from, to)), from, to)
  }
}

export interface GroupNames {
  /** Rows a point. */
  readonly rows: Map<string, number>
  /** Rows whose point has no name, or none that is legal. */
  nameless: number
}

/** Counts the rows of a group by point. */
export const countNames = (metadata: FileMetaData, { columns, rows }: ForeignGroup, bytes: Uint8Array, counts: GroupNames): void =>
  eachSlice(metadata, rows, [{ chunk: columns.point_name, bytes }], ([nameOf], from, to) => {
    for (let row = from; row < to; row++) {
      const name = nameOf?.(row)
      const known = typeof name === "string" ? counts.rows.get(name) : undefined
      if (typeof name !== "string" || (known === undefined && Result.isFailure(parsePointName(name)))) counts.nameless++
      else counts.rows.set(name, (known ?? 0) + 1)
    }
  })

/** Throws where the `site_name` of a row is another one. */
export const expectSite = (metadata: FileMetaData, { rows, site }: ForeignGroup, bytes: Uint8Array, expected: string): void => {
  if (site === null) return
  eachSlice(metadata, rows, [{ chunk: site, bytes }], ([siteOf], from, to) => {
    for (let row = from; row < to; row++) {
      const found = siteOf?.(row) ?? expected
      if (found !== expected) throw new RangeError(`it holds rows of the site ${JSON.stringify(found)}`)
    }
  })
}

/** Collects rows in the order of the file into series in the order of points. Throws where a column is no such column. */
export const makeCollector = (metadata: FileMetaData, wanted: ReadonlySet<string> | null) => {
  const instantOf = instantReader(metadata)
  const numberOf = numberReader(metadata)
  const points = new Map<string, { timestamps: Array<number>; values: Array<number> }>()
  const dropped: Partial<Record<DropReason, number>> = {}
  const drop = (reason: DropReason, count = 1): void => {
    dropped[reason] = (dropped[reason] ?? 0) + count
  }
  return {
    /** Takes a row group from the bytes of its columns. Rows without an instant or a finite value are left out and counted. */
    add: ({ columns, rows }: ForeignGroup, bytes: Readonly<Record<ForeignColumn, Uint8Array>>): void => {
      const chunks = COLUMNS.map((column) => ({ chunk: columns[column], bytes: bytes[column] }))
      eachSlice(metadata, rows, chunks, ([nameOf, timestampOf, valueOf], from, to) => {
        for (let row = from; row < to; row++) {
          const name = nameOf?.(row)
          if (typeof name !== "string" || (wanted !== null && !wanted.has(name))) continue
          const instant = timestampOf?.(row) ?? null
          const at = instant === null ? NaN : instantOf(instant)
          const cell = valueOf?.(row) ?? null
          const read = cell === null ? "null" : numberOf(cell)
          const value = typeof read === "number" ? readValue(read) : read
          if (Number.isNaN(at)) drop("timestamp")
          else if (typeof value === "string") drop(value)
          else {
            let point = points.get(name)
            if (point === undefined) points.set(name, point = { timestamps: [], values: [] })
            point.timestamps.push(at)
            point.values.push(value)
          }
        }
      })
    },
    /** Of two rows of one point and instant the later in the file stands. */
    finish: (): { readonly series: ReadonlyArray<Series>; readonly dropped: Dropped } => {
      const series = [...points].sort(([a], [b]) => comparePoints(a, b)).map(([point, { timestamps, values }]): Series => {
        const { collisions, columns } = columnsFromRows(Float64Array.from(timestamps), Float64Array.from(values))
        if (collisions > 0) drop("collision", collisions)
        return { point, ...columns }
      })
      return { series, dropped }
    }
  }
}

/** Rows collected at once by a scan: some 30 MB. */
const PASS_ROWS = 1_000_000

/** Splits the points, in order, into passes of about {@link PASS_ROWS} rows. */
export const passesOf = (rows: ReadonlyMap<string, number>): ReadonlyArray<ReadonlySet<string>> => {
  const passes: Array<Set<string>> = []
  let size = Infinity
  for (const [point, count] of [...rows].sort(([a], [b]) => comparePoints(a, b))) {
    if (size + count > PASS_ROWS) {
      passes.push(new Set())
      size = 0
    }
    passes.at(-1)?.add(point)
    size += count
  }
  return passes
}
