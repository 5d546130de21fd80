/**
 * Plans which bytes of an object a read needs, from its index.
 */
import { comparePoints } from "../../../domain/samples/names.ts"
import { type IndexedSpan, openIndex, type Range } from "../format/object-index.ts"

/** A span to decode, and the points wanted of it. */
export interface WantedSpan {
  readonly span: IndexedSpan
  readonly points: ReadonlyArray<string>
}

/** What a read fetches, and what it decodes of that. */
export interface SpanPlan {
  readonly wanted: ReadonlyArray<WantedSpan>
  /** The ranges to fetch, ascending, each in one request. */
  readonly ranges: ReadonlyArray<Range>
  /** Points that the object passes over. */
  readonly passed: ReadonlyArray<string>
}

/** Two ranges of samples with at most so many bytes between them are fetched in one request. */
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

/** A range with its bytes. */
export interface Fetched {
  readonly range: Range
  readonly bytes: Uint8Array
}

/** The wanted bytes, from the ranges that were fetched. Throws where none of them contains them. */
export const within = (fetched: ReadonlyArray<Fetched>, wanted: Range): Uint8Array => {
  for (const { bytes, range } of fetched) {
    const from = wanted.offset - range.offset
    if (from >= 0 && from + wanted.length <= bytes.length) return bytes.subarray(from, from + wanted.length)
  }
  throw new RangeError(`bytes ${wanted.offset} to ${wanted.offset + wanted.length} were not fetched`)
}

/**
 * Plans a read of some points. The span of a point is read where the object may have it; only the head tells whether it
 * has. Throws where the index is damaged.
 *
 * @param gap as {@link mergeRanges} takes it
 */
export const planRead = (index: Uint8Array, points: ReadonlyArray<string>, gap = MERGE_GAP): SpanPlan => {
  const names = [...new Set(points)].sort(comparePoints)
  const texts = names.map((name) => new TextEncoder().encode(name))
  const wanted: Array<WantedSpan> = []
  const passed: Array<string> = []
  let next = 0
  let span: IndexedSpan | undefined
  const take = (until: number) => {
    const points = names.slice(next, until)
    if (span?.length === 0) passed.push(...points)
    else if (span !== undefined && until > next) wanted.push({ span, points })
    next = until
  }
  const cursor = openIndex(index)
  while (next < texts.length && cursor.next()) {
    let until = next
    while (until < texts.length && cursor.compare(texts[until] as Uint8Array) < 0) until++
    if (until > next) take(until)
    span = cursor.span()
  }
  take(texts.length)
  cursor.close()
  return { wanted, ranges: mergeRanges(wanted.flatMap(({ span }) => [span.head, span]), gap), passed }
}

/**
 * Plans a read of every point after `after` (null: all) in batches of about `limit` bytes, each of whole row groups and
 * fetched in one request. Batches are planned as they are needed. The first may also have points up to `after`.
 */
export const planScan = function*(
  index: Uint8Array,
  limit: number,
  after: string | null
): Generator<ReadonlyArray<IndexedSpan>> {
  const passed = after === null ? new Uint8Array(0) : new TextEncoder().encode(after)
  const cursor = openIndex(index)
  try {
    let batch: Array<IndexedSpan> = []
    let start = 0
    while (cursor.next()) {
      const span = cursor.span()
      // A group stays in one batch, because its spans need its head.
      if (span.firstPoint === 0) {
        // All names before this group are below its separator.
        if (cursor.compare(passed) >= 0) batch = []
        else if (span.offset + span.length - start > limit && batch.length > 0) {
          yield batch
          batch = []
        }
        if (batch.length === 0) start = span.head.offset
      }
      batch.push(span)
    }
    if (batch.length > 0) yield batch
  } finally {
    cursor.close()
  }
}
