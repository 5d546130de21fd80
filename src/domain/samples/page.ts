/**
 * A page of a source: its rows as series, and a count of every row that was dropped.
 */
import type { Series } from "./series.ts"

/**
 * Why a row was dropped. Of its value: `null`, `nan`, `infinite`, or `text` that is not a number. Of the rest: an
 * unreadable `timestamp`, an invalid `name`, an instant in the `future` or `outside` the window, a `collision` with a
 * later row of the same point and instant; or `malformed`: it could not be read as a row at all.
 */
export type DropReason =
  | "null"
  | "nan"
  | "infinite"
  | "text"
  | "timestamp"
  | "name"
  | "future"
  | "outside"
  | "collision"
  | "malformed"

/** How many rows were dropped for each reason; a reason without rows is absent. */
export type Dropped = Readonly<Partial<Record<DropReason, number>>>

/** One answer of a source. */
export interface SourcePage {
  /** One series for each point. Of rows that share an instant, the later one counts. */
  readonly series: ReadonlyArray<Series>
  /** How many rows the page had of the selected points, dropped ones included. */
  readonly rows: number
  readonly dropped: Dropped
  /** The beginning of the first malformed row; null where there is none. */
  readonly quote: string | null
}

/** How far ahead of the clock a sample may be before it is dropped as `future`, ms. */
export const FUTURE_TOLERANCE_MS = 3_600_000

/** The counts of both together. */
export const addDropped = (a: Dropped, b: Dropped): Dropped => {
  const sum: Partial<Record<DropReason, number>> = { ...a }
  for (const [reason, count] of Object.entries(b) as Array<[DropReason, number]>) {
    sum[reason] = (sum[reason] ?? 0) + count
  }
  return sum
}

/** The counts as text, such as `3 null, 1 text`; empty where nothing was dropped. */
export const formatDropped = (dropped: Dropped): string =>
  Object.entries(dropped).map(([reason, count]) => `${count} ${reason}`).join(", ")
