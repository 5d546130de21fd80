/**
 * Catalog rows and built months for the tests of the plans: full days of a site with many points.
 */
import { type Day, DAY_MS, dayStart, MINUTE_MS, monthOf } from "../../../src/domain/time/calendar.ts"
import type { OwnEntry } from "../../../src/domain/tiers/catalog.ts"
import type { BuiltMonth, DayVersion } from "../../../src/domain/tiers/months.ts"

/** Samples of a point on a day: one a minute. */
export const PER_DAY = 1_440
export const POINTS = 100

/** The catalog row of a full day. */
export const entryOf = (day: Day, changes: Partial<OwnEntry> = {}): OwnEntry => ({
  kind: "own",
  site: "plant",
  day,
  generation: 1,
  key: String(day),
  etag: "",
  size: 1,
  rows: PER_DAY * POINTS,
  points: POINTS,
  firstTimestamp: dayStart(day),
  lastTimestamp: dayStart(day) + DAY_MS - MINUTE_MS,
  checksum: "",
  source: "archival",
  writtenBy: "",
  index: null,
  ...changes
})

/** The month of the first of these days, made from all of them. */
export const monthMadeFrom = (days: ReadonlyArray<DayVersion>): BuiltMonth => ({
  site: "plant",
  month: monthOf(days[0]?.day ?? 0),
  build: 1,
  days,
  parts: []
})
