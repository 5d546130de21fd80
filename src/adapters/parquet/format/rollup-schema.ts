/**
 * The columns of hourly rollups: docs/format-month.md.
 */
import type { SchemaElement } from "hyparquet"
import { addChecksums, type Checksum, checksumSeries, emptyChecksum } from "../../../domain/samples/checksum.ts"
import type { Rollup } from "../../../domain/answers/rollup.ts"
import { SCHEMA } from "./schema.ts"

type Element = SchemaElement & Required<Pick<SchemaElement, "type">>

/** A column of numbers; integers are stored by their differences, doubles as the values of samples are. */
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

/** The columns after the names, as they lie in a row group. */
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

export interface NamedRollup extends Rollup {
  readonly point: string
}

/** The checksum of every column of a point, each as a series of its hours. */
export const checksumRollup = (rollup: NamedRollup): Checksum =>
  ROLLUP_COLUMNS.map(({ element, field }) =>
    checksumSeries({ point: `${element.name} of ${rollup.point}`, timestamps: rollup.starts, values: rollup[field] })
  ).reduce(addChecksums, emptyChecksum)
