/**
 * Reads ACE's answers that are short: pages of points, and error messages.
 */
import { Result, Schema } from "effect"
import type { SourcePoint } from "../../ports/SampleSource.ts"
import { type BodyReader, readText } from "./body.ts"
import { type Clean, REDACTED } from "./cleaner.ts"
import { excerpt, isRecord, readJson } from "./json.ts"

const Count = Schema.optionalKey(Schema.NullOr(Schema.Int))
const Item = Schema.Record(Schema.String, Schema.Unknown)
const PointPage = Schema.Struct({
  items: Schema.Array(Item),
  pages: Count,
  per_page: Count,
  total: Count
})
const decodePoints = Schema.decodeUnknownResult(PointPage)

/** The text of a property that the device did not answer. */
const UNKNOWN_PROPERTY = "property: unknown-property"

/** Most characters of a description or a tag, and most tags of a point. */
const MAX_TEXT = 1_000
const MAX_TAGS = 100

const property = (value: unknown): string | null =>
  typeof value === "string" && value !== "" && value !== UNKNOWN_PROPERTY ? value.slice(0, MAX_TEXT) : null

const tagsOf = (tags: unknown): ReadonlyArray<string> =>
  Array.isArray(tags)
    ? tags.filter((tag) => typeof tag === "string").slice(0, MAX_TAGS).map((tag) => tag.slice(0, MAX_TEXT))
    : []

/**
 * A point needs only a name. What else is missing or malformed is left out, and the point is collected all the same.
 */
const readPoint = (item: typeof Item.Type): SourcePoint | null => {
  const { bacnet_data: bacnet, collect_enabled: collected, collect_interval: interval, marker_tags: tags, name } = item
  const properties = isRecord(bacnet) ? bacnet : {}
  return typeof name !== "string" || name.includes(REDACTED) ? null : {
    name,
    unit: property(properties["object_units"]),
    device: property(properties["device_name"]),
    description: property(properties["object_name"]),
    intervalSeconds: typeof interval === "number" ? interval : null,
    tags: tagsOf(tags),
    collected: collected !== false
  }
}

export interface AcePoints {
  readonly points: ReadonlyArray<SourcePoint>
  /** Items on the page, including those without a name. */
  readonly listed: number
  readonly nameless: number
  /** The number of pages, of points on a page, and of all points; null where the server does not say. */
  readonly pages: number | null
  readonly perPage: number | null
  readonly total: number | null
}

const decodePage = (text: string, clean: Clean): Result.Result<AcePoints, string> =>
  Result.flatMap(readJson(text, clean), (body) =>
    Result.mapBoth(decodePoints(body), {
      onFailure: (issue) => `the points are not as the API promises: ${String(issue).slice(0, 200)}`,
      onSuccess: ({ items, pages = null, per_page: perPage = null, total = null }) => {
        const points = items.map(readPoint).filter((point) => point !== null)
        return { points, listed: items.length, nameless: items.length - points.length, pages, perPage, total }
      }
    }))

/** Reads a page of points: `{items, pages, total}`. */
export const readPoints = (clean: Clean): BodyReader<AcePoints> => readText((text) => decodePage(text, clean))

/** The `message` in the body of an error; an excerpt of the body where it has none. */
export const readMessage = (text: string, clean: Clean): string => {
  const body = Result.getOrElse(readJson(text, clean), () => undefined)
  return isRecord(body) && typeof body["message"] === "string" ? body["message"].slice(0, 200) : excerpt(text, clean)
}
