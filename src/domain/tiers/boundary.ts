/**
 * What is due to leave the hot tier. The clock decides when a day is due; the directory says where samples are.
 */
import { type Day, DAY_MS, dayStart } from "../time/calendar.ts"

/** The instant at which samples are due to move. */
export const boundaryOf = (now: number, hotDays: number): number => now - hotDays * DAY_MS

export interface ArchivePlan {
  readonly boundary: number
  /** Days to archive now, oldest first: every sample of theirs is older than the boundary. */
  readonly due: ReadonlyArray<Day>
  /** Due days that this run leaves to the next, because of `maxDays`. */
  readonly postponed: ReadonlyArray<Day>
}

/** A day is due when its last instant is older than the boundary: a sample 19 d 23 h 59 min old never moves. */
export const planArchive = (hotDays: ReadonlyArray<Day>, boundary: number, maxDays: number): ArchivePlan => {
  const due = hotDays.filter((day) => dayStart(day + 1) <= boundary).toSorted((a, b) => a - b)
  return { boundary, due: due.slice(0, maxDays), postponed: due.slice(maxDays) }
}
