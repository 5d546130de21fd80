/**
 * JSON as bytes: the characters that structure a page, and where its texts and fields are.
 */
import type { Held } from "./buffer.ts"

export const QUOTE = 34
export const COMMA = 44
export const COLON = 58
export const OPEN_LIST = 91
export const BACKSLASH = 92
export const CLOSE_LIST = 93
export const OPEN = 123
export const CLOSE = 125

const isBlank = (byte: number | undefined): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9

/** The first place from `from` on that is no white space. */
export const skipBlank = (bytes: Uint8Array, from: number): number => {
  let at = from
  while (isBlank(bytes[at])) at++
  return at
}

/** The place of the quote that ends the text whose first character is at `from`; -1 if there is none below `limit`. */
export const endOfText = (bytes: Uint8Array, from: number, limit: number): number => {
  for (let at = from; at < limit; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at++
  }
  return -1
}

/** The fields of a row, as bits. */
export const NAME = 1
export const VALUE = 2
export const TIME = 4

/** `name`, `valu` and `time`, as words of four bytes. */
const NAME_WORD = 0x656d616e
const VALU_WORD = 0x756c6176
const TIME_WORD = 0x656d6974
const LOWER_E = 101

/** The field whose name begins at `at` and ends with a quote; 0 for any other text. */
export const fieldAt = ({ bytes, length, view }: Held, at: number): number => {
  if (at + 6 > length) return 0
  const word = view.getInt32(at, true)
  const next = bytes[at + 4]
  if (word === VALU_WORD) return next === LOWER_E && bytes[at + 5] === QUOTE ? VALUE : 0
  if (next !== QUOTE) return 0
  return word === NAME_WORD ? NAME : word === TIME_WORD ? TIME : 0
}
