/**
 * The formats of an answer, and the one that a request asks for.
 */
export type Format = "json" | "ndjson" | "csv" | "parquet"

export const CONTENT_TYPES: { readonly [K in Format]: string } = {
  json: "application/json",
  ndjson: "application/x-ndjson",
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet"
}

const formats = Object.keys(CONTENT_TYPES) as ReadonlyArray<Format>

/** Media ranges and their weights, in the order written; an invalid weight counts as 0. */
const readRanges = (accept: string): ReadonlyMap<string, number> =>
  new Map(accept.split(",").map((part) => {
    const [range = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase())
    const q = Number(parameters.find((text) => text.startsWith("q="))?.slice(2) ?? 1)
    return [range, q <= 1 ? Math.max(q, 0) : 0]
  }))

/**
 * The format with the highest weight in an `Accept` header, where the most specific range that covers a format counts
 * (RFC 9110). Of equal ones the first that the header names, or else the first of the table. JSON if it accepts none.
 */
export const formatOfAccept = (accept: string | undefined): Format => {
  const ranges = readRanges(accept ?? "")
  const weightOf = (type: string) =>
    ranges.get(type) ?? ranges.get(`${type.split("/", 1)[0]}/*`) ?? ranges.get("*/*") ?? 0
  const named = [...ranges.keys()].flatMap((range) => formats.filter((format) => CONTENT_TYPES[format] === range))
  let best: Format = "json"
  let most = 0
  for (const format of [...named, ...formats]) {
    const weight = weightOf(CONTENT_TYPES[format])
    if (weight > most) {
      best = format
      most = weight
    }
  }
  return best
}
