/**
 * The hot/cold boundary, and when a UTC day is closed. The clock only decides when something is due: where samples are,
 * the hot store and the catalog say.
 */
import { type Day, DAY_MS, dayOf, dayStart, HOUR_MS } from "../time/calendar.ts"

/** The instant before which samples are due to move from hot to cold, ms. */
export const boundaryOf = (now: number, hotDays: number): number => now - hotDays * DAY_MS

/** What an archival run does now. */
export interface ArchivePlan {
  /** ms */
  readonly boundary: number
  /** The days to archive now, oldest first: every sample of theirs is older than the boundary. */
  readonly due: ReadonlyArray<Day>
  /** Days that are due too, but left to the next run, because one run takes at most `maxDays`. */
  readonly postponed: ReadonlyArray<Day>
}

/** A day is due once its last instant is older than the boundary, so a sample of 19 d 23 h 59 min never moves. */
export const planArchive = (hotDays: ReadonlyArray<Day>, boundary: number, maxDays: number): ArchivePlan => {
  const due = hotDays.filter((day) => dayStart(day + 1) <= boundary).toSorted((a, b) => a - b)
  return { boundary, due: due.slice(0, maxDays), postponed: due.slice(maxDays) }
}

/** How long after its end a day is closed: the sync then compacts its tail and reads it again for late rows. */
export const CLOSED_AFTER_MS = HOUR_MS

/** A backfill takes a day only one hour later, when the sync has read it again. */
export const BACKFILL_AFTER_MS = CLOSED_AFTER_MS + HOUR_MS

/** The newest day that has been over for `afterMs`: that is closed, or may be backfilled. */
export const lastClosedDay = (now: number, afterMs: number): Day => dayOf(now - afterMs) - 1
