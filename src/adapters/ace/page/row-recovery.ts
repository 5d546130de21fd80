/**
 * Rows that are not plain, and rows that are not JSON: one bad row costs one row. A page may hold a bare `NaN`, a
 * number or a text that JSON refuses, or end in the middle of a row.
 */
import type { Held } from "./buffer.ts"
import {
  CLOSE,
  CLOSE_LIST,
  COMMA,
  endOfText,
  fieldAt,
  OPEN,
  OPEN_LIST,
  QUOTE,
  skipBlank
} from "./bytes.ts"

/** No row is longer. An unbalanced quote would otherwise make a row of the rest of the page. */
export const MAX_ROW_BYTES = 16_384

const BARE_TOKENS = /"(?:[^"\\]|\\.)*"|-?(?:Infinity|NaN|inf|nan)\b/g

/** Just after the bracket that closes the one at `start`; -1 where there is none. */
const endOfNested = (bytes: Uint8Array, start: number, limit: number): number => {
  let depth = 0
  for (let at = start; at < limit; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      const end = endOfText(bytes, at + 1, limit)
      if (end < 0) return -1
      at = end
    } else if (byte === OPEN || byte === OPEN_LIST) depth++
    else if ((byte === CLOSE || byte === CLOSE_LIST) && --depth === 0) return at + 1
  }
  return -1
}

/** Just after the value at `start`; -1 where it has no end among the bytes, or is too long for a row. */
const endOfAny = ({ bytes, length }: Held, start: number, isLast: boolean): number => {
  const limit = Math.min(length, start + MAX_ROW_BYTES)
  const first = bytes[start]
  if (first === OPEN || first === OPEN_LIST) return endOfNested(bytes, start, limit)
  if (first === QUOTE) return endOfText(bytes, start + 1, limit) + 1 || -1
  for (let at = start + 1; at < limit; at++) {
    const byte = bytes[at]
    if (byte === COMMA || byte === OPEN || byte === CLOSE_LIST) return at
  }
  return isLast ? limit : -1
}

/**
 * Just after the value at `start`; -1 also where neither a comma nor a bracket follows it: quotes and brackets of a bad
 * row make values out of its pieces.
 */
export const endOfValue = (held: Held, start: number, isLast: boolean): number => {
  const end = endOfAny(held, start, isLast)
  if (end < 0) return -1
  const next = skipBlank(held.bytes, end)
  if (next >= held.length) return isLast ? end : -1
  return held.bytes[next] === COMMA || held.bytes[next] === CLOSE_LIST ? end : -1
}

/**
 * Whether the bracket at `at` closes the list: the end of the page follows it, or a field that no row has, and no row
 * after that. Null if more bytes must come first.
 */
export const closesList = (held: Held, at: number, isLast: boolean): boolean | null => {
  const { bytes, length } = held
  const next = skipBlank(bytes, at + 1)
  if (next < length && bytes[next] !== CLOSE && bytes[next] !== COMMA) return false
  if (!isLast && length - at < MAX_ROW_BYTES) return null
  const key = skipBlank(bytes, next + 1)
  if (key >= length) return true
  if (bytes[next] === CLOSE) return false
  return bytes[key] === QUOTE && fieldAt(held, key + 1) === 0 && nextRow(held, next, length) < 0
}

/** Where the next row begins that looks like one, from a comma at `from` or after it; -1 where there is none. */
export const nextRow = (held: Held, from: number, limit: number): number => {
  const { bytes } = held
  for (let comma = from; comma < limit; comma++) {
    if (bytes[comma] !== COMMA) continue
    const start = skipBlank(bytes, comma + 1)
    if (bytes[start] !== OPEN) continue
    const key = skipBlank(bytes, start + 1)
    if (bytes[key] === QUOTE && fieldAt(held, key + 1) !== 0) return start
  }
  return -1
}

/** Bare tokens that JSON does not know, as texts. */
export const quoteTokens = (text: string): string =>
  text.replace(BARE_TOKENS, (token) => token.startsWith("\"") ? token : `"${token}"`)

export interface Parsed {
  readonly value: unknown
  /** False where JSON does not know a token of it. */
  readonly isStrict: boolean
}

const tryParse = (text: string, isStrict: boolean): Parsed | null => {
  try {
    return { value: JSON.parse(text) as unknown, isStrict }
  } catch {
    return null
  }
}

/** Null for a text that no change of tokens makes JSON. */
export const parseLoosely = (text: string): Parsed | null => tryParse(text, true) ?? tryParse(quoteTokens(text), false)
