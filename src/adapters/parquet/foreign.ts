/**
 * Objects that other tools wrote: any order of rows, any row groups and encodings, no index. Pure: which bytes hold the
 * columns of a row group, and what is in them.
 */
import type { ColumnMetaData, DecodedArray, FileMetaData, RowGroup } from "hyparquet"
import { comparePoints } from "../../domain/names.ts"
import { columnsFromRows } from "../../domain/merge.ts"
import { MICROSECONDS_BELOW, MILLISECONDS_BELOW, SECONDS_BELOW } from "../../domain/instant.ts"
import type { Series } from "../../domain/series.ts"
import { decodeColumn } from "./columns.ts"
import type { Range } from "./objectIndex.ts"

const COLUMNS = ["point_name", "timestamp", "value"] as const
export type ForeignColumn = (typeof COLUMNS)[number]

export interface ForeignGroup {
  readonly rows: number
  readonly columns: Readonly<Record<ForeignColumn, Range & { readonly metadata: ColumnMetaData }>>
}

const columnOf = (group: RowGroup, name: ForeignColumn) => {
  const metadata = group.columns.find((column) => column.meta_data?.path_in_schema.join(".") === name)?.meta_data
  if (metadata === undefined) throw new RangeError(`the object has no column ${name}`)
  const { data_page_offset, dictionary_page_offset, total_compressed_size } = metadata
  // Some writers leave a dictionary offset of 0 where there is no dictionary.
  const hasDictionary = dictionary_page_offset !== undefined && dictionary_page_offset > 0n && dictionary_page_offset < data_page_offset
  return {
    metadata,
    offset: Number(hasDictionary ? dictionary_page_offset : data_page_offset),
    length: Number(total_compressed_size)
  }
}

/** The row groups of an object. Throws where it lacks a column. */
export const foreignGroups = (metadata: FileMetaData): ReadonlyArray<ForeignGroup> =>
  metadata.row_groups.map((group) => ({
    rows: Number(group.num_rows),
    columns: {
      point_name: columnOf(group, "point_name"),
      timestamp: columnOf(group, "timestamp"),
      value: columnOf(group, "value")
    }
  }))

/** Whether the statistics of the group leave room for any of the points, or for all where `points` is null. */
export const mayHold = ({ columns }: ForeignGroup, points: ReadonlySet<string> | null): boolean => {
  const { max_value, min_value } = columns.point_name.metadata.statistics ?? {}
  if (points === null || typeof min_value !== "string" || typeof max_value !== "string") return true
  return [...points].some((point) => comparePoints(point, min_value) >= 0 && comparePoints(point, max_value) <= 0)
}

/** Milliseconds a unit of the timestamp column; undefined where each value's size tells. */
const unitOf = (metadata: FileMetaData): number | undefined => {
  const element = metadata.schema.find(({ name }) => name === "timestamp")
  if (element?.type !== "INT64") throw new RangeError(`timestamps are ${element?.type}, not INT64`)
  const logical = element.logical_type?.type === "TIMESTAMP" ? element.logical_type.unit : undefined
  if (logical === "MILLIS" || element.converted_type === "TIMESTAMP_MILLIS") return 1
  if (logical === "MICROS" || element.converted_type === "TIMESTAMP_MICROS") return 1 / 1_000
  return logical === "NANOS" ? 1 / 1_000_000 : undefined
}

const instantOf = (value: number, unit: number | undefined): number => {
  if (unit !== undefined) return Math.floor(value * unit)
  const size = Math.abs(value)
  if (size < SECONDS_BELOW) return value * 1_000
  if (size < MILLISECONDS_BELOW) return value
  return Math.floor(size < MICROSECONDS_BELOW ? value / 1_000 : value / 1_000_000)
}

const flatten = (parts: ReadonlyArray<DecodedArray>): ReadonlyArray<unknown> => parts.flatMap((part) => Array.from<unknown>(part))

/** The names in a row group, one a row; null where the row has none. */
export const foreignNames = (metadata: FileMetaData, { columns, rows }: ForeignGroup, bytes: Uint8Array): ReadonlyArray<unknown> =>
  flatten(decodeColumn(metadata, columns.point_name.metadata, bytes, rows))

/** Collects rows in the order of the file into series in the order of points. */
export const makeCollector = (metadata: FileMetaData, wanted: ReadonlySet<string> | null) => {
  const unit = unitOf(metadata)
  const points = new Map<string, { timestamps: Array<number>; values: Array<number> }>()
  return {
    /** Takes a row group from the bytes of its columns. Rows without a finite value are left out. */
    add: ({ columns, rows }: ForeignGroup, bytes: Readonly<Record<ForeignColumn, Uint8Array>>): void => {
      const decode = (column: ForeignColumn) => flatten(decodeColumn(metadata, columns[column].metadata, bytes[column], rows))
      const names = decode("point_name")
      const timestamps = decode("timestamp")
      const values = decode("value")
      names.forEach((name, i) => {
        const timestamp = timestamps[i]
        const value = values[i]
        if (typeof name !== "string" || (wanted !== null && !wanted.has(name))) return
        if (timestamp === null || timestamp === undefined || value === null || value === undefined || !Number.isFinite(Number(value))) return
        let point = points.get(name)
        if (point === undefined) points.set(name, point = { timestamps: [], values: [] })
        point.timestamps.push(instantOf(Number(timestamp), unit))
        point.values.push(Number(value))
      })
    },
    /** Of two rows of one point and instant the later in the file stands. */
    finish: (): ReadonlyArray<Series> =>
      [...points].sort(([a], [b]) => comparePoints(a, b)).map(([point, { timestamps, values }]) => ({
        point,
        ...columnsFromRows(Float64Array.from(timestamps), Float64Array.from(values)).columns
      }))
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
