/**
 * Reads recordings from CSV: `point,timestamp_ms,value` in any order, or wide: a `Datetime` column `M/D/YYYY H:MM`,
 * taken as UTC, then one column for each point. Blanks, `#VALUE!` and other texts are missing samples.
 */
import { DAY_MS, dayFromDate, dayOf, HOUR_MS, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import type { Columns, Series } from "../../src/domain/samples/series.ts"

const WIDE_TIME = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})$/
const ISO_TIME = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})/

const readTime = (text: string): number => {
  const wide = WIDE_TIME.exec(text)
  const [, a = "", b = "", c = "", hour = "", minute = ""] = wide ?? ISO_TIME.exec(text) ?? []
  const day = wide === null
    ? dayFromDate(Number(a), Number(b), Number(c))
    : dayFromDate(Number(c), Number(a), Number(b))
  return hour === "" ? NaN : day * DAY_MS + Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS
}

const readValue = (text: string | undefined): number => {
  const trimmed = text?.trim() ?? ""
  return trimmed === "" ? NaN : Number(trimmed)
}

/** The series of a recording in the order in which they first appear. Of rows with one instant the last one counts. */
export const readRecording = (text: string): ReadonlyArray<Series> => {
  const [head = "", ...lines] = text.split(/\r?\n/)
  const columns = head.split(",").map((name) => name.trim())
  const long = columns[0] === "point"
  const samples = new Map<string, Map<number, number>>()
  const add = (point: string, timestamp: number, value: number): void => {
    if (!Number.isFinite(timestamp) || !Number.isFinite(value)) return
    const of = samples.get(point) ?? new Map<number, number>()
    samples.set(point, of.set(timestamp, value))
  }
  for (const line of lines) {
    const cells = line.split(",")
    if (long) add(cells[0] ?? "", readValue(cells[1]), readValue(cells[2]))
    else for (let i = 1; i < columns.length; i++) add(columns[i] ?? "", readTime(cells[0] ?? ""), readValue(cells[i]))
  }
  return Array.from(samples, ([point, of]) => {
    const sorted = Array.from(of).sort((a, b) => a[0] - b[0])
    return {
      point,
      timestamps: Float64Array.from(sorted, ([timestamp]) => timestamp),
      values: Float64Array.from(sorted, ([, value]) => value)
    }
  })
}

/** Cuts columns into UTC days. */
export const daysOfColumns = ({ timestamps, values }: Columns): ReadonlyArray<Columns> => {
  const days: Array<Columns> = []
  for (let start = 0; start < timestamps.length;) {
    const day = dayOf(timestamps[start] as number)
    let end = start + 1
    while (end < timestamps.length && dayOf(timestamps[end] as number) === day) end++
    days.push({ timestamps: timestamps.slice(start, end), values: values.slice(start, end) })
    start = end
  }
  return days
}
