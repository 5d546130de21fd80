/**
 * ACE's answers as JSON. Every text in them is cleaned of the API key here, before anything else sees it.
 */
import { Result } from "effect"
import { type Clean, unescapeText } from "./cleaner.ts"

const MOST_CHARS = 80

/** The beginning of a text, as JSON, without the key: it is cleaned before it is cut. */
export const excerpt = (text: string, clean: Clean): string =>
  JSON.stringify(clean(unescapeText(clean(text))).slice(0, MOST_CHARS))

/** Parses JSON, with every text cleaned. Throws a `SyntaxError` where it is not JSON. */
export const parseClean = (text: string, clean: Clean): unknown =>
  // Only escapes can hide the key from a search of the whole text.
  text.includes("\\") || clean(text) !== text
    ? JSON.parse(text, (_, value: unknown) => typeof value === "string" ? clean(value) : value)
    : JSON.parse(text)

/** What to say of an answer of so many bytes that is not JSON; `text` is it, or what is around its rows. */
export const notJson = (bytes: number, text: string, clean: Clean): string => {
  if (bytes === 0) return "the answer is empty"
  const end = clean(unescapeText(clean(text))).slice(-20)
  return `the answer is not JSON: ${bytes} bytes, ${excerpt(text, clean)} … ${JSON.stringify(end)}`
}

/** Reads JSON; the failure says what is there instead. */
export const readJson = (text: string, clean: Clean): Result.Result<unknown, string> =>
  Result.try({
    try: () => parseClean(text, clean),
    catch: () => notJson(new TextEncoder().encode(text).length, text, clean)
  })

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
