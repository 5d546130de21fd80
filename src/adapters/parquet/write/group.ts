/**
 * Row groups: which points go into one, and in which order their pages are stored.
 *
 * A group is laid out `site_name | point_name | timestamp | value`. Its first three column chunks are its head; the
 * data pages of values are cut into spans of whole points. A reader of one point fetches the head and the span.
 */
import type { RowGroup } from "hyparquet"
import { MAX_INCOMPRESSIBLE } from "../format/compression.ts"
import type { GroupLayout, Span } from "../format/object-index.ts"
import { type ChunkShape, groupMetadata } from "./footer.ts"
import type { PageEncoder, Pages } from "./page-encoder.ts"
import { encodePages, type PagePair, shareTimeline, type WaitingPoint } from "./point.ts"

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
/** The most dense points of a group, so that a shared timeline is decompressed quickly. */
const GROUP_POINTS = 64
/** The most rows of a group: a shared timeline takes 8 bytes for each when it is decompressed. */
const GROUP_ROWS = 400_000
/** The most bytes of names in a group: they fill one page, which may be noise. */
const NAME_BYTES = MAX_INCOMPRESSIBLE

interface Totals {
  readonly dense: number
  /** Bytes of names, with their lengths, as a page has them. */
  readonly names: number
  readonly rows: number
  readonly size: number
}

const addPoint = ({ dense, names, rows, size }: Totals, point: WaitingPoint): Totals => ({
  dense: dense + (point.kind === "dense" ? 1 : 0),
  names: names + point.nameBytes.length + 4,
  rows: rows + point.rows,
  size: size + point.size
})

const NOTHING: Totals = { dense: 0, names: 0, rows: 0, size: 0 }

/** Points that wait for their group, in order. */
export class Waiting {
  #points: Array<WaitingPoint> = []
  #totals = NOTHING

  add(point: WaitingPoint): void {
    this.#points.push(point)
    this.#totals = addPoint(this.#totals, point)
  }

  /** Takes out the points, from the first, that form a finished group when `next` follows (null: none follows). */
  take(next: WaitingPoint | null): ReadonlyArray<WaitingPoint> {
    const count = this.#finished(next)
    if (count === 0) return []
    const taken = this.#points
    this.#points = taken.splice(count)
    this.#totals = this.#points.reduce(addPoint, NOTHING)
    return taken
  }

  #finished(next: WaitingPoint | null): number {
    const [first] = this.#points
    const last = this.#points.at(-1)
    const count = this.#points.length
    if (first === undefined || last === undefined || next === null) return count
    const then = addPoint(this.#totals, next)
    if (this.#totals.dense >= GROUP_POINTS || then.names > NAME_BYTES || then.rows > GROUP_ROWS) return count
    const shared = shareTimeline(first, last)
    if (shareTimeline(last, next)) {
      // The first point of a device ends the group before it and begins another.
      return shared || count === 1 ? 0 : count - 1
    }
    if (shared && count > 1) return count
    return then.size > GROUP_BYTES ? count : 0
  }
}

const cutSpans = (points: ReadonlyArray<WaitingPoint>, pages: ReadonlyArray<PagePair>): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  for (const [i, { name }] of points.entries()) {
    const { length } = (pages[i] as PagePair).values.bytes
    const span = spans.at(-1)
    if (span === undefined || span.length + length > SPAN_BYTES) {
      spans.push({ points: 1, firstName: name, lastName: name, length })
    } else {
      spans[spans.length - 1] = { ...span, points: span.points + 1, lastName: name, length: span.length + length }
    }
  }
  return spans
}

const chunkOf = (pages: ReadonlyArray<Pages>): ChunkShape => ({
  length: pages.reduce((total, { bytes }) => total + bytes.length, 0),
  uncompressed: pages.reduce((total, { uncompressed }) => total + uncompressed, 0),
  dictionaryLength: pages[0]?.dictionaryLength ?? 0,
  encodings: [...new Set(pages.flatMap(({ encodings }) => encodings))]
})

/** Lays out a group at `offset` of the object. */
export const layGroup = (
  encoder: PageEncoder,
  site: Uint8Array,
  points: ReadonlyArray<WaitingPoint>,
  offset: number
): Group => {
  const { rows } = points.reduce(addPoint, NOTHING)
  const sites = encoder.texts([site], [rows])
  const names = encoder.texts(points.map(({ nameBytes }) => nameBytes), points.map((point) => point.rows))
  const pages = encodePages(encoder, points)
  const separate = pages.map((pair) => pair.timeline)
  const first = points[0] as WaitingPoint
  const last = points.at(-1) as WaitingPoint
  // Where a regular timeline among them was not kept, only the first and the last point share theirs by chance.
  const isKept = points.every((point) => point.timestamps.length === point.rows)
  const shared = points.length > 1 && isKept && shareTimeline(first, last)
    ? encoder.sharedTimeline(points.map((point) => point.timestamps))
    : undefined
  const useShared = shared !== undefined && shared.bytes.length < chunkOf(separate).length
  const timeline = useShared ? [shared] : separate
  const values = pages.map((pair) => pair.values)
  const metadata = groupMetadata({
    offset,
    rows,
    site_name: chunkOf([sites]),
    point_name: chunkOf([names]),
    timestamp: chunkOf(timeline),
    value: chunkOf(values),
    firstName: first.name,
    lastName: last.name,
    firstTimestamp: points.reduce((least, point) => Math.min(least, point.firstTimestamp), Infinity),
    lastTimestamp: points.reduce((most, point) => Math.max(most, point.lastTimestamp), -Infinity)
  })
  const { length } = chunkOf(values)
  const whole: Span = { points: points.length, firstName: first.name, lastName: last.name, length }
  return {
    pages: [sites, names, ...timeline, ...values].map(({ bytes }) => bytes),
    metadata,
    layout: {
      headLength: chunkOf([sites, names, ...timeline]).length,
      spans: useShared ? cutSpans(points, pages) : [whole]
    }
  }
}
