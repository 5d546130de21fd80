/**
 * Rows of many points, gathered in order of arrival. A slot is the number of a point among these rows.
 */
import { releaseColumns } from "./memory.ts"
import { columnsFromRows } from "./merge.ts"
import type { Columns } from "./series.ts"

/** Room for rows: row `i` is a sample of the point with the number `slots[i]`. */
export interface Rows {
  readonly slots: Uint32Array
  readonly timestamps: Float64Array
  readonly values: Float64Array
}

/** Room for `capacity` rows. */
export const makeRows = (capacity: number): Rows => ({
  slots: new Uint32Array(capacity),
  timestamps: new Float64Array(capacity),
  values: new Float64Array(capacity)
})

/** The first `count` rows with room for `capacity`. The memory of those given is freed. */
export const growRows = (rows: Rows, count: number, capacity: number): Rows => {
  const grown = makeRows(capacity)
  grown.slots.set(rows.slots.subarray(0, count))
  grown.timestamps.set(rows.timestamps.subarray(0, count))
  grown.values.set(rows.values.subarray(0, count))
  releaseColumns(rows)
  return grown
}

/**
 * Sorts the first `count` rows into columns, and calls `use` with the columns of each slot that has rows, in order of
 * slots. Of rows that share a slot and an instant only the last one counts; `collisions` is the number of the others.
 *
 * @returns the arrays of which most columns are views, to be freed once no column is in use
 * @param slotCount every slot is less than this
 */
export const forEachSlot = (
  rows: Rows,
  count: number,
  slotCount: number,
  use: (slot: number, columns: Columns, collisions: number) => void
): Columns => {
  // A counting sort: it is stable, so the rows of a slot stay in the order in which they arrived.
  const { slots } = rows
  const next = new Uint32Array(slotCount)
  for (let i = 0; i < count; i++) next[slots[i] as number] = (next[slots[i] as number] as number) + 1
  for (let slot = 0, start = 0; slot < slotCount; slot++) {
    const length = next[slot] as number
    next[slot] = start
    start += length
  }
  const timestamps = new Float64Array(count)
  const values = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const slot = slots[i] as number
    const at = next[slot] as number
    next[slot] = at + 1
    timestamps[at] = rows.timestamps[i] as number
    values[at] = rows.values[i] as number
  }
  // Now `next` holds the end of each slot.
  for (let slot = 0, from = 0; slot < slotCount; slot++) {
    const to = next[slot] as number
    if (to > from) {
      const { collisions, columns } = columnsFromRows(timestamps.subarray(from, to), values.subarray(from, to))
      use(slot, columns, collisions)
    }
    from = to
  }
  return { timestamps, values }
}
