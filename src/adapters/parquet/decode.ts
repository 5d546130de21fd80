/**
 * From the bytes of a head and a run to series, inflating only the pages that hold wanted points.
 */
import { lowerBound, type Series } from "../../domain/series.ts"
import type { Window } from "../../domain/window.ts"
import { decodeRuns, decodeTexts, openTimestamps, openValues, type Page, type Rows, walkPages } from "./pages.ts"

interface Head {
  readonly names: ReadonlyArray<string>
  /** Row at which each point starts; one more at the end. */
  readonly starts: ReadonlyArray<number>
  readonly timestamps: ReadonlyArray<Page>
}

// Pages of the two text columns: a dictionary and the runs, each.
const TEXT_PAGES = 4

const readHead = (bytes: Uint8Array): Head => {
  const pages = [...walkPages(bytes)]
  const [, , dictionary, runs] = pages
  if (dictionary === undefined || runs === undefined) throw new RangeError("a group has no names")
  const names = decodeTexts(dictionary)
  const starts = [0]
  for (const rows of decodeRuns(runs)) starts.push((starts.at(-1) as number) + rows)
  if (starts.length !== names.length + 1 || starts.at(-1) !== runs.rows) {
    throw new RangeError(`${names.length} names head ${starts.length - 1} runs`)
  }
  return { names, starts, timestamps: pages.slice(TEXT_PAGES) }
}

/** The names of a group's points, in order. Throws where the bytes are no head. */
export const headNames = (bytes: Uint8Array): ReadonlyArray<string> => readHead(bytes).names

interface Rowspan {
  readonly from: number
  readonly to: number
}

/** The rows of each span, which ascend, out of pages that start at row `first`. Only pages that hold some are opened. */
const gather = (
  pages: Iterable<Page>,
  first: number,
  spans: ReadonlyArray<Rowspan>,
  open: (page: Page) => Rows
): ReadonlyArray<Float64Array> => {
  const columns = spans.map(({ from, to }) => new Float64Array(to - from))
  const filled = spans.map(() => 0)
  const last = spans.reduce((most, { to }) => Math.max(most, to), first)
  let row = first
  for (const page of pages) {
    if (row >= last) break
    const end = row + page.rows
    let rows: Rows | undefined
    spans.forEach((span, i) => {
      const from = Math.max(span.from, row)
      const to = Math.min(span.to, end)
      if (from >= to) return
      rows ??= open(page)
      rows(from - row, to - row, columns[i] as Float64Array, from - span.from)
      filled[i] = to - span.from
    })
    row = end
  }
  spans.forEach(({ from, to }, i) => {
    if (filled[i] !== to - from) throw new RangeError(`rows ${from} to ${to} are cut`)
  })
  return columns
}

/**
 * Series of a run, in order; those without samples in the window are empty. Throws where the bytes are not what the
 * index says.
 *
 * @param firstPoint the place of the run's first point in its group
 * @param wanted null for all points of the run
 * @param window null for all samples
 */
export const decodeRun = (
  headBytes: Uint8Array,
  runBytes: Uint8Array,
  firstPoint: number,
  points: number,
  wanted: ReadonlySet<string> | null,
  window: Window | null
): ReadonlyArray<Series> => {
  const head = readHead(headBytes)
  const names: Array<string> = []
  const spans: Array<Rowspan> = []
  for (let i = firstPoint; i < firstPoint + points; i++) {
    const name = head.names[i]
    if (name === undefined) throw new RangeError(`a group of ${head.names.length} points has no point ${i}`)
    if (wanted !== null && !wanted.has(name)) continue
    names.push(name)
    spans.push({ from: head.starts[i] as number, to: head.starts[i + 1] as number })
  }
  if (names.length === 0) return []
  const timestamps = gather(head.timestamps, 0, spans, openTimestamps)
  const inside = spans.map(({ from, to }, i): Rowspan => {
    if (window === null) return { from, to }
    const column = timestamps[i] as Float64Array
    const first = lowerBound(column, window.start)
    return { from: from + first, to: from + Math.max(first, lowerBound(column, window.end)) }
  })
  const values = gather(walkPages(runBytes), head.starts[firstPoint] as number, inside, openValues)
  return names.map((point, i) => {
    const { from } = spans[i] as Rowspan
    const { from: first, to: end } = inside[i] as Rowspan
    return {
      point,
      timestamps: (timestamps[i] as Float64Array).subarray(first - from, end - from),
      values: values[i] as Float64Array
    }
  })
}
