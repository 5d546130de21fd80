/**
 * What a source delivers: rows sorted into series, and a count of every row that was not kept.
 */
import type { Series } from "./series.ts"

/** Why a row was not kept. */
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

/** Rows not kept, by reason; a reason that did not occur is absent. */
export type Dropped = Readonly<Partial<Record<DropReason, number>>>

export interface SourcePage {
  /** One entry a point, each strictly ascending; of rows that share an instant the later row stands. */
  readonly series: ReadonlyArray<Series>
  /** Rows the page held of the points asked for, dropped ones included. */
  readonly rows: number
  readonly dropped: Dropped
}

/** How far ahead of the clock a sample may lie before it is dropped as `future`. */
export const FUTURE_TOLERANCE_MS = 3_600_000

export const addDropped = (a: Dropped, b: Dropped): Dropped => {
  const sum: Partial<Record<DropReason, number>> = { ...a }
  for (const [reason, count] of Object.entries(b) as Array<[DropReason, number]>) {
    sum[reason] = (sum[reason] ?? 0) + count
  }
  return sum
}

/** `3 null, 1 text`, or the empty text where nothing was dropped. */
export const formatDropped = (dropped: Dropped): string =>
  Object.entries(dropped).map(([reason, count]) => `${count} ${reason}`).join(", ")
