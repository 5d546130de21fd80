/**
 * Builds a page from the rows of a source. Every row is kept, or counted under the reason why it was dropped.
 */
import { Result } from "effect"
import { contains, type Window } from "../time/window.ts"
import { releaseColumns } from "./memory.ts"
import { parsePointName } from "./names.ts"
import { type DropReason, FUTURE_TOLERANCE_MS, type SourcePage } from "./page.ts"
import { forEachSlot, growRows, makeRows } from "./rows.ts"
import type { Series } from "./series.ts"
import { readValue } from "./value.ts"

/** In place of the slot of a point that has none. */
const ILLEGAL = -1
const UNSELECTED = -2

export interface PageBuilder {
  /** Adds a row: name and value as the source gave them, the instant in ms, or NaN where it could not be read. */
  readonly add: (name: unknown, at: number, value: unknown) => void
  /** The slot of a name, for many rows of one point: `add` looks the name up each time. */
  readonly slotOf: (name: unknown) => number
  /** Adds a row of a slot, with the value that `readValue` gave. */
  readonly addTo: (slot: number, at: number, value: number | DropReason) => void
  /** Counts a row that could not be read as a row at all. `quote` shows it to people. */
  readonly reject: (quote: string) => void
  /** The page. **Gotchas** May be called only once. */
  readonly finish: () => SourcePage
}

/** Numbers the points of a page in order of appearance. */
const makeSlots = (isSelected: (point: string) => boolean) => {
  const slots = new Map<string, number>()
  const points: Array<string> = []
  const newSlot = (name: string): number => {
    if (Result.isFailure(parsePointName(name))) return ILLEGAL
    return isSelected(name) ? points.push(name) - 1 : UNSELECTED
  }
  const slotOf = (name: unknown): number => {
    if (typeof name !== "string") return ILLEGAL
    const known = slots.get(name)
    if (known !== undefined) return known
    const slot = newSlot(name)
    slots.set(name, slot)
    return slot
  }
  return { points, slotOf }
}

/**
 * A builder of one page. It drops rows outside the window, rows more than an hour after `now` (ms), and all but the
 * last of rows that share a point and a millisecond. Rows of points that are not selected are ignored: no count has
 * them.
 *
 * @param expectedRows how much room to allocate at first; more rows are possible
 */
export const makePageBuilder = (
  window: Window,
  now: number,
  expectedRows: number,
  isSelected: (point: string) => boolean = () => true
): PageBuilder => {
  const dropped: Partial<Record<DropReason, number>> = {}
  const { points, slotOf } = makeSlots(isSelected)
  let kept = makeRows(expectedRows)
  let keptCount = 0
  let rows = 0
  let quote: string | null = null

  const drop = (reason: DropReason, count: number): void => {
    dropped[reason] = (dropped[reason] ?? 0) + count
  }

  const addTo: PageBuilder["addTo"] = (slot, at, value) => {
    if (slot === UNSELECTED) return
    rows++
    if (slot === ILLEGAL) return drop("name", 1)
    if (Number.isNaN(at)) return drop("timestamp", 1)
    if (!contains(window, at)) return drop("outside", 1)
    if (at > now + FUTURE_TOLERANCE_MS) return drop("future", 1)
    if (typeof value === "string") return drop(value, 1)
    const capacity = kept.slots.length
    if (keptCount === capacity) kept = growRows(kept, keptCount, Math.max(1_024, capacity * 2))
    kept.slots[keptCount] = slot
    kept.timestamps[keptCount] = at
    kept.values[keptCount++] = value
  }

  return {
    add: (name, at, value) => addTo(slotOf(name), at, readValue(value)),
    slotOf,
    addTo,
    reject: (text) => {
      rows++
      quote ??= text
      drop("malformed", 1)
    },
    finish: () => {
      const series: Array<Series> = []
      forEachSlot(kept, keptCount, points.length, (slot, { timestamps, values }, collisions) => {
        if (collisions > 0) drop("collision", collisions)
        series.push({ point: points[slot] as string, timestamps, values })
      })
      releaseColumns(kept)
      return { series, rows, dropped, quote }
    }
  }
}
