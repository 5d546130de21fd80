/**
 * The Parquet columns of hourly rollups: docs/format-month.md.
 */
import type { SchemaElement } from "hyparquet"
import { addChecksums, type Checksum, checksumSeries, emptyChecksum } from "../../../domain/samples/checksum.ts"
import type { PointRollup, Rollup } from "../../../domain/answers/rollup.ts"
import { SCHEMA } from "./schema.ts"

type Element = SchemaElement & Required<Pick<SchemaElement, "type">>

/** A Parquet column of numbers. Integers are stored as differences, doubles as the values of samples are. */
export interface RollupColumn {
  readonly element: Element
  readonly field: keyof Rollup
  readonly integers: boolean
}

const column = (name: string, field: keyof Rollup, element: Element): RollupColumn => ({
  element: { ...element, name },
  field,
  integers: element.type === "INT64"
})

const COUNT: Element = { name: "count", type: "INT64", repetition_type: "REQUIRED" }

/** The Parquet columns after the names, in the order of their column chunks in a row group. */
export const ROLLUP_COLUMNS: ReadonlyArray<RollupColumn> = [
  column("hour", "starts", SCHEMA.timestamp),
  column("count", "counts", COUNT),
  column("sum", "sums", SCHEMA.value),
  column("first_time", "firstTimes", SCHEMA.timestamp),
  column("first", "firsts", SCHEMA.value),
  column("last_time", "lastTimes", SCHEMA.timestamp),
  column("last", "lasts", SCHEMA.value),
  column("min_time", "minTimes", SCHEMA.timestamp),
  column("min", "mins", SCHEMA.value),
  column("max_time", "maxTimes", SCHEMA.timestamp),
  column("max", "maxs", SCHEMA.value)
]

export const ROLLUP_SCHEMA: ReadonlyArray<Element> = [
  SCHEMA.site_name,
  SCHEMA.point_name,
  ...ROLLUP_COLUMNS.map(({ element }) => element)
]

/** The sum of the checksums of all columns of a point, each taken as a series of its hours. */
export const checksumRollup = (rollup: PointRollup): Checksum =>
  ROLLUP_COLUMNS.map(({ element, field }) =>
    checksumSeries({ point: `${element.name} of ${rollup.point}`, timestamps: rollup.starts, values: rollup[field] })
  ).reduce(addChecksums, emptyChecksum)
