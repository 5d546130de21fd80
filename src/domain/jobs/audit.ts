/**
 * An audit compares what the source has with what is stored, window by window. What differs is added up by day, and by
 * day and point.
 */
import type { Columns } from "../samples/series.ts"
import { type Day, DAY_MS, dayOf, dayStart, HOUR_MS, MINUTE_MS } from "../time/calendar.ts"
import type { Window } from "../time/window.ts"

/** Rows of a window that are held at once; a window with more is given up for a shorter one. */
export const MAX_AUDIT_ROWS = 300_000

/** The first window of a step: the density of the site is not known yet. */
export const FIRST_WIDTH_MS = HOUR_MS
const MIN_WIDTH_MS = MINUTE_MS

/** Points that one step names; of the others it says that there are more. */
export const MAX_POINTS_NAMED = 1_000

/** The next window of an audit; it never goes past the end of a day. */
export const auditWindow = (from: number, width: number, end: number): Window => ({
  start: from,
  end: Math.min(from + width, dayStart(dayOf(from) + 1), end)
})

/** The width after a window with so many rows, ms. */
export const widthAfter = (width: number, rows: number): number =>
  rows <= MAX_AUDIT_ROWS / 4 ? Math.min(DAY_MS, 2 * width) : width

/** Half of a window that held too much, ms; null where it is the shortest already. */
export const halfWidth = ({ end, start }: Window): number | null =>
  end - start <= MIN_WIDTH_MS ? null : Math.max(MIN_WIDTH_MS, Math.floor((end - start) / 2))

export interface Difference {
  /** Samples that the source has and the store has not. */
  readonly missing: number
  /** Samples that both have, with other values. */
  readonly differing: number
  /** Samples that are stored, and that the source has no longer. */
  readonly extra: number
}

export const noDifference: Difference = { missing: 0, differing: 0, extra: 0 }

export const addDifference = (a: Difference, b: Difference): Difference => ({
  missing: a.missing + b.missing,
  differing: a.differing + b.differing,
  extra: a.extra + b.extra
})

export const isDifference = ({ differing, extra, missing }: Difference): boolean => missing + differing + extra > 0

/** How a point's samples at the source differ from those that are stored. */
export const compareColumns = (source: Columns, stored: Columns): Difference => {
  let i = 0
  let j = 0
  let same = 0
  let differing = 0
  while (i < source.timestamps.length && j < stored.timestamps.length) {
    const order = (source.timestamps[i] as number) - (stored.timestamps[j] as number)
    if (order === 0) {
      if (Object.is(source.values[i], stored.values[j])) same++
      else differing++
    }
    if (order <= 0) i++
    if (order >= 0) j++
  }
  const common = same + differing
  return { missing: source.timestamps.length - common, differing, extra: stored.timestamps.length - common }
}

/**
 * - `reread`: syncs read the day again before it is `LATE_DAYS` old, and store what they find.
 * - `backfill`: nothing but a backfill of the day does.
 * - `none`: nothing is to be cured. What only the store has is kept.
 */
export type Cure = "reread" | "backfill" | "none"

export interface DayFindings extends Difference {
  readonly day: Day
  readonly sourceSamples: number
  readonly storedSamples: number
  /** Whether the day is in the catalog, so that no sync reads it again. */
  readonly isPublished: boolean
}

export interface PointFindings extends Difference {
  readonly day: Day
  readonly point: string
}

/** @param rereadFrom the instant from which syncs will still read again, ms */
export const cureOf = ({ day, differing, isPublished, missing }: DayFindings, rereadFrom: number): Cure => {
  if (missing + differing === 0) return "none"
  return !isPublished && dayStart(day) >= rereadFrom ? "reread" : "backfill"
}
