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

/** Longest site name in UTF-8 bytes: a key in R2 has 1,024, and that of a rollup some 60 besides the name. */
const MAX_SITE_BYTES = 900

/** Bytes of a text in UTF-8; it has no lone surrogates. */
const utf8Length = (text: string): number => {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // Each half of a surrogate pair stands for two of its four bytes.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3
  }
  return bytes
}

/**
 * Checks a site name. Object keys contain it, so it has at most {@link MAX_SITE_BYTES}, and may not be `.`, nor contain
 * `/`, `\` or `..`.
 */
export const parseSiteName = (name: string): Result.Result<string, InvalidName> => {
  const isPath = name === "." || name.includes("..")
  const reason = complaint(name) ??
    (/[/\\]/.test(name) ? "it contains a slash" : isPath ? "it is . or contains .." : undefined) ??
    (utf8Length(name) > MAX_SITE_BYTES ? `it is longer than ${MAX_SITE_BYTES} bytes` : undefined)
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
