/**
 * Which texts may name a site or a point, and the one order in which points are kept.
 */
import { Result, Schema } from "effect"

/** Longest name, in UTF-16 code units. */
export const MAX_NAME_LENGTH = 1_024

/** A text that may not name a site or a point. */
export class InvalidName extends Schema.TaggedError<InvalidName>()("InvalidName", {
  kind: Schema.Literals(["site", "point"]),
  text: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${JSON.stringify(this.text)} is not a ${this.kind} name: ${this.reason}`
  }
}

// C0 and C1 control characters, and lone surrogates, which UTF-8 cannot carry.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
const LONE_SURROGATE = /\p{Surrogate}/u

const complaint = (name: string): string | undefined => {
  if (name.trim() === "") return "it is empty"
  if (name.length > MAX_NAME_LENGTH) return `it is longer than ${MAX_NAME_LENGTH} characters`
  if (CONTROL.test(name)) return "it holds a control character"
  if (LONE_SURROGATE.test(name)) return "it holds half a surrogate pair"
  return undefined
}

/** A point name is matched exactly, case and spaces included; it may hold `/`. */
export const parsePointName = (name: string): Result.Result<string, InvalidName> => {
  const reason = complaint(name)
  return reason === undefined
    ? Result.succeed(name)
    : Result.fail(new InvalidName({ kind: "point", text: name.slice(0, 100), reason }))
}

/** A site name becomes part of object keys, so it may not hold `/` or `\` and may not be `.` or hold `..`. */
export const parseSiteName = (name: string): Result.Result<string, InvalidName> => {
  const reason = complaint(name) ??
    (/[/\\]/.test(name) ? "it holds a slash" : name === "." || name.includes("..") ? "it holds a path step" : undefined)
  return reason === undefined
    ? Result.succeed(name)
    : Result.fail(new InvalidName({ kind: "site", text: name.slice(0, 100), reason }))
}

/**
 * The order of points in every store: by Unicode code point, which is the order of the UTF-8 bytes that SQLite and
 * Parquet compare.
 *
 * **Gotchas** Not JavaScript's `<`, which puts U+1F600 before U+FF5E.
 */
export const comparePoints = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const xSurrogate = x >= 0xd800 && x < 0xe000
    const ySurrogate = y >= 0xd800 && y < 0xe000
    return xSurrogate === ySurrogate ? x - y : xSurrogate ? 1 : -1
  }
  return a.length - b.length
}
