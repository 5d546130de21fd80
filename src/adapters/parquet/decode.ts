/**
 * From the bytes of a head and a run to series, inflating only the pages that hold wanted points.
 */
import type { Series } from "../../domain/series.ts"
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

/** The rows of each span, which ascend, out of pages that start at row `first`. */
const gather = (
  pages: Iterable<Page>,
  first: number,
  spans: ReadonlyArray<Rowspan>,
  open: (page: Page) => Rows
): ReadonlyArray<Float64Array> => {
  const columns: Array<Float64Array> = spans.map(() => new Float64Array(0))
  let row = first
  for (const page of pages) {
    const end = row + page.rows
    let rows: Rows | undefined
    spans.forEach((span, i) => {
      const from = Math.max(span.from, row)
      const to = Math.min(span.to, end)
      if (from >= to) return
      rows ??= open(page)
      const part = rows(from - row, to - row)
      const before = columns[i] as Float64Array
      if (before.length === 0) columns[i] = part
      else {
        const joined = new Float64Array(before.length + part.length)
        joined.set(before)
        joined.set(part, before.length)
        columns[i] = joined
      }
    })
    row = end
    if (row >= (spans.at(-1)?.to ?? 0)) break
  }
  return columns
}

/**
 * Series of a run, in order. Throws where the bytes are not what the index says.
 *
 * @param firstPoint the place of the run's first point in its group
 * @param wanted null for all points of the run
 */
export const decodeRun = (
  headBytes: Uint8Array,
  runBytes: Uint8Array,
  firstPoint: number,
  points: number,
  wanted: ReadonlySet<string> | null
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
  const values = gather(walkPages(runBytes), head.starts[firstPoint] as number, spans, openValues)
  return names.map((point, i) => {
    const { from, to } = spans[i] as Rowspan
    const series = { point, timestamps: timestamps[i] as Float64Array, values: values[i] as Float64Array }
    if (series.timestamps.length !== to - from || series.values.length !== to - from) {
      throw new RangeError(`${JSON.stringify(point)} is cut`)
    }
    return series
  })
}
