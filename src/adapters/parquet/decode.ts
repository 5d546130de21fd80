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

interface Rowspan {
  readonly from: number
  readonly to: number
}

/** The rows of a span out of pages that start at row `first`. Only pages that hold some are opened. */
const gather = (pages: ReadonlyArray<Page>, first: number, { from, to }: Rowspan, open: (page: Page) => Rows): Float64Array => {
  const column = new Float64Array(to - from)
  let filled = 0
  let row = first
  for (const page of pages) {
    if (row >= to) break
    const end = row + page.rows
    const start = Math.max(from, row)
    const stop = Math.min(to, end)
    if (start < stop) {
      open(page)(start - row, stop - row, column, start - from)
      filled = stop - from
    }
    row = end
  }
  if (filled !== column.length) throw new RangeError(`rows ${from} to ${to} are cut`)
  return column
}

/** Remembers what the last page was opened to. */
const keepingLast = (open: (page: Page) => Rows) => {
  let last: { readonly page: Page; readonly rows: Rows } | undefined
  return (page: Page): Rows => {
    if (last?.page !== page) last = { page, rows: open(page) }
    return last.rows
  }
}

/**
 * Points of a run, in order, each decoded when it is asked for: columns take ten times what their pages do. Opening and
 * asking throw where the bytes are not what the index says. Points without samples in the window give empty columns.
 *
 * @param firstPoint the place of the run's first point in its group
 * @param wanted null for all points of the run
 * @param window null for all samples
 */
export const openRun = (
  headBytes: Uint8Array,
  runBytes: Uint8Array,
  firstPoint: number,
  points: number,
  wanted: ReadonlySet<string> | null,
  window: Window | null
): ReadonlyArray<() => Series> => {
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
  const timestampsOf = (open: (page: Page) => Rows) => (span: Rowspan) => gather(head.timestamps, 0, span, open)
  // A timeline of many points is inflated once, and not kept.
  const shared = head.timestamps.length < head.names.length ? spans.map(timestampsOf(keepingLast(openTimestamps))) : undefined
  const valuePages = [...walkPages(runBytes)]
  const firstRow = head.starts[firstPoint] as number
  return names.map((point, i) => () => {
    const span = spans[i] as Rowspan
    const timestamps = shared?.[i] ?? timestampsOf(openTimestamps)(span)
    const from = window === null ? 0 : lowerBound(timestamps, window.start)
    const to = window === null ? timestamps.length : Math.max(from, lowerBound(timestamps, window.end))
    return {
      point,
      timestamps: timestamps.subarray(from, to),
      values: gather(valuePages, firstRow, { from: span.from + from, to: span.from + to }, openValues)
    }
  })
}

/** The series of a run: {@link openRun}, all of them decoded. */
export const decodeRun = (...run: Parameters<typeof openRun>): ReadonlyArray<Series> => openRun(...run).map((decode) => decode())
