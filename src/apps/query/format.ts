/**
 * The formats of an answer, and which one a request wants.
 */
export type Format = "json" | "ndjson" | "csv" | "parquet"

export const CONTENT_TYPES: { readonly [K in Format]: string } = {
  json: "application/json",
  ndjson: "application/x-ndjson",
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet"
}

const byContentType = new Map(Object.entries(CONTENT_TYPES).map(([format, type]) => [type, format as Format]))

/** The format of an `Accept` header that weighs most, the earlier of equals; json where it names none of them. */
export const formatOfAccept = (accept: string | undefined): Format => {
  let best: Format = "json"
  let weight = 0
  for (const part of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase())
    const format = byContentType.get(type)
    const q = Number(parameters.find((text) => text.startsWith("q="))?.slice(2) ?? 1)
    if (format !== undefined && q > weight) {
      best = format
      weight = q
    }
  }
  return best
}
