/**
 * Samples as a table of text: a row an instant, a column a point, with its unit.
 */
import { align } from "../data/align.ts"
import type { Track } from "../data/track.ts"
import { inputText } from "../times.ts"

export interface CsvColumn {
  readonly title: string
  /** As people write it; empty for none. */
  readonly unit: string
  readonly track: Track
}

/** Quoted where needed, and never taken for a formula by a spreadsheet. */
const field = (text: string): string => {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll("\"", "\"\"")}"` : harmless
}

/** A double that reads back bit for bit. */
const number = (value: number): string => Object.is(value, -0) ? "-0" : String(value)

/** With the instant twice: as UTC, and on the clock of the zone. */
export const csvOf = (columns: ReadonlyArray<CsvColumn>, zone: string): string => {
  const [timestamps, ...cells] = align(columns.map(({ track }) => track))
  const titles = columns.map(({ title, unit }) => field(unit === "" ? title : `${title} [${unit}]`))
  const rows = Array.from(timestamps, (at, row) => [
    new Date(at).toISOString(),
    inputText(at, zone),
    ...cells.map((column) => {
      const value = column[row] ?? null
      return value === null ? "" : number(value)
    })
  ].join(","))
  return `${[["time_utc", field(`time ${zone}`), ...titles].join(","), ...rows].join("\n")}\n`
}
