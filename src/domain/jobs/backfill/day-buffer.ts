/**
 * A buffer for the pages of one day: takes series page by page, and gives back the merged samples of each point.
 *
 * Rows are gathered in order of arrival. When there are many, they are sorted by point and compressed. So a day of
 * millions of samples takes a few bytes for each, and only one point at a time is decoded.
 */
import { Result } from "effect"
import { decodeChunk, encodeChunk } from "../../codec/chunk/chunk.ts"
import type { ChunkError } from "../../codec/error.ts"
import { mergeAll } from "../../samples/merge.ts"
import { releaseColumns, releaseView } from "../../samples/memory.ts"
import { comparePoints } from "../../samples/names.ts"
import { forEachSlot, growRows, makeRows, type Rows } from "../../samples/rows.ts"
import type { Columns, Series } from "../../samples/series.ts"

/** Rows are compressed when this many were gathered, which are 5 MB. Fewer would make chunks that compress badly. */
export const MAX_GATHERED_ROWS = 262_144

export interface DayBuffer {
  /** Adds a copy of a series of a page. Where an instant is held already, the value of the later page counts. */
  readonly add: (series: Series) => void
  /** How many rows were added; an instant that was added twice counts twice. */
  readonly rows: () => number
  /** How much memory it uses, in bytes, without about a hundred bytes for the name of each point. */
  readonly bytes: () => number
  /** The points that were added, in the order of `comparePoints`. */
  readonly points: () => ReadonlyArray<string>
  /** The merged samples of a point; empty for one that was not added. */
  readonly columns: (point: string) => Result.Result<Columns, ChunkError>
}

/** Rows that were compressed together. The chunk of slot `s` lies from `offsets[s]` to `offsets[s + 1]`. */
interface Flush {
  readonly chunks: Uint8Array
  readonly offsets: Uint32Array
}

/** An empty buffer. */
export const makeDayBuffer = (maxGatheredRows = MAX_GATHERED_ROWS): DayBuffer => {
  const slots = new Map<string, number>()
  const flushes: Array<Flush> = []
  let gathered = makeRows(0)
  let count = 0
  let rows = 0

  const flush = (): void => {
    if (count > 0) flushes.push(compress(gathered, count, slots.size))
    releaseColumns(gathered)
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
      flushes.reduce((sum, { chunks, offsets }) => sum + chunks.byteLength + offsets.byteLength, 0),
    points: () => [...slots.keys()].sort(comparePoints),
    columns: (point) => {
      flush()
      const slot = slots.get(point) ?? Infinity
      const ranked: Array<Columns> = []
      for (const { chunks, offsets } of flushes) {
        const from = offsets[slot] ?? 0
        const to = offsets[slot + 1] ?? 0
        if (to <= from) continue
        const columns = decodeChunk(chunks.subarray(from, to))
        if (Result.isFailure(columns)) return columns
        ranked.push(columns.success)
      }
      const merged = mergeAll(ranked)
      for (const columns of ranked) if (columns.timestamps !== merged.timestamps) releaseColumns(columns)
      return Result.succeed(merged)
    }
  }
}

/** Compresses the rows of each point. */
const compress = (rows: Rows, count: number, points: number): Flush => {
  const lengths = new Uint32Array(points)
  const encoded: Array<Uint8Array> = []
  const sorted = forEachSlot(rows, count, points, (slot, columns) => {
    const chunk = encodeChunk(columns)
    encoded.push(chunk)
    lengths[slot] = chunk.byteLength
  })
  releaseColumns(sorted)
  const offsets = new Uint32Array(points + 1)
  for (let slot = 0; slot < points; slot++) offsets[slot + 1] = (offsets[slot] as number) + (lengths[slot] as number)
  const chunks = new Uint8Array(offsets[points] as number)
  let at = 0
  for (const chunk of encoded) {
    chunks.set(chunk, at)
    at += chunk.byteLength
    releaseView(chunk)
  }
  return { chunks, offsets }
}
