/**
 * From the bytes of a head and a run to series, inflating only the pages that hold wanted points.
 */
import { releaseView } from "../../domain/memory.ts"
import { comparePoints } from "../../domain/names.ts"
import { lowerBound, type Series } from "../../domain/series.ts"
import type { Window } from "../../domain/window.ts"
import type { IndexedRun, Range } from "./objectIndex.ts"
import { decodeRuns, type OpenPage, openTimestamps, openValues, type Page, walkPages, walkTexts } from "./pages.ts"

/** The head of a group, opened. */
interface Head {
  readonly points: number
  /**
   * The name of a point, asked for in the order of points. Names are decoded one by one: where a month is made thirty
   * heads are open, and what lives is what collectors copy.
   */
  readonly nameOf: (point: number) => string
  /** Row at which each point starts; one more at the end. */
  readonly starts: ReadonlyArray<number>
  /** The pages of timestamps. */
  readonly timestamps: Uint8Array
  /** Whether points share a page of them. */
  readonly shared: boolean
  readonly close: () => void
}

/** Throws where the bytes are no head. */
const openHead = (bytes: Uint8Array): Head => {
  // Two text columns: a dictionary and the runs, each.
  const [siteTexts, siteRuns, dictionary, runs, first] = walkPages(bytes)
  if (siteTexts === undefined || siteRuns === undefined || dictionary === undefined || runs === undefined) {
    throw new RangeError("a group has no names")
  }
  const points = dictionary.header.dictionary_page_header?.num_values ?? 0
  const starts = [0]
  for (const rows of decodeRuns(runs)) starts.push((starts.at(-1) as number) + rows)
  if (starts.length !== points + 1 || starts.at(-1) !== runs.rows) {
    throw new RangeError(`${points} names head ${starts.length - 1} runs`)
  }
  const textBytes = [siteTexts, siteRuns, dictionary, runs].reduce((sum, page) => sum + page.headerBytes.length + page.body.length, 0)
  const names = walkTexts(dictionary)
  let passed = 0
  return {
    points,
    nameOf: (point) => {
      for (let next = names.next(); next.done !== true; next = names.next()) {
        if (passed++ === point) return next.value
      }
      throw new RangeError(`point ${point} of a group has no name`)
    },
    starts,
    timestamps: bytes.subarray(textBytes),
    shared: first !== undefined && first.rows > (starts[1] as number),
    close: () => {
      names.return(undefined)
    }
  }
}

/**
 * Reads spans of rows, in ascending order, out of pages that start at row `first`. Keeps one page: where a month is made
 * thirty groups are open at once, and the headers of all their pages would be megabytes.
 */
const makeReader = (bytes: Uint8Array, first: number, open: (page: Page) => OpenPage) => {
  const pages = walkPages(bytes)
  let page: Page | undefined
  let opened: OpenPage | undefined
  let start = first
  let end = first
  const close = () => {
    opened?.close()
    opened = undefined
    page = undefined
  }
  const turn = (): Page => {
    close()
    const next = pages.next()
    if (next.done === true) throw new RangeError(`rows from ${end} on are cut`)
    start = end
    end += next.value.rows
    return next.value
  }
  return {
    read: (from: number, to: number): Float64Array => {
      const column = new Float64Array(to - from)
      for (let row = from; row < to;) {
        while (page === undefined || row >= end) page = turn()
        opened ??= open(page)
        const stop = Math.min(to, end)
        opened.copy(row - start, stop - start, column, row - from)
        row = stop
      }
      if (to === end) close()
      return column
    },
    close
  }
}

/**
 * Points of a run, in order, each decoded when it is asked for: columns take ten times what their pages do. Throws where
 * the bytes are not what the index says. Points without samples in the window give empty columns.
 *
 * @param firstPoint the place of the run's first point in its group
 * @param wants which points to decode
 * @param window null for all samples
 */
const walkRun = function*(
  head: Head,
  runBytes: Uint8Array,
  firstPoint: number,
  points: number,
  wants: (name: string) => boolean,
  window: Window | null
): Generator<Series> {
  const { starts } = head
  if (firstPoint + points > head.points) {
    throw new RangeError(`a group of ${head.points} points has no ${points} from ${firstPoint} on`)
  }
  const names = Array.from({ length: points }, (_, i) => head.nameOf(firstPoint + i)).map((name) => wants(name) ? name : undefined)
  const first = names.findIndex((name) => name !== undefined)
  if (first === -1) return
  const startOf = (point: number): number => starts[firstPoint + point] as number
  const times = makeReader(head.timestamps, 0, openTimestamps)
  const values = makeReader(runBytes, startOf(0), openValues)
  // A timeline of many points is inflated once, and what it takes is not kept.
  const origin = startOf(first)
  const shared = head.shared ? times.read(origin, startOf(names.findLastIndex((name) => name !== undefined) + 1)) : undefined
  try {
    times.close()
    for (const [i, point] of names.entries()) {
      if (point === undefined) continue
      const row = startOf(i)
      const end = startOf(i + 1)
      const timestamps = shared?.slice(row - origin, end - origin) ?? times.read(row, end)
      const from = window === null ? 0 : lowerBound(timestamps, window.start)
      const to = window === null ? timestamps.length : Math.max(from, lowerBound(timestamps, window.end))
      yield { point, timestamps: timestamps.subarray(from, to), values: values.read(row + from, row + to) }
    }
  } finally {
    times.close()
    values.close()
    if (shared !== undefined) releaseView(shared)
  }
}

/** The wanted series of a run, all of them decoded. */
export const decodeRun = (
  headBytes: Uint8Array,
  runBytes: Uint8Array,
  firstPoint: number,
  points: number,
  wanted: ReadonlySet<string>,
  window: Window
): ReadonlyArray<Series> => {
  const head = openHead(headBytes)
  const series = [...walkRun(head, runBytes, firstPoint, points, (name) => wanted.has(name), window)]
  head.close()
  return series
}

/** The series after a point (null: all) of some runs, in order, out of bytes from `offset` that hold them and their heads. */
export const walkRuns = function*(
  bytes: Uint8Array,
  offset: number,
  runs: ReadonlyArray<IndexedRun>,
  after: string | null
): Generator<Series> {
  const at = (range: Range) => bytes.subarray(range.offset - offset, range.offset - offset + range.length)
  const wants = (name: string) => after === null || comparePoints(name, after) > 0
  let head: Head | undefined
  try {
    for (const run of runs) {
      if (head === undefined || run.firstPoint === 0) {
        head?.close()
        head = openHead(at(run.head))
      }
      yield* walkRun(head, at(run), run.firstPoint, run.points, wants, null)
    }
  } finally {
    head?.close()
  }
}
