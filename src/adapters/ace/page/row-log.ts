/**
 * What a page's cursor is checked by: which rows it had, and at which times.
 */
import { releaseView } from "../../../domain/samples/memory.ts"
import { hashDoubles } from "./hash.ts"

export interface RowLog {
  /** Adds a row by the hashes of its name and time, and its value. */
  readonly add: (name: number, value: number, time: number) => void
  /** Hashes of the rows with this time, given as the hash of its bytes. */
  readonly at: (time: number) => ReadonlyArray<number>
  readonly count: () => number
  /** Differs between two pages, but not between a page and its repetition; null where there are no rows. */
  readonly fingerprint: () => string | null
  /** Frees its memory. **Gotchas** It may not be asked for anything after that. */
  readonly free: () => void
}

/** Doubles of a row: name, value, time. */
const WIDTH = 3

export const makeRowLog = (): RowLog => {
  let rows = new Float64Array(1_024 * WIDTH)
  let length = 0
  return {
    add: (name, value, time) => {
      if (length === rows.length) rows = new Float64Array(rows.buffer.transfer(rows.byteLength * 2))
      rows[length] = name
      rows[length + 1] = value
      rows[length + 2] = time
      length += WIDTH
    },
    at: (time) => {
      const found: Array<number> = []
      for (let i = 0; i < length; i += WIDTH) if (rows[i + 2] === time) found.push(hashDoubles(rows, i, i + WIDTH))
      return found
    },
    count: () => length / WIDTH,
    fingerprint: () => length === 0 ? null : `${length / WIDTH} ${hashDoubles(rows, 0, length)}`,
    free: () => releaseView(rows)
  }
}
