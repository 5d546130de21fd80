/**
 * ACE's cursor: base64 of `{"offset": 1751, "timestamp": "2025-10-12T16:35:37.694434"}`. The next page starts at that
 * timestamp and skips `offset` rows of it.
 *
 * **Gotchas** The server counts only the rows of the page that it sends, and ignores the offset that it was given:
 * after a page of rows of one timestamp its cursor leads back to the same page. `repairCursor` adds the two offsets.
 */
import { Option, Schema } from "effect"

export interface AceCursor {
  readonly offset: number
  readonly timestamp: string
}

const Cursor = Schema.fromJsonString(
  Schema.Struct({ offset: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), timestamp: Schema.NonEmptyString })
)
const decodeJson = Schema.decodeUnknownOption(Cursor)

/** None for a cursor in another form, which can only be sent back as it is. */
export const decodeCursor = (text: string): Option.Option<AceCursor> =>
  /^[A-Za-z\d+/]+={0,2}$/.test(text) && text.length % 4 === 0 ? decodeJson(atob(text)) : Option.none()

/** JSON in ASCII: `btoa` takes no other characters. */
const asciiJson = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

export const encodeCursor = (cursor: AceCursor): string =>
  btoa(`{"offset": ${cursor.offset}, "timestamp": ${asciiJson(cursor.timestamp)}}`)

/**
 * The cursor with the right offset.
 *
 * @param returned the cursor that came with the page
 * @param incoming the cursor that the page was asked for with
 * @param rows how many rows of the page have the timestamp of `returned`, without those that a page before had, too
 */
export const repairCursor = (returned: AceCursor, incoming: AceCursor | null, rows: number): AceCursor => {
  const before = incoming?.timestamp === returned.timestamp ? incoming.offset : 0
  // Not more than was seen: to ask for a row twice is harmless, to skip one is not.
  return { timestamp: returned.timestamp, offset: rows === 0 ? Math.max(returned.offset, before) : before + rows }
}

/** Whether a cursor is after the one before it. Timestamps of one format sort as their texts do. */
export const advances = (next: AceCursor, before: AceCursor | null): boolean =>
  before === null || next.timestamp > before.timestamp ||
  (next.timestamp === before.timestamp && next.offset > before.offset)
