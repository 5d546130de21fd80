/**
 * What is around the rows of a page: `{point_samples: […], next_cursor, has_more}`.
 */
import { Result } from "effect"
import type { Clean } from "../cleaner.ts"
import { isRecord, parseClean } from "../json.ts"
import type { Held } from "./buffer.ts"
import { CLOSE, CLOSE_LIST, COLON, endOfText, OPEN, OPEN_LIST, QUOTE, skipBlank } from "./bytes.ts"
import { quoteTokens } from "./row-recovery.ts"

export interface Envelope {
  /** Rows that stand where they were not looked for. */
  readonly rows: ReadonlyArray<unknown>
  /** Null on the last page. */
  readonly nextCursor: string | null
}

const LIST_KEY = new TextEncoder().encode("point_samples")

const isListKey = (bytes: Uint8Array, from: number, to: number): boolean =>
  to - from === LIST_KEY.length && LIST_KEY.every((byte, i) => bytes[from + i] === byte)

/** Just after the bracket that opens the list of rows; -1 if it is not there yet. */
export const findList = ({ bytes, length }: Held): number => {
  let depth = 0
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]
    if (byte === OPEN || byte === OPEN_LIST) depth++
    else if (byte === CLOSE || byte === CLOSE_LIST) depth--
    else if (byte === QUOTE) {
      const end = endOfText(bytes, at + 1, length)
      if (end < 0) return -1
      if (depth === 1 && isListKey(bytes, at + 1, end)) {
        const colon = skipBlank(bytes, end + 1)
        const list = skipBlank(bytes, colon + 1)
        if (bytes[colon] === COLON && bytes[list] === OPEN_LIST) return list + 1
      }
      at = end
    }
  }
  return -1
}

const readFields = (body: unknown): Result.Result<Envelope, string> => {
  if (!isRecord(body)) return Result.fail("the answer is not an object")
  const { has_more: more, next_cursor: cursor = null, point_samples: list } = body
  if (!Array.isArray(list)) return Result.fail("point_samples is not a list")
  if (typeof more !== "boolean") return Result.fail("has_more is not a boolean")
  if (cursor !== null && typeof cursor !== "string") return Result.fail("next_cursor is not a text")
  if (more && (cursor === null || cursor === "")) return Result.fail("has_more without a next_cursor")
  return Result.succeed({ rows: list, nextCursor: more ? cursor : null })
}

/** Null for a text that is not JSON. */
const tryRead = (text: string, clean: Clean): Result.Result<Envelope, string> | null => {
  try {
    return readFields(parseClean(text, clean))
  } catch {
    return null
  }
}

/**
 * Reads a page whose rows were taken out. Null for one that is not JSON. Where something in the page is not JSON,
 * nothing that it lacks counts: it may have been damaged.
 */
export const readEnvelope = (
  text: string,
  isStrict: boolean,
  clean: Clean
): Result.Result<Envelope, string> | null => {
  const strict = tryRead(text, clean)
  if (strict !== null && (isStrict || Result.isSuccess(strict))) return strict
  const loose = strict ?? tryRead(quoteTokens(text), clean)
  return loose !== null && Result.isSuccess(loose) ? loose : null
}
