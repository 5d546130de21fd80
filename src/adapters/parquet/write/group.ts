/**
 * Row groups: which points go into one, and in which order their pages are stored.
 *
 * A group is laid out `site_name | point_name | timestamp | value`. Its first three column chunks are its head; the
 * data pages of values are cut into spans of whole points. A reader of one point fetches the head and the span.
 */
import type { RowGroup } from "hyparquet"
import type { Series } from "../../../domain/samples/series.ts"
import type { GroupLayout, Span } from "../format/object-index.ts"
import { groupMetadata, TEXT_ENCODINGS, VALUE_ENCODINGS } from "./footer.ts"
import type { PageEncoder, Pages } from "./page-encoder.ts"

/** A point whose pages are encoded but that has no group yet. */
export interface EncodedPoint {
  readonly name: string
  readonly nameBytes: Uint8Array
  readonly rows: number
  readonly firstTimestamp: number
  readonly lastTimestamp: number
  readonly values: Pages
  readonly timeline: Pages
  /** A copy of the timestamps where other points may share them, else empty. */
  readonly timestamps: Float64Array
}

export interface Group {
  /** The bytes to append to the object, in order. */
  readonly pages: ReadonlyArray<Uint8Array>
  readonly metadata: RowGroup
  readonly layout: GroupLayout
}

/** Bytes of a group whose points have their own timelines: it is read whole, in one request. */
const GROUP_BYTES = 25_000
/** Bytes of a span in a group whose points share a timeline. */
const SPAN_BYTES = 10_000
/** The most points of a group, so that a shared timeline is decompressed quickly. */
const GROUP_POINTS = 64
/** The most rows of a group: a shared timeline takes 8 bytes for each when it is decompressed. */
const GROUP_ROWS = 400_000
/** The most bytes of names in a group: they fill one page. */
const NAME_BYTES = 16_000
/** A timeline of fewer bytes a sample than this is not shared, because that would save nothing. */
const REGULAR = 0.5

/** Encodes a point that has samples. Keeps no columns. */
export const encodePoint = (encoder: PageEncoder, { point, timestamps, values }: Series): EncodedPoint => {
  const timeline = encoder.timeline(timestamps)
  return {
    name: point,
    nameBytes: new TextEncoder().encode(point),
    rows: timestamps.length,
    firstTimestamp: timestamps[0] as number,
    lastTimestamp: timestamps.at(-1) as number,
    values: encoder.values(values),
    timeline,
    timestamps: timeline.bytes.length > REGULAR * timestamps.length ? timestamps.slice() : new Float64Array(0)
  }
}

/** Whether both points have at least half of their timestamps in common. */
const shareTimeline = (a: EncodedPoint, b: EncodedPoint): boolean => {
  const x = a.timestamps
  const y = b.timestamps
  let common = 0
  for (let i = 0, j = 0; i < x.length && j < y.length;) {
    const difference = (x[i] as number) - (y[j] as number)
    if (difference === 0) common++
    if (difference <= 0) i++
    if (difference >= 0) j++
  }
  return common > 0 && common * 2 >= Math.max(x.length, y.length)
}

const sizeOf = (point: EncodedPoint): number => point.values.bytes.length + point.timeline.bytes.length

const sum = (points: ReadonlyArray<EncodedPoint>, of: (point: EncodedPoint) => number): number =>
  points.reduce((total, point) => total + of(point), 0)

/** How many of the pending points, from the first, form a finished group when `next` follows (null: none follows). */
export const finishedPoints = (pending: ReadonlyArray<EncodedPoint>, next: EncodedPoint | null): number => {
  const last = pending.at(-1)
  if (last === undefined) return 0
  if (next === null || pending.length >= GROUP_POINTS) return pending.length
  if (sum(pending, (point) => point.nameBytes.length) + next.nameBytes.length > NAME_BYTES) return pending.length
  if (sum(pending, (point) => point.rows) + next.rows > GROUP_ROWS) return pending.length
  const shared = shareTimeline(pending[0] as EncodedPoint, last)
  if (shareTimeline(last, next)) {
    // The first point of a device ends the group before it and begins another.
    return shared || pending.length === 1 ? 0 : pending.length - 1
  }
  if (shared && pending.length > 1) return pending.length
  return sum(pending, sizeOf) + sizeOf(next) > GROUP_BYTES ? pending.length : 0
}

const cutSpans = (points: ReadonlyArray<EncodedPoint>, limit: number): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  for (const { name, values: { bytes } } of points) {
    const span = spans.at(-1)
    if (span === undefined || span.length + bytes.length > limit) {
      spans.push({ points: 1, firstName: name, lastName: name, length: bytes.length })
    } else {
      spans[spans.length - 1] = { ...span, points: span.points + 1, lastName: name, length: span.length + bytes.length }
    }
  }
  return spans
}

const chunkOf = (pages: ReadonlyArray<Pages>) => ({
  length: pages.reduce((total, { bytes }) => total + bytes.length, 0),
  uncompressed: pages.reduce((total, { uncompressed }) => total + uncompressed, 0),
  dictionaryLength: 0
})

/** Lays out a group at `offset` of the object. */
export const layGroup = (
  encoder: PageEncoder,
  site: Uint8Array,
  points: ReadonlyArray<EncodedPoint>,
  offset: number
): Group => {
  const rows = sum(points, (point) => point.rows)
  const sites = encoder.texts([site], [rows])
  const names = encoder.texts(points.map((point) => point.nameBytes), points.map((point) => point.rows))
  const separate = points.map((point) => point.timeline)
  const first = points[0] as EncodedPoint
  const last = points.at(-1) as EncodedPoint
  // Where a regular timeline among them was not kept, only the first and the last point share theirs by chance.
  const isKept = points.every((point) => point.timestamps.length === point.rows)
  const shared = points.length > 1 && isKept && shareTimeline(first, last)
    ? encoder.sharedTimeline(points.map((point) => point.timestamps))
    : undefined
  const useShared = shared !== undefined && shared.bytes.length < chunkOf(separate).length
  const timeline = useShared ? [shared] : separate
  const values = points.map((point) => point.values)
  const timestampChunk = chunkOf(timeline)
  const metadata = groupMetadata({
    offset,
    rows,
    site_name: { ...chunkOf([sites]), dictionaryLength: sites.dictionaryLength, encodings: TEXT_ENCODINGS },
    point_name: { ...chunkOf([names]), dictionaryLength: names.dictionaryLength, encodings: TEXT_ENCODINGS },
    timestamp: { ...timestampChunk, encodings: [useShared ? "PLAIN" : "DELTA_BINARY_PACKED"] },
    value: { ...chunkOf(values), encodings: VALUE_ENCODINGS },
    firstName: first.name,
    lastName: last.name,
    firstTimestamp: points.reduce((least, point) => Math.min(least, point.firstTimestamp), Infinity),
    lastTimestamp: points.reduce((most, point) => Math.max(most, point.lastTimestamp), -Infinity)
  })
  return {
    pages: [sites, names, ...timeline, ...values].map(({ bytes }) => bytes),
    metadata,
    layout: {
      headLength: sites.bytes.length + names.bytes.length + timestampChunk.length,
      spans: cutSpans(points, useShared ? SPAN_BYTES : Infinity)
    }
  }
}
