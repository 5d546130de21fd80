/**
 * Which bytes of an object a read needs: pure, from its index.
 */
import { comparePoints } from "../../../domain/samples/names.ts"
import { type IndexedRun, openIndex, type Range } from "../format/object-index.ts"

/** A run to decode, and the names wanted of it. */
export interface Piece {
  readonly run: IndexedRun
  readonly points: ReadonlyArray<string>
}

export interface ReadPlan {
  readonly pieces: ReadonlyArray<Piece>
  /** What to fetch, ascending, one request each. */
  readonly ranges: ReadonlyArray<Range>
}

/** Bytes between two ranges of samples that are not worth a second request. */
export const MERGE_GAP = 4_096

/** Ranges with at most `gap` bytes between them become one. */
export const mergeRanges = (ranges: ReadonlyArray<Range>, gap = MERGE_GAP): ReadonlyArray<Range> => {
  const merged: Array<Range> = []
  for (const range of ranges.toSorted((a, b) => a.offset - b.offset)) {
    const last = merged.at(-1)
    const end = range.offset + range.length
    if (last !== undefined && range.offset <= last.offset + last.length + gap) {
      merged[merged.length - 1] = { offset: last.offset, length: Math.max(last.length, end - last.offset) }
    } else merged.push(range)
  }
  return merged
}

/** Bytes that were fetched. */
export interface Fetched {
  readonly range: Range
  readonly bytes: Uint8Array
}

/** The wanted bytes out of ranges that were fetched. Throws where they are in none of them. */
export const within = (fetched: ReadonlyArray<Fetched>, wanted: Range): Uint8Array => {
  for (const { bytes, range } of fetched) {
    const from = wanted.offset - range.offset
    if (from >= 0 && from + wanted.length <= bytes.length) return bytes.subarray(from, from + wanted.length)
  }
  throw new RangeError(`bytes ${wanted.offset} to ${wanted.offset + wanted.length} are not in the object`)
}

/**
 * Throws where the index is damaged. A name that the object may hold costs its run; only the head tells for sure.
 *
 * @param gap as {@link mergeRanges} takes it
 */
export const planRead = (index: Uint8Array, points: ReadonlyArray<string>, gap = MERGE_GAP): ReadPlan => {
  const names = [...new Set(points)].sort(comparePoints)
  const wanted = names.map((name) => new TextEncoder().encode(name))
  const pieces: Array<Piece> = []
  let next = 0
  let run: IndexedRun | undefined
  const take = (until: number) => {
    if (run !== undefined && until > next) pieces.push({ run, points: names.slice(next, until) })
    next = until
  }
  const cursor = openIndex(index)
  while (next < wanted.length && cursor.next()) {
    let until = next
    while (until < wanted.length && cursor.compare(wanted[until] as Uint8Array) < 0) until++
    if (until > next) take(until)
    run = cursor.run()
  }
  take(wanted.length)
  cursor.close()
  return { pieces, ranges: mergeRanges(pieces.flatMap(({ run }) => [run.head, run]), gap) }
}

/**
 * The plan of reading every point after `after` (null: all), in requests of about `limit` bytes, each holding whole runs
 * with their heads, made as they are asked for. The first group may still hold points up to `after`.
 */
export const planScan = function*(
  index: Uint8Array,
  limit: number,
  after: string | null
): Generator<ReadonlyArray<IndexedRun>> {
  const passed = after === null ? new Uint8Array(0) : new TextEncoder().encode(after)
  const cursor = openIndex(index)
  try {
    let part: Array<IndexedRun> = []
    let start = 0
    while (cursor.next()) {
      const run = cursor.run()
      // A group stays in one part: its runs need its head.
      if (run.firstPoint === 0) {
        // Every name before this group is below its separator.
        if (cursor.compare(passed) >= 0) part = []
        else if (run.offset + run.length - start > limit && part.length > 0) {
          yield part
          part = []
        }
        if (part.length === 0) start = run.head.offset
      }
      part.push(run)
    }
    if (part.length > 0) yield part
  } finally {
    cursor.close()
  }
}
