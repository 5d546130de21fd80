/**
 * Rows of a source, one after another, into the columns of a page. Every row is kept or counted under a reason.
 */
import { Result } from "effect"
import { columnsFromRows } from "./merge.ts"
import { parsePointName } from "./names.ts"
import { type DropReason, FUTURE_TOLERANCE_MS, type SourcePage } from "./page.ts"
import type { Series } from "./series.ts"
import { contains, type Window } from "../time/window.ts"

const SPELLED: ReadonlyMap<string, number | DropReason> = new Map<string, number | DropReason>([
  ["true", 1],
  ["false", 0],
  ["nan", "nan"],
  ["inf", "infinite"],
  ["+inf", "infinite"],
  ["-inf", "infinite"],
  ["infinity", "infinite"],
  ["+infinity", "infinite"],
  ["-infinity", "infinite"],
  ["null", "null"]
])

const readText = (text: string): number | DropReason => {
  const value = Number(text)
  // `Number` also takes "" and white space for 0, and reads 0x, 0b and 0o.
  if (Number.isFinite(value) && text.charCodeAt(0) > 32) {
    const second = text.charCodeAt(1) | 32
    return second === 120 || second === 98 || second === 111 ? "text" : value
  }
  if (value === Infinity || value === -Infinity) return "infinite"
  const trimmed = text.trim()
  if (trimmed !== text && trimmed !== "") return readText(trimmed)
  return SPELLED.get(trimmed.toLowerCase()) ?? "text"
}

/**
 * A value as a source may give it: a number, a decimal text, a boolean or the text of one (1 or 0).
 *
 * @returns the finite double, or why there is none
 */
export const readValue = (value: unknown): number | DropReason => {
  if (typeof value === "string") return readText(value)
  if (typeof value === "number") return Number.isFinite(value) ? value : Number.isNaN(value) ? "nan" : "infinite"
  if (typeof value === "boolean") return value ? 1 : 0
  return value === null || value === undefined ? "null" : "text"
}

/** In the place of a point's number. */
const ILLEGAL = -1
const UNSELECTED = -2

export interface PageBuilder {
  /** Takes one row: name and value as the source gave them, the instant in ms or NaN where it was not legible. */
  readonly add: (name: unknown, at: number, value: unknown) => void
  /** The page; call it once. */
  readonly finish: () => SourcePage
}

/**
 * A builder of one page. Rows outside the window are counted `outside`, rows that lie more than an hour after `now`
 * `future`; of rows that share a point and a millisecond the later stands, the others are counted `collision`. Rows of
 * points that are not selected are no part of the page and of no count.
 */
export const makePageBuilder = (
  window: Window,
  now: number,
  expectedRows: number,
  isSelected: (point: string) => boolean = () => true
): PageBuilder => {
  const dropped: Partial<Record<DropReason, number>> = {}
  const slots = new Map<string, number>()
  const points: Array<string> = []
  const counts: Array<number> = []
  let rowSlots = new Uint32Array(expectedRows)
  let timestamps = new Float64Array(expectedRows)
  let values = new Float64Array(expectedRows)
  let rows = 0
  let kept = 0

  const drop = (reason: DropReason, count: number): void => {
    dropped[reason] = (dropped[reason] ?? 0) + count
  }
  const grow = (): void => {
    const capacity = Math.max(1_024, timestamps.length * 2)
    const [oldSlots, oldTimestamps, oldValues] = [rowSlots, timestamps, values]
    rowSlots = new Uint32Array(capacity)
    timestamps = new Float64Array(capacity)
    values = new Float64Array(capacity)
    rowSlots.set(oldSlots)
    timestamps.set(oldTimestamps)
    values.set(oldValues)
  }
  const newSlot = (name: string): number => {
    if (Result.isFailure(parsePointName(name))) return ILLEGAL
    if (!isSelected(name)) return UNSELECTED
    counts.push(0)
    return points.push(name) - 1
  }
  const slotOf = (name: unknown): number => {
    if (typeof name !== "string") return ILLEGAL
    const known = slots.get(name)
    if (known !== undefined) return known
    const slot = newSlot(name)
    slots.set(name, slot)
    return slot
  }

  return {
    add: (name, at, value) => {
      const slot = slotOf(name)
      if (slot === UNSELECTED) return
      rows++
      if (slot === ILLEGAL) return drop("name", 1)
      if (Number.isNaN(at)) return drop("timestamp", 1)
      if (!contains(window, at)) return drop("outside", 1)
      if (at > now + FUTURE_TOLERANCE_MS) return drop("future", 1)
      const read = readValue(value)
      if (typeof read === "string") return drop(read, 1)
      if (kept === timestamps.length) grow()
      rowSlots[kept] = slot
      timestamps[kept] = at
      values[kept++] = read
      counts[slot] = (counts[slot] as number) + 1
    },
    finish: () => {
      // A counting sort by point: stable, so rows of a point stay in the order they came.
      const starts = new Uint32Array(points.length)
      for (let slot = 1; slot < points.length; slot++) {
        starts[slot] = (starts[slot - 1] as number) + (counts[slot - 1] as number)
      }
      const next = starts.slice()
      const sortedTimestamps = new Float64Array(kept)
      const sortedValues = new Float64Array(kept)
      for (let row = 0; row < kept; row++) {
        const slot = rowSlots[row] as number
        const to = next[slot] as number
        next[slot] = to + 1
        sortedTimestamps[to] = timestamps[row] as number
        sortedValues[to] = values[row] as number
      }
      const series: Array<Series> = []
      for (let slot = 0; slot < points.length; slot++) {
        const from = starts[slot] as number
        const to = next[slot] as number
        if (from === to) continue
        const { collisions, columns } = columnsFromRows(
          sortedTimestamps.subarray(from, to),
          sortedValues.subarray(from, to)
        )
        if (collisions > 0) drop("collision", collisions)
        series.push({ point: points[slot] as string, timestamps: columns.timestamps, values: columns.values })
      }
      return { series, rows, dropped }
    }
  }
}
