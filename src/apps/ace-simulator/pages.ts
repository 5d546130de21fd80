/**
 * One page of the paginated samples: found by its cursor and written as text, without making the rest of the window.
 */
import { MINUTE_MS } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import type { Window } from "../../domain/time/window.ts"
import {
  scrapeInMinute,
  scrapeMicros,
  type SimulatedDevice,
  type SimulatedPoint,
  type SimulatedSite
} from "./catalogue.ts"
import type { Faults } from "./faults.ts"
import { type Gaps, isDuplicated, sampleExists, scrapeExists, valueJson, visibleAt } from "./samples.ts"

/** Where a page starts: `offset` rows after the first row of `timestamp`. */
export interface Cursor {
  readonly timestamp: string
  readonly offset: number
}

export interface PageQuery {
  readonly window: Window
  /** Whether the answer includes rows at `window.end` itself. */
  readonly endInclusive: boolean
  readonly after: Cursor | null
  readonly pageSize: number
  /** If false, one row for each point and 5 minutes, at the start of the bucket, with the first value of the bucket. */
  readonly raw: boolean
}

export interface PageRows {
  /** JSON texts of the rows, ascending by time. */
  readonly rows: Array<string>
  /** Null on the last page. `offset` counts all delivered rows of the timestamp, on earlier pages too. */
  readonly next: Cursor | null
  /** Rows of this page at the timestamp of `next`: the real service has this number in its cursor by mistake. */
  readonly rowsAtLast: number
}

interface Scrape {
  readonly device: SimulatedDevice
  readonly number: number
  readonly micros: number
}

const BUCKET_MINUTES = 5

/** The scrapes of a minute, ascending. */
const scrapesOf = (site: SimulatedSite, minute: number): Array<Scrape> => {
  const scrapes: Array<Scrape> = []
  for (const device of site.devices) {
    const number = scrapeInMinute(device, minute)
    if (number !== null && number >= 0) scrapes.push({ device, number, micros: scrapeMicros(device, number) })
  }
  return scrapes.sort((a, b) => a.micros - b.micros)
}

/** `2026-08-07T16:25:00`, with six digits if there is a fraction: the format of Python's `isoformat`. */
const timeText = (minutePrefix: string, micros: number): string => {
  const second = Math.floor(micros / 1_000_000)
  const fraction = micros % 1_000_000
  const whole = minutePrefix + (second < 10 ? `0${second}` : second)
  return fraction === 0 ? whole : `${whole}.${String(fraction).padStart(6, "0")}`
}

const minutePrefix = (minute: number): string => formatInstant(minute * MINUTE_MS).slice(0, 17)

const prefixes = new WeakMap<SimulatedPoint, string>()
const rowPrefix = (point: SimulatedPoint): string => {
  const known = prefixes.get(point)
  if (known !== undefined) return known
  const prefix = `{"name": ${JSON.stringify(point.name)}, "value": `
  prefixes.set(point, prefix)
  return prefix
}

export const readPage = (site: SimulatedSite, query: PageQuery, now: number, gaps: Gaps, faults: Faults): PageRows => {
  const { after, endInclusive, pageSize, raw, window } = query
  const rows: Array<string> = []
  let timestamp = ""
  let offset = 0
  let rowsAtLast = 0
  // Texts of one format sort like their instants, so rows are compared with the text of the cursor.
  const startText = after === null ? "" : after.timestamp
  const start = after === null ? window.start : Math.max(window.start, Date.parse(`${startText}Z`))
  const startMinute = Math.floor(start / MINUTE_MS)
  const lastMinute = Math.floor(Math.min(window.end, now) / MINUTE_MS)
  for (let minute = startMinute; minute <= lastMinute; minute++) {
    const prefix = minutePrefix(raw ? minute : minute - minute % BUCKET_MINUTES)
    for (const { device, micros, number } of scrapesOf(site, minute)) {
      if (!raw && minute % BUCKET_MINUTES >= device.intervalMinutes) continue
      const at = minute * MINUTE_MS + Math.floor(micros / 1_000)
      if (at < window.start || (endInclusive && micros % 1_000 === 0 ? at > window.end : at >= window.end)) continue
      if (visibleAt(device, number, faults) > now || !scrapeExists(device, number, gaps)) continue
      const text = timeText(prefix, raw ? micros : 0)
      if (text < startText) continue
      const suffix = `, "time": "${text}"}`
      for (const point of device.points) {
        if (!sampleExists(point, number, gaps)) continue
        for (let copies = isDuplicated(point, number, faults) ? 2 : 1; copies > 0; copies--) {
          if (text === startText && offset < (after?.offset ?? 0)) {
            timestamp = text
            offset++
            continue
          }
          if (rows.length === pageSize) return { rows, next: { timestamp, offset }, rowsAtLast }
          if (text !== timestamp) {
            timestamp = text
            offset = 0
            rowsAtLast = 0
          }
          rows.push(rowPrefix(point) + valueJson(point, number, minute, faults) + suffix)
          offset++
          rowsAtLast++
        }
      }
    }
  }
  return { rows, next: null, rowsAtLast }
}
