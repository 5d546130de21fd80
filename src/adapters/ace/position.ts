/**
 * How far a stream of pages has come, and whether it still advances.
 */
import { Option, Result } from "effect"
import { StalledCursor } from "../../ports/SampleSource.ts"
import { type AceCursor, advances, decodeCursor, encodeCursor, repairCursor } from "./cursor.ts"
import type { AcePage } from "./page/page-reader.ts"

/**
 * After so many pages in a row without a row of the window the server is taken to send pages for ever. They are more
 * than the rows of one instant fill, which a server that includes the end of a window sends after its last sample.
 */
const MAX_IDLE_PAGES = 500

export interface Position {
  /** The cursor to send; null for the first page. */
  readonly text: string | null
  /** The same, decoded; null where it cannot be decoded. */
  readonly cursor: AceCursor | null
  /** Pages so far, and cursors that could not be decoded. The stream must not come to one of them again. */
  readonly seen: Set<string>
  /** The rows so far at the time of the cursor, as hashes. */
  readonly atCursor: ReadonlySet<number>
  /** Pages since the last one with a row of the window. */
  readonly idle: number
}

export const startPosition = (): Position => ({
  text: null,
  cursor: null,
  seen: new Set(),
  atCursor: new Set(),
  idle: 0
})

/** False where the text was in the set before. */
const addTo = (seen: Set<string>, text: string): boolean => {
  const { size } = seen
  return seen.add(text).size > size
}

/** The position after a page: none after the last. Fails where the cursor does not advance. */
export const nextPosition = (
  position: Position,
  answer: AcePage
): Result.Result<Option.Option<Position>, StalledCursor> => {
  const returned = answer.nextCursor
  if (returned === null) return Result.succeedNone
  const stalled = Result.fail(new StalledCursor({ cursor: returned }))
  const { seen } = position
  const idle = answer.isInside ? 0 : position.idle + 1
  const fingerprint = answer.fingerprint()
  if (idle > MAX_IDLE_PAGES || (fingerprint !== null && !addTo(seen, `page ${fingerprint}`))) return stalled
  const decoded = decodeCursor(returned)
  if (Option.isNone(decoded)) {
    const isNew = addTo(seen, `cursor ${returned}`)
    return isNew ? Result.succeedSome({ text: returned, cursor: null, seen, atCursor: new Set(), idle }) : stalled
  }
  const { timestamp } = decoded.value
  const before = position.cursor?.timestamp === timestamp ? position.atCursor : new Set<number>()
  const rows = answer.rowsAt(timestamp)
  // A page may repeat rows of the one before: they must not count twice.
  const fresh = rows.filter((row) => !before.has(row)).length
  const cursor = repairCursor(decoded.value, position.cursor, fresh === 0 ? rows.length : fresh)
  return advances(cursor, position.cursor)
    ? Result.succeedSome({ text: encodeCursor(cursor), cursor, seen, atCursor: new Set([...before, ...rows]), idle })
    : stalled
}
