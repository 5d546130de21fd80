/**
 * Which texts may name a site or a point, and the order in which all stores keep points.
 */
import { Result, Schema } from "effect"

/** The longest name, in UTF-16 code units. */
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

/** Why a text may name neither a site nor a point; undefined where it may. */
const complaint = (name: string): string | undefined => {
  if (name.trim() === "") return "it is empty"
  if (name.length > MAX_NAME_LENGTH) return `it is longer than ${MAX_NAME_LENGTH} characters`
  if (CONTROL.test(name)) return "it contains a control character"
  if (LONE_SURROGATE.test(name)) return "it contains half a surrogate pair"
  return undefined
}

/** Checks a point name. It is always compared exactly, case and spaces included, and may contain `/`. */
export const parsePointName = (name: string): Result.Result<string, InvalidName> => {
  const reason = complaint(name)
  return reason === undefined
    ? Result.succeed(name)
    : Result.fail(new InvalidName({ kind: "point", text: name.slice(0, 100), reason }))
}

/** Checks a site name. Object keys contain it, so it may not be `.`, nor contain `/`, `\` or `..`. */
export const parseSiteName = (name: string): Result.Result<string, InvalidName> => {
  const isPath = name === "." || name.includes("..")
  const reason = complaint(name) ??
    (/[/\\]/.test(name) ? "it contains a slash" : isPath ? "it is . or contains .." : undefined)
  return reason === undefined
    ? Result.succeed(name)
    : Result.fail(new InvalidName({ kind: "site", text: name.slice(0, 100), reason }))
}

/**
 * Compares points in the order of every store: by Unicode code point. SQLite and Parquet compare UTF-8 bytes, which
 * gives the same order.
 *
 * **Gotchas** JavaScript's `<` differs: it puts U+1F600 before U+FF5E.
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
