/**
 * What an object says of itself, as texts: in its footer, and in the metadata of the store that keeps it.
 */
import { Option, Schema } from "effect"
import type { ColdObject } from "../../../domain/tiers/catalog.ts"
import { formatDay } from "../../../domain/time/calendar.ts"
import { toBase64 } from "./base64.ts"
import { FORMAT_VERSION, INDEX_KEY } from "./schema.ts"

/** Everything of a `ColdObject` but what its place in the store says. */
export type Description = Pick<
  ColdObject,
  "generation" | "rows" | "points" | "firstTimestamp" | "lastTimestamp" | "checksum" | "source" | "writtenBy"
>

const Texts = Schema.Struct({
  format: Schema.Literal(String(FORMAT_VERSION)),
  generation: Schema.NumberFromString.check(Schema.isInt()),
  rows: Schema.NumberFromString.check(Schema.isInt()),
  points: Schema.NumberFromString.check(Schema.isInt()),
  firstTimestamp: Schema.NumberFromString.check(Schema.isInt()),
  lastTimestamp: Schema.NumberFromString.check(Schema.isInt()),
  checksum: Schema.String.check(Schema.isPattern(/^[0-9a-f]{16}$/)),
  source: Schema.Literals(["archival", "backfill", "adopted"]),
  run: Schema.String
})

const decode = Schema.decodeUnknownOption(Texts)

export const describeObject = (object: Description): Record<string, string> => ({
  format: String(FORMAT_VERSION),
  generation: String(object.generation),
  rows: String(object.rows),
  points: String(object.points),
  firstTimestamp: String(object.firstTimestamp),
  lastTimestamp: String(object.lastTimestamp),
  checksum: object.checksum,
  source: object.source,
  // Object stores carry metadata in headers, which hold ASCII.
  run: encodeURIComponent(object.writtenBy)
})

/** None where the texts are not ours, or of a format this code does not read. */
export const parseDescription = (texts: Readonly<Record<string, string | undefined>>): Option.Option<Description> =>
  Option.map(decode(texts), ({ format: _, run, ...rest }) => ({ ...rest, writtenBy: decodeURIComponent(run) }))

/** The key-value metadata of the footer: the description, the partition and the index. */
export const footerTexts = (object: Description & Pick<ColdObject, "site" | "day">, index: Uint8Array) => ({
  ...describeObject(object),
  site: object.site,
  day: formatDay(object.day),
  [INDEX_KEY]: toBase64(index)
})
