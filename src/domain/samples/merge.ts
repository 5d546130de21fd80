/**
 * Merging by precedence: of two samples of a point at the same millisecond, the one of the higher rank counts.
 */
import { comparePoints } from "./names.ts"
import { type Columns, concatColumns, type Series } from "./series.ts"

/** Whether two doubles have the same bits; `===` takes -0 for 0. */
const sameBits = Object.is

/** The union of two columns. Where both hold an instant, the value of `higher` counts. */
export const mergeColumns = (lower: Columns, higher: Columns): Columns => {
  const a = lower.timestamps
  const b = higher.timestamps
  if (a.length === 0) return higher
  if (b.length === 0) return lower
  const timestamps = new Float64Array(a.length + b.length)
  const values = new Float64Array(a.length + b.length)
  let i = 0
  let j = 0
  let n = 0
  while (i < a.length || j < b.length) {
    const x = i < a.length ? a[i] as number : Infinity
    const y = j < b.length ? b[j] as number : Infinity
    if (y <= x) {
      timestamps[n] = y
      values[n++] = higher.values[j++] as number
      if (x === y) i++
    } else {
      timestamps[n] = x
      values[n++] = lower.values[i++] as number
    }
  }
  return n === timestamps.length ? { timestamps, values } : {
    timestamps: timestamps.slice(0, n),
    values: values.slice(0, n)
  }
}

/** Whether each of the columns ends before the next begins. */
const isSequence = (parts: ReadonlyArray<Columns>): boolean => {
  let last = -Infinity
  for (const { timestamps } of parts) {
    if (timestamps.length === 0) continue
    if ((timestamps[0] as number) <= last) return false
    last = timestamps[timestamps.length - 1] as number
  }
  return true
}

/** The union of many columns, given lowest rank first. */
export const mergeAll = (ranked: ReadonlyArray<Columns>): Columns => {
  // Days and syncs mostly follow one another, so nothing has to be compared.
  if (ranked.length > 1 && isSequence(ranked)) return concatColumns(ranked)
  // Neighbours are merged in pairs, round by round: this keeps the ranks, and copies each sample only log2(n) times.
  let round = ranked
  while (round.length > 1) {
    const next: Array<Columns> = []
    for (let i = 0; i < round.length; i += 2) {
      const lower = round[i] as Columns
      const higher = round[i + 1]
      next.push(higher === undefined ? lower : mergeColumns(lower, higher))
    }
    round = next
  }
  return round[0] ?? { timestamps: new Float64Array(0), values: new Float64Array(0) }
}

/** Beyond it a double is no exact integer. */
const MAX_EXACT = 2 ** 53

/** The places of the timestamps in ascending order, of equal ones in the order they came. */
const sortedOrder = (timestamps: Float64Array): Uint32Array => {
  const count = timestamps.length
  const order = new Uint32Array(count)
  let min = Infinity
  let max = -Infinity
  for (let i = 0; i < count; i++) {
    const at = timestamps[i] as number
    if (at < min) min = at
    if (at > max) max = at
  }
  if ((max - min + 1) * count > MAX_EXACT) {
    for (let i = 0; i < count; i++) order[i] = i
    return order.sort((a, b) => (timestamps[a] as number) - (timestamps[b] as number) || a - b)
  }
  // Instant and place in one number: sorted without a comparison function, in a fraction of the time and the memory.
  const keys = new Float64Array(count)
  for (let i = 0; i < count; i++) keys[i] = ((timestamps[i] as number) - min) * count + i
  keys.sort()
  for (let i = 0; i < count; i++) order[i] = (keys[i] as number) % count
  return order
}

/**
 * Makes columns of the rows of one point, given in order of arrival. Of rows at the same millisecond the last counts.
 *
 * **Gotchas** Rows that ascend already become the columns as they are, not copied.
 *
 * @returns the columns, and in `collisions` how many rows were replaced by a later one
 */
export const columnsFromRows = (
  timestamps: Float64Array,
  values: Float64Array
): { readonly columns: Columns; readonly collisions: number } => {
  let ascending = true
  for (let i = 1; i < timestamps.length; i++) {
    if ((timestamps[i] as number) <= (timestamps[i - 1] as number)) {
      ascending = false
      break
    }
  }
  if (ascending) return { columns: { timestamps, values }, collisions: 0 }
  const order = sortedOrder(timestamps)
  const outTimestamps = new Float64Array(timestamps.length)
  const outValues = new Float64Array(timestamps.length)
  let n = 0
  for (const index of order) {
    const at = timestamps[index] as number
    if (n > 0 && outTimestamps[n - 1] === at) n--
    outTimestamps[n] = at
    outValues[n++] = values[index] as number
  }
  return {
    columns: { timestamps: outTimestamps.slice(0, n), values: outValues.slice(0, n) },
    collisions: timestamps.length - n
  }
}

/** The rows of `incoming` that `stored` has with another value and, if asked, those that it does not have. */
const differingRows = (incoming: Columns, stored: Columns, withNew: boolean): ReadonlyArray<number> => {
  const rows: Array<number> = []
  let j = 0
  for (let i = 0; i < incoming.timestamps.length; i++) {
    const at = incoming.timestamps[i] as number
    while (j < stored.timestamps.length && (stored.timestamps[j] as number) < at) j++
    const isDifferent = stored.timestamps[j] === at ? !sameBits(stored.values[j], incoming.values[i]) : withNew
    if (isDifferent) rows.push(i)
  }
  return rows
}

const pickRows = (columns: Columns, rows: ReadonlyArray<number>): Columns =>
  rows.length === columns.timestamps.length ? columns : {
    timestamps: Float64Array.from(rows, (i) => columns.timestamps[i] as number),
    values: Float64Array.from(rows, (i) => columns.values[i] as number)
  }

/** The samples of `incoming` that `stored` does not have, or has with another value. */
export const changedColumns = (incoming: Columns, stored: Columns): Columns =>
  pickRows(incoming, differingRows(incoming, stored, true))

/** The samples of `incoming` that `stored` has with another value. */
export const correctedColumns = (incoming: Columns, stored: Columns): Columns =>
  pickRows(incoming, differingRows(incoming, stored, false))

/**
 * One step of merging two streams of series, each sorted by {@link comparePoints}. Merges the series that have arrived
 * as far as nothing of the same point can follow in the other stream, and gives the rest back for the next step.
 *
 * @param lower what has arrived of the stream of the lower rank
 * @param lowerDone whether that stream has ended; `higherDone` likewise
 */
export const mergeSeries = (
  lower: ReadonlyArray<Series>,
  lowerDone: boolean,
  higher: ReadonlyArray<Series>,
  higherDone: boolean
): {
  readonly merged: ReadonlyArray<Series>
  readonly lower: ReadonlyArray<Series>
  readonly higher: ReadonlyArray<Series>
} => {
  const merged: Array<Series> = []
  let i = 0
  let j = 0
  while (true) {
    const a = lower[i]
    const b = higher[j]
    if (a === undefined && b === undefined) break
    if ((a === undefined && !lowerDone) || (b === undefined && !higherDone)) break
    const order = a === undefined ? 1 : b === undefined ? -1 : comparePoints(a.point, b.point)
    if (a !== undefined && order < 0) {
      merged.push(a)
      i++
    } else if (b !== undefined && order > 0) {
      merged.push(b)
      j++
    } else if (a !== undefined && b !== undefined) {
      merged.push({ point: a.point, ...mergeColumns(a, b) })
      i++
      j++
    }
  }
  return { merged, lower: lower.slice(i), higher: higher.slice(j) }
}
