/**
 * Row groups: which points go into one, and how their pages lie in it.
 *
 * A group is laid out `site_name | point_name | timestamp | value`. Its first three chunks are its head; the value pages
 * are cut into runs of whole points. A reader of one point fetches the head and the run.
 */
import type { RowGroup } from "hyparquet"
import { groupMetadata, TEXT_ENCODINGS, VALUE_ENCODINGS } from "./footer.ts"
import { type Pages, sharedTimelinePage, textPages, timelinePages, valuePages } from "./pages.ts"

/** A point whose pages are encoded but that is in no group yet. */
export interface EncodedPoint {
  readonly name: string
  readonly nameBytes: Uint8Array
  readonly timestamps: Float64Array
  readonly values: Pages
  readonly timeline: Pages
}

/** Neighbouring points of a group whose value pages are read together. */
export interface Run {
  readonly points: number
  readonly firstName: string
  readonly lastName: string
  /** Bytes of their value pages. */
  readonly length: number
}

export interface Group {
  readonly bytes: ReadonlyArray<Uint8Array>
  readonly metadata: RowGroup
  readonly headLength: number
  readonly runs: ReadonlyArray<Run>
}

/** Bytes of a group whose points have their own timelines: it is read whole, in one request. */
const GROUP_BYTES = 22_000
/** Bytes of a run of value pages in a group whose points share a timeline. */
const RUN_BYTES = 10_000
/** Points a group at most, so that a shared timeline stays quick to inflate. */
const GROUP_POINTS = 64
/** Bytes of names a group at most: they fill one page. */
const NAME_BYTES = 16_000
/** A timeline that takes fewer bytes a sample than this is not worth sharing. */
const REGULAR = 0.5

export const encodePoint = (name: string, timestamps: Float64Array, values: Float64Array): EncodedPoint => ({
  name,
  nameBytes: new TextEncoder().encode(name),
  timestamps,
  values: valuePages(values),
  timeline: timelinePages(timestamps)
})

/** Whether at least half of the instants of either timeline are in the other. */
const shareTimeline = (a: EncodedPoint, b: EncodedPoint): boolean => {
  const x = a.timestamps
  const y = b.timestamps
  const worthwhile = a.timeline.bytes.length > REGULAR * x.length && b.timeline.bytes.length > REGULAR * y.length
  if (!worthwhile) return false
  let common = 0
  for (let i = 0, j = 0; i < x.length && j < y.length;) {
    const difference = (x[i] as number) - (y[j] as number)
    if (difference === 0) common++
    if (difference <= 0) i++
    if (difference >= 0) j++
  }
  return common * 2 >= Math.max(x.length, y.length)
}

const sizeOf = (point: EncodedPoint): number => point.values.bytes.length + point.timeline.bytes.length

const sum = (points: ReadonlyArray<EncodedPoint>, of: (point: EncodedPoint) => number): number =>
  points.reduce((total, point) => total + of(point), 0)

/**
 * How many of the pending points, from the first, form a finished group now that `next` arrives (null: nothing does).
 */
export const finishedPoints = (pending: ReadonlyArray<EncodedPoint>, next: EncodedPoint | null): number => {
  const last = pending.at(-1)
  if (last === undefined) return 0
  if (next === null || pending.length >= GROUP_POINTS) return pending.length
  if (sum(pending, (point) => point.nameBytes.length) + next.nameBytes.length > NAME_BYTES) return pending.length
  const shared = shareTimeline(pending[0] as EncodedPoint, last)
  if (shareTimeline(last, next)) {
    // The first of a device's points ends a group of others and opens its own.
    return shared || pending.length === 1 ? 0 : pending.length - 1
  }
  if (shared && pending.length > 1) return pending.length
  return sum(pending, sizeOf) + sizeOf(next) > GROUP_BYTES ? pending.length : 0
}

const concat = (parts: ReadonlyArray<Pages>): Pages => {
  const length = parts.reduce((total, part) => total + part.bytes.length, 0)
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part.bytes, at)
    at += part.bytes.length
  }
  return { bytes, uncompressed: parts.reduce((total, part) => total + part.uncompressed, 0) }
}

const cutRuns = (points: ReadonlyArray<EncodedPoint>, limit: number): ReadonlyArray<Run> => {
  const runs: Array<Run> = []
  for (const { name, values: { bytes } } of points) {
    const run = runs.at(-1)
    if (run === undefined || run.length + bytes.length > limit) {
      runs.push({ points: 1, firstName: name, lastName: name, length: bytes.length })
    } else {
      runs[runs.length - 1] = { ...run, points: run.points + 1, lastName: name, length: run.length + bytes.length }
    }
  }
  return runs
}

const chunkOf = (pages: Pages & { readonly dictionaryLength?: number }) => ({
  length: pages.bytes.length,
  uncompressed: pages.uncompressed,
  dictionaryLength: pages.dictionaryLength ?? 0
})

/** Lays out a group at `offset` of the object. */
export const layGroup = (site: Uint8Array, points: ReadonlyArray<EncodedPoint>, offset: number): Group => {
  const rows = sum(points, (point) => point.timestamps.length)
  const sites = textPages([site], [rows])
  const names = textPages(points.map((point) => point.nameBytes), points.map((point) => point.timestamps.length))
  const separate = concat(points.map((point) => point.timeline))
  const first = points[0] as EncodedPoint
  const shared = points.length > 1 && shareTimeline(first, points.at(-1) as EncodedPoint)
    ? sharedTimelinePage(points.map((point) => point.timestamps))
    : undefined
  const useShared = shared !== undefined && shared.bytes.length < separate.bytes.length
  const timeline = useShared ? shared : separate
  const values = concat(points.map((point) => point.values))
  const metadata = groupMetadata({
    offset,
    rows,
    site_name: { ...chunkOf(sites), encodings: TEXT_ENCODINGS },
    point_name: { ...chunkOf(names), encodings: TEXT_ENCODINGS },
    timestamp: { ...chunkOf(timeline), encodings: [useShared ? "PLAIN" : "DELTA_BINARY_PACKED"] },
    value: { ...chunkOf(values), encodings: VALUE_ENCODINGS },
    firstName: first.name,
    lastName: (points.at(-1) as EncodedPoint).name,
    firstTimestamp: points.reduce((least, point) => Math.min(least, point.timestamps[0] as number), Infinity),
    lastTimestamp: points.reduce((most, point) => Math.max(most, point.timestamps.at(-1) as number), -Infinity)
  })
  return {
    bytes: [sites.bytes, names.bytes, timeline.bytes, values.bytes],
    metadata,
    headLength: sites.bytes.length + names.bytes.length + timeline.bytes.length,
    runs: cutRuns(points, useShared ? RUN_BYTES : Infinity)
  }
}
