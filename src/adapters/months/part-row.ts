/**
 * The row of a month's part in D1, and the part that it describes.
 */
import type { Day } from "../../domain/time/calendar.ts"
import type { MonthObject, MonthPart } from "../../domain/tiers/months.ts"
import { bytesFromHex, hexFromBytes } from "../cloudflare/hex.ts"

export interface PartRow {
  /** The first day of the month. */
  readonly month: Day
  readonly part: number
  readonly firstPoint: string
  readonly lastPoint: string
  readonly samplesKey: string
  readonly samplesSize: number
  readonly samplesRows: number
  readonly samplesIndex: string
  readonly hoursKey: string
  readonly hoursSize: number
  readonly hoursRows: number
  readonly hoursIndex: string
}

/** SQL: what a query selects of the table `derived_part`, as `p`, to get a {@link PartRow}. */
export const PART_COLUMNS = `p.month, p.part, p.first_point AS firstPoint, p.last_point AS lastPoint,
  p.samples_key AS samplesKey, p.samples_size AS samplesSize, p.samples_rows AS samplesRows,
  hex(p.samples_index) AS samplesIndex, p.hours_key AS hoursKey, p.hours_size AS hoursSize,
  p.hours_rows AS hoursRows, hex(p.hours_index) AS hoursIndex`

export const partOf = (row: PartRow): MonthPart => ({
  part: row.part,
  firstPoint: row.firstPoint,
  lastPoint: row.lastPoint,
  samples: { key: row.samplesKey, size: row.samplesSize, rows: row.samplesRows, index: bytesFromHex(row.samplesIndex) },
  hours: { key: row.hoursKey, size: row.hoursSize, rows: row.hoursRows, index: bytesFromHex(row.hoursIndex) }
})

/** SQL: inserts the part of a build; its parameters are site, month, build and {@link partValues}. */
export const INSERT_PART = `INSERT INTO derived_part (site, month, build, part, first_point, last_point,
    samples_key, samples_size, samples_rows, samples_index, hours_key, hours_size, hours_rows, hours_index)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, unhex(?10), ?11, ?12, ?13, unhex(?14)) ON CONFLICT DO NOTHING`

const objectValues = ({ index, key, rows, size }: MonthObject) => [key, size, rows, hexFromBytes(index)]

export const partValues = ({ firstPoint, hours, lastPoint, part, samples }: MonthPart): ReadonlyArray<unknown> =>
  [part, firstPoint, lastPoint, ...objectValues(samples), ...objectValues(hours)]
