/**
 * Pages that are not JSON, read row by row: one bad row costs one row. A page may hold a bare `NaN`, a number or a text
 * that JSON refuses, or end in the middle of a row.
 */

export interface Salvaged {
  /** The rows that could be read, as JSON values. */
  readonly rows: ReadonlyArray<unknown>
  /** The rows that could not, as they stand in the page. */
  readonly malformed: ReadonlyArray<string>
  /** The rest of the page as text, with an empty list of rows; null where the page ends within the list. */
  readonly rest: string | null
}

/** No row is longer. An unbalanced quote would otherwise make a row of the rest of the page. */
const MAX_ROW_CHARS = 8_192

const LIST = /"point_samples"\s*:\s*\[/
const NEXT_ROW = /,\s*\{\s*"(?:name|value|time)"/g
const BARE_TOKENS = /"(?:[^"\\]|\\.)*"|-?(?:Infinity|NaN|inf|nan)\b/g

/** Just after the brace that closes the one at `start`; -1 where there is none. */
const endOfRow = (text: string, start: number): number => {
  const limit = Math.min(text.length, start + MAX_ROW_CHARS)
  let depth = 0
  let isText = false
  for (let i = start; i < limit; i++) {
    const c = text[i]
    if (isText) {
      if (c === "\\") i++
      else if (c === "\"") isText = false
    } else if (c === "\"") isText = true
    else if (c === "{" || c === "[") depth++
    else if ((c === "}" || c === "]") && --depth === 0) return i + 1
  }
  return -1
}

/** Where the next row begins that looks like one; -1 where there is none. */
const nextRow = (text: string, from: number): number => {
  NEXT_ROW.lastIndex = from
  const match = NEXT_ROW.exec(text)
  return match === null ? -1 : match.index + match[0].indexOf("{")
}

/** Bare tokens that JSON does not know, as texts. */
const quoteTokens = (text: string): string =>
  text.replace(BARE_TOKENS, (token) => token.startsWith("\"") ? token : `"${token}"`)

const tryParse = (text: string): { readonly value: unknown } | null => {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return null
  }
}

const skipBlank = (text: string, from: number): number => {
  let at = from
  while (at < text.length && /[\s,]/.test(text[at] as string)) at++
  return at
}

/** Just after the value at `start`; -1 where it has no end. */
const endOfValue = (text: string, start: number): number => {
  const first = text[start]
  if (first === "{" || first === "[") return endOfRow(text, start)
  if (first === "\"") {
    for (let i = start + 1; i < Math.min(text.length, start + MAX_ROW_CHARS); i++) {
      if (text[i] === "\\") i++
      else if (text[i] === "\"") return i + 1
    }
    return -1
  }
  let at = start + 1
  while (at < text.length && !/[,{\]]/.test(text[at] as string)) at++
  return at
}

/** Null where the text has no list of rows. */
export const salvage = (text: string): Salvaged | null => {
  const list = LIST.exec(text)
  if (list === null) return null
  const first = list.index + list[0].length
  const rows: Array<unknown> = []
  const malformed: Array<string> = []
  for (let at = skipBlank(text, first); at < text.length; at = skipBlank(text, at)) {
    if (text[at] === "]") return { rows, malformed, rest: quoteTokens(text.slice(0, first) + text.slice(at)) }
    const end = endOfValue(text, at)
    const row = end < 0 ? "" : text.slice(at, end)
    const parsed = end < 0 ? null : tryParse(row) ?? tryParse(quoteTokens(row))
    if (parsed !== null) {
      rows.push(parsed.value)
      at = end
      continue
    }
    // A row with an unbalanced quote seems to hold those after it: the next that looks like one is taken for one.
    const next = nextRow(text, at + 1)
    if (end < 0 && next < 0) break
    const stop = next >= 0 && (end < 0 || next < end) ? next : end
    malformed.push(text.slice(at, stop))
    at = stop
  }
  return { rows, malformed, rest: null }
}
