/**
 * Removes the API key from what the source says, in every form in which it may come back: a hostile or broken server
 * can answer it as a message, a cursor, or the name of a point.
 */
import { Base64 } from "effect/encoding"

/** Stands in place of the key. */
export const REDACTED = "<key>"

export type Clean = (text: string) => string

const encoder = new TextEncoder()

/** Base64 of a text that holds the key depends on what is around it: three alignments, each without its unsure ends. */
const base64Forms = (key: string): ReadonlyArray<string> =>
  [0, 1, 2].map((before) => {
    const bytes = encoder.encode("x".repeat(before) + key)
    const whole = Base64.encode(bytes.subarray(0, bytes.length - bytes.length % 3))
    return whole.slice(before === 0 ? 0 : 4)
  })

/** Shorter forms would be found in texts that have nothing to do with the key. */
const SHORTEST = 8

/** @param key the API key; a text without it is given back as it is */
export const makeClean = (key: string): Clean => {
  const whole = [key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)].filter((form) => form !== "")
  const partial = base64Forms(key).filter((form) => form.length >= SHORTEST)
  const forms = [...new Set([...whole, ...partial])]
  return (text) => forms.reduce((rest, form) => rest.includes(form) ? rest.replaceAll(form, REDACTED) : rest, text)
}

/** The escapes of JSON that may hide a key from a search, undone. */
export const unescapeText = (text: string): string =>
  text.replace(/\\u([0-9a-f]{4})|\\(.)/gi, (_, code: string | undefined, plain: string | undefined) =>
    code === undefined ? plain ?? "" : String.fromCharCode(Number.parseInt(code, 16)))
