/**
 * Values as sources spell them: numbers, decimal texts, booleans, and the many spellings of "no value".
 */
import type { DropReason } from "./page.ts"

/** Texts that are not numbers: the value that they stand for, or why they have none. */
const SPELLED: ReadonlyMap<string, number | DropReason> = new Map<string, number | DropReason>([
  ["true", 1],
  ["false", 0],
  ["nan", "nan"],
  ["inf", "infinite"],
  ["+inf", "infinite"],
  ["-inf", "infinite"],
  ["infinity", "infinite"],
  ["+infinity", "infinite"],
  ["-infinity", "infinite"],
  ["null", "null"]
])

const readText = (text: string): number | DropReason => {
  const value = Number(text)
  // `Number` also reads "" and white space as 0, and accepts 0x, 0b and 0o.
  if (Number.isFinite(value) && text.charCodeAt(0) > 32) {
    const second = text.charCodeAt(1) | 32
    return second === 120 || second === 98 || second === 111 ? "text" : value
  }
  if (value === Infinity || value === -Infinity) return "infinite"
  const trimmed = text.trim()
  if (trimmed !== text && trimmed !== "") return readText(trimmed)
  return SPELLED.get(trimmed.toLowerCase()) ?? "text"
}

/**
 * Reads a value as a source gives it: a number, a decimal text, or a boolean or its text, which become 1 or 0.
 *
 * @returns the finite double, or the reason why the row has to be dropped
 */
export const readValue = (value: unknown): number | DropReason => {
  if (typeof value === "string") return readText(value)
  if (typeof value === "number") return Number.isFinite(value) ? value : Number.isNaN(value) ? "nan" : "infinite"
  if (typeof value === "boolean") return value ? 1 : 0
  return value === null || value === undefined ? "null" : "text"
}
