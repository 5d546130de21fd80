/**
 * Hourly rollups, read.
 */
import { type PointRollup, type RollupField, rollupOfSome } from "../../../domain/answers/rollup.ts"
import { lengthOfPages, openTimestamps, openValues, walkPages } from "./pages.ts"
import { openTexts, readTextPages, textsOf } from "./texts.ts"
import { ROLLUP_COLUMNS } from "../format/rollup-schema.ts"

/**
 * The rollup of the point of a head and its span. Decompresses only the wanted columns; the others are empty. Throws
 * where the bytes are not what the index says.
 */
export const decodeRollup = (head: Uint8Array, span: Uint8Array, fields: ReadonlyArray<RollupField>): PointRollup => {
  const texts = openTexts(readTextPages(head, lengthOfPages(readTextPages(head, 0))))
  const [point, ...others] = textsOf(texts)
  const [rows, ...more] = texts.repeats
  if (point === undefined || rows === undefined || others.length + more.length > 0) {
    throw new RangeError("a row group of hours has more or less than one point")
  }
  const pages = [...walkPages(span)]
  if (pages.length !== ROLLUP_COLUMNS.length) {
    throw new RangeError(`${pages.length} columns of hours, not ${ROLLUP_COLUMNS.length}`)
  }
  const rollup = rollupOfSome(fields, (wanted) => {
    const i = ROLLUP_COLUMNS.findIndex(({ field }) => field === wanted)
    const page = pages[i]
    if (page === undefined || page.rows !== rows) throw new RangeError(`hours of ${JSON.stringify(point)} are missing`)
    const column = new Float64Array(rows)
    const read = ROLLUP_COLUMNS[i]?.integers === true ? openTimestamps : openValues
    const opened = read(page)
    opened.copy(0, rows, column, 0)
    opened.close()
    return column
  })
  return { point, ...rollup }
}
