/**
 * What an object says of itself, as texts: in its footer, and in the metadata of the store that keeps it.
 */
import { Option, Schema } from "effect"
import { Base64 } from "effect/encoding"
import type { OwnObject } from "../../../domain/tiers/catalog.ts"
import { formatDay } from "../../../domain/time/calendar.ts"
import { FORMAT_KEY, FORMAT_VERSION, FORMAT_VERSIONS, INDEX_KEY } from "./schema.ts"

/** What an object of samples or hours holds. */
export type Content = Pick<OwnObject, "rows" | "points" | "firstTimestamp" | "lastTimestamp" | "checksum">

/** Everything of an `OwnObject` that its place in the store does not say. */
export type Description = Content & Pick<OwnObject, "generation" | "source" | "writtenBy">

/** Makes the key-value metadata of a footer, the index included. */
export type Describe = (content: Content, index: Uint8Array) => Readonly<Record<string, string>>

const Texts = Schema.Struct({
  [FORMAT_KEY]: Schema.Literals(FORMAT_VERSIONS),
  generation: Schema.NumberFromString.check(Schema.isInt(), Schema.isGreaterThan(0)),
  rows: Schema.NumberFromString.check(Schema.isInt()),
  points: Schema.NumberFromString.check(Schema.isInt()),
  firstTimestamp: Schema.NumberFromString.check(Schema.isInt()),
  lastTimestamp: Schema.NumberFromString.check(Schema.isInt()),
  checksum: Schema.String.check(Schema.isPattern(/^[0-9a-f]{16}$/)),
  source: Schema.Literals(["archival", "backfill", "adopted"]),
  run: Schema.String
})

const decode = Schema.decodeUnknownOption(Texts)

/** None where the text is malformed, as other tools may leave it. */
const decodeRun = Option.liftThrowable(decodeURIComponent)

export const describeObject = (object: Description): Record<string, string> => ({
  [FORMAT_KEY]: String(FORMAT_VERSION),
  generation: String(object.generation),
  rows: String(object.rows),
  points: String(object.points),
  firstTimestamp: String(object.firstTimestamp),
  lastTimestamp: String(object.lastTimestamp),
  checksum: object.checksum,
  source: object.source,
  // Object stores send metadata as headers, which are ASCII.
  run: encodeURIComponent(object.writtenBy)
})

/** None where our writer did not write the texts, or wrote them in a format that this code cannot read. */
export const parseDescription = (texts: Readonly<Record<string, string | undefined>>): Option.Option<Description> =>
  Option.flatMap(decode(texts), ({ [FORMAT_KEY]: _, run, ...rest }) =>
    Option.map(decodeRun(run), (writtenBy) => ({ ...rest, writtenBy })))

/** The key-value metadata of the footer: the description, the partition and the index. */
export const footerTexts = (object: Description & Pick<OwnObject, "site" | "day">, index: Uint8Array) => ({
  ...describeObject(object),
  site: object.site,
  day: formatDay(object.day),
  [INDEX_KEY]: Base64.encode(index)
})
