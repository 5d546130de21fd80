/**
 * Points that wait for their row group: dense ones are encoded into pages of their own at once, sparse ones keep their
 * columns until it is known with which neighbours they share pages.
 */
import { releaseView } from "../../../domain/samples/memory.ts"
import { concatArrays, type Series } from "../../../domain/samples/series.ts"
import type { PageEncoder, Pages } from "./page-encoder.ts"

interface Waiting {
  readonly name: string
  readonly nameBytes: Uint8Array
  readonly rows: number
  readonly firstTimestamp: number
  readonly lastTimestamp: number
  /** Bytes of its pages; estimated where it is sparse. */
  readonly size: number
}

/** A point with data pages of its own. */
export interface DensePoint extends Waiting {
  readonly kind: "dense"
  readonly pages: PagePair
  /** A copy of the timestamps where other points may share them, else empty. */
  readonly timestamps: Float64Array
}

/** A point with so few samples that the headers of its own pages would take more than the samples. */
export interface SparsePoint extends Waiting {
  readonly kind: "sparse"
  readonly timestamps: Float64Array
  readonly values: Float64Array
}

export type WaitingPoint = DensePoint | SparsePoint

/** The data pages of one point, or of neighbouring sparse points. */
export interface PagePair {
  readonly timeline: Pages
  readonly values: Pages
}

/** A point with fewer samples is sparse. */
const DENSE_ROWS = 128
/** About how many bytes a sample of a sparse point takes: a group of them becomes as large as one of dense points. */
const SPARSE_BYTES = 5
/** A timeline of fewer bytes a sample than this is not shared, because that would save nothing. */
const REGULAR = 0.5

/** Takes a point that has samples. Keeps no columns of the caller. */
export const waitingPoint = (encoder: PageEncoder, { point, timestamps, values }: Series): WaitingPoint => {
  const rows = timestamps.length
  const waiting = {
    name: point,
    nameBytes: new TextEncoder().encode(point),
    rows,
    firstTimestamp: timestamps[0] as number,
    lastTimestamp: timestamps.at(-1) as number
  }
  if (rows < DENSE_ROWS) {
    const size = rows * SPARSE_BYTES
    return { ...waiting, kind: "sparse", size, timestamps: timestamps.slice(), values: values.slice() }
  }
  const pages: PagePair = { timeline: encoder.timeline(timestamps), values: encoder.values(values) }
  const { length } = pages.timeline.bytes
  return {
    ...waiting,
    kind: "dense",
    size: pages.values.bytes.length + length,
    pages,
    timestamps: length > REGULAR * rows ? timestamps.slice() : new Float64Array(0)
  }
}

/** Whether both points have at least half of their timestamps in common. Sparse points share pages in any case. */
export const shareTimeline = (a: WaitingPoint, b: WaitingPoint): boolean => {
  if (a.kind === "sparse" || b.kind === "sparse") return false
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

const encodeRun = (encoder: PageEncoder, run: ReadonlyArray<SparsePoint>): PagePair => {
  const values = concatArrays(run.map((point) => point.values))
  const timeline = encoder.timelines(run.map(({ timestamps }) => timestamps))
  const pages: PagePair = { timeline, values: encoder.values(values) }
  releaseView(values)
  for (const point of run) {
    releaseView(point.timestamps)
    releaseView(point.values)
  }
  return pages
}

/** The data pages of points: those of a dense point, and common ones for each run of sparse neighbours. Frees them. */
export const encodePages = (
  encoder: PageEncoder,
  points: ReadonlyArray<WaitingPoint>
): ReadonlyArray<PagePair> => {
  const pages: Array<PagePair> = []
  let run: Array<SparsePoint> = []
  const endRun = () => {
    if (run.length > 0) pages.push(encodeRun(encoder, run))
    run = []
  }
  for (const point of points) {
    if (point.kind === "sparse") run.push(point)
    else {
      endRun()
      pages.push(point.pages)
    }
  }
  endRun()
  return pages
}
