/**
 * A buffer for the pages of one day: takes series page by page, gives back every point's samples merged.
 *
 * Rows are gathered as they come and, once enough of them are, sorted by point and kept as compressed pieces; so a day
 * of millions of samples costs a few bytes a sample, and only one point is ever decoded at a time.
 */
import { Result } from "effect"
import { decodeChunk, encodeChunk } from "../../codec/chunk/chunk.ts"
import type { ChunkError } from "../../codec/error.ts"
import { mergeAll } from "../../samples/merge.ts"
import { comparePoints } from "../../samples/names.ts"
import { forEachSlot, growRows, makeRows, type Rows } from "../../samples/rows.ts"
import type { Columns, Series } from "../../samples/series.ts"

/** Rows gathered before they are compressed: 5 MB raw. Fewer make pieces too short to compress well. */
export const MAX_GATHERED_ROWS = 262_144

export interface DayBuffer {
  /** Adds the series of a page; where an instant is held already, the later page wins. */
  readonly add: (series: Series) => void
  /** Rows added, repeated ones included. */
  readonly rows: () => number
  /** Resident bytes, less some hundred a point for its name. */
  readonly bytes: () => number
  /** Names that have samples, in the order of `comparePoints`. */
  readonly points: () => ReadonlyArray<string>
  /** The merged samples of a point; empty for one that is not held. */
  readonly columns: (point: string) => Result.Result<Columns, ChunkError>
}

/** The pieces of one flush: that of slot `s` lies from `offsets[s]` to `offsets[s + 1]`. */
interface Flush {
  readonly pieces: Uint8Array
  readonly offsets: Uint32Array
}

export const makeDayBuffer = (maxGatheredRows = MAX_GATHERED_ROWS): DayBuffer => {
  const slots = new Map<string, number>()
  const flushes: Array<Flush> = []
  let gathered = makeRows(0)
  let count = 0
  let rows = 0

  const flush = (): void => {
    if (count > 0) flushes.push(compress(gathered, count, slots.size))
    gathered = makeRows(0)
    count = 0
  }
  const reserve = (wanted: number): void => {
    if (wanted <= gathered.timestamps.length) return
    const capacity = Math.min(maxGatheredRows, Math.max(wanted, gathered.timestamps.length * 2, 1_024))
    gathered = growRows(gathered, count, capacity)
  }
  const slotOf = (point: string): number => {
    const known = slots.get(point)
    if (known !== undefined) return known
    slots.set(point, slots.size)
    return slots.size - 1
  }

  return {
    add: ({ point, timestamps, values }) => {
      const slot = slotOf(point)
      for (let from = 0; from < timestamps.length;) {
        if (count === maxGatheredRows) flush()
        const to = Math.min(timestamps.length, from + maxGatheredRows - count)
        reserve(count + to - from)
        gathered.slots.fill(slot, count, count + to - from)
        gathered.timestamps.set(timestamps.subarray(from, to), count)
        gathered.values.set(values.subarray(from, to), count)
        count += to - from
        rows += to - from
        from = to
      }
    },
    rows: () => rows,
    bytes: () =>
      gathered.timestamps.length * 20 +
      flushes.reduce((sum, { offsets, pieces }) => sum + pieces.byteLength + offsets.byteLength, 0),
    points: () => [...slots.keys()].sort(comparePoints),
    columns: (point) => {
      flush()
      const slot = slots.get(point) ?? Infinity
      const ranked: Array<Columns> = []
      for (const { offsets, pieces } of flushes) {
        const from = offsets[slot] ?? 0
        const to = offsets[slot + 1] ?? 0
        if (to <= from) continue
        const piece = decodeChunk(pieces.subarray(from, to))
        if (Result.isFailure(piece)) return piece
        ranked.push(piece.success)
      }
      return Result.succeed(mergeAll(ranked))
    }
  }
}

/** Compresses the rows of each point. */
const compress = (rows: Rows, count: number, points: number): Flush => {
  const lengths = new Uint32Array(points)
  const encoded: Array<Uint8Array> = []
  forEachSlot(rows, count, points, (slot, columns) => {
    const piece = encodeChunk(columns)
    encoded.push(piece)
    lengths[slot] = piece.byteLength
  })
  const offsets = new Uint32Array(points + 1)
  for (let slot = 0; slot < points; slot++) offsets[slot + 1] = (offsets[slot] as number) + (lengths[slot] as number)
  const pieces = new Uint8Array(offsets[points] as number)
  let at = 0
  for (const piece of encoded) {
    pieces.set(piece, at)
    at += piece.byteLength
  }
  return { pieces, offsets }
}
