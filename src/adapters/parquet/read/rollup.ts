/**
 * Hourly rollups read back.
 */
import { type RollupField, rollupOfSome } from "../../../domain/answers/rollup.ts"
import { decodeRepeats, decodeTexts, openTimestamps, openValues, walkPages } from "./pages.ts"
import { type NamedRollup, ROLLUP_COLUMNS } from "../format/rollup-schema.ts"

/**
 * The rollup of the point that a head and its span hold, with only those columns inflated that are wanted. Throws where
 * the bytes are not what the index says.
 */
export const decodeRollup = (head: Uint8Array, span: Uint8Array, fields: ReadonlyArray<RollupField>): NamedRollup => {
  const [, , dictionary, repeats] = [...walkPages(head)]
  if (dictionary === undefined || repeats === undefined) throw new RangeError("a group has no names")
  const [point, ...others] = decodeTexts(dictionary)
  const [rows, ...more] = decodeRepeats(repeats)
  if (point === undefined || rows === undefined || others.length + more.length > 0) {
    throw new RangeError("a group of hours holds not one point")
  }
  const pages = [...walkPages(span)]
  if (pages.length !== ROLLUP_COLUMNS.length) throw new RangeError(`${pages.length} columns of hours`)
  const rollup = rollupOfSome(fields, (wanted) => {
    const i = ROLLUP_COLUMNS.findIndex(({ field }) => field === wanted)
    const page = pages[i]
    if (page === undefined || page.rows !== rows) throw new RangeError(`hours of ${JSON.stringify(point)} are cut`)
    const column = new Float64Array(rows)
    const read = ROLLUP_COLUMNS[i]?.integers === true ? openTimestamps : openValues
    const opened = read(page)
    opened.copy(0, rows, column, 0)
    opened.close()
    return column
  })
  return { point, ...rollup }
}
