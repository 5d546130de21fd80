/**
 * Row groups of objects that other tools wrote: which bytes hold their columns, and the rows in them, some at a time.
 */
import type { Range } from "../format/object-index.ts"
import { mergeRanges } from "../read/plan.ts"
import { ColumnReader, type Meaning, type Numbers } from "./column.ts"
import type { Chunk, ForeignFile, ForeignGroup } from "./footer.ts"
import { CHUNK_SLACK, countValues } from "./pages.ts"
import type { ColumnName, Element } from "./schema.ts"
import type { Work } from "./work.ts"

/** Groups whose columns are fetched together. */
export interface Fetch {
  readonly groups: Array<ForeignGroup>
  ranges: ReadonlyArray<Range>
}

/** Bytes fetched at a time, about, and bytes between two chunks that are not worth a second request. */
const FETCH_BYTES = 2_000_000
const GAP_BYTES = 65_536

/** The bytes of a chunk and those behind it that it may need. */
export const rangeOf = ({ length, offset }: Chunk, { end }: ForeignFile): Range => ({
  offset,
  length: Math.min(length + CHUNK_SLACK, end - offset)
})

/** How to fetch groups, in order. */
export const planFetches = (file: ForeignFile, groups: ReadonlyArray<ForeignGroup>): ReadonlyArray<Fetch> => {
  const fetches: Array<Fetch> = []
  for (const group of groups) {
    const last = fetches.at(-1)
    const ranges = mergeRanges(Array.from(group.columns.values(), (chunk) => rangeOf(chunk, file)), GAP_BYTES)
    const joined = last === undefined ? [] : mergeRanges([...last.ranges, ...ranges], GAP_BYTES)
    if (last !== undefined && joined.length === 1 && joined[0] !== undefined && joined[0].length <= FETCH_BYTES) {
      last.groups.push(group)
      last.ranges = joined
    } else fetches.push({ groups: [group], ranges })
  }
  return fetches
}

/** Rows read at a time, of columns side by side. */
const SLICE_ROWS = 16_384

/** A group whose bytes are there. */
export interface OpenGroup {
  readonly group: ForeignGroup
  readonly bytesOf: (chunk: Chunk) => Uint8Array
}

/**
 * Some columns of a group, a slice of rows after the other. Before anything is decoded, the pages of all columns must
 * hold as many rows as each other, and no fewer than the footer says; more are read, as they are there.
 */
export const readSlices = function*(
  { bytesOf, group }: OpenGroup,
  meanings: ReadonlyArray<readonly [ColumnName, Meaning]>,
  work: Work
): Generator<{ readonly rows: number; readonly columns: ReadonlyArray<Numbers> }> {
  let rows: number | undefined
  for (const [name, chunk] of group.columns) {
    const count = countValues(chunk, bytesOf(chunk), group.rows, work)
    if (count < group.rows || count !== (rows ?? count)) {
      throw new RangeError(`a row group says ${group.rows} rows, and its column ${name} holds ${count}`)
    }
    rows = count
  }
  const readers = meanings.map(([name, meaning]) => {
    const chunk = group.columns.get(name)
    if (chunk === undefined) throw new RangeError(`a row group has no column ${name}`)
    return new ColumnReader(chunk, meaning, bytesOf(chunk), group.rows, work)
  })
  for (let left = rows ?? 0; left > 0;) {
    const count = Math.min(left, SLICE_ROWS)
    yield { rows: count, columns: readers.map((reader) => reader.read(count)) }
    left -= count
  }
  for (const reader of readers) reader.finish()
}

export const elementOf = ({ elements }: ForeignFile, name: ColumnName): Element => {
  const element = elements.get(name)
  if (element === undefined) throw new RangeError(`the object has no column ${name}`)
  return element
}
