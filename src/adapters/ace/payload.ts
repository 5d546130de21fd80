/**
 * Reads ACE's answers: pages of samples, pages of points, and error messages.
 */
import { Result, Schema } from "effect"
import { makeInstantReader } from "../../domain/time/instant-reader.ts"
import type { SourcePage } from "../../domain/samples/page.ts"
import { makePageBuilder } from "../../domain/samples/page-builder.ts"
import { contains, type Window } from "../../domain/time/window.ts"
import type { SourcePoint } from "../../ports/SampleSource.ts"

export interface AcePage {
  readonly page: SourcePage
  /** Null on the last page. */
  readonly nextCursor: string | null
  /** How many rows have this `time` text. */
  readonly rowsAt: (time: string) => number
  /** Whether any row is inside the window. */
  readonly isInside: boolean
  /** Differs between two pages, but not between a page and its repetition; null where the page has no rows. */
  readonly fingerprint: () => string | null
}

interface Row {
  readonly name?: unknown
  readonly value?: unknown
  readonly time?: unknown
}

const excerpt = (text: string): string => JSON.stringify(text.slice(0, 80))

/** Reads JSON; the failure says what is there instead. */
export const readJson = (text: string): Result.Result<unknown, string> =>
  Result.try({
    try: (): unknown => JSON.parse(text),
    catch: () =>
      text === ""
        ? "the answer is empty"
        : `the answer is not JSON: ${text.length} characters, ${excerpt(text)} … ${excerpt(text.slice(-20))}`
  })

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const textOf = (row: Row | null | undefined): string => `${row?.name} ${row?.value} ${row?.time}`

/** The first and the last row, and an FNV-1a hash of all rows in their order. */
const fingerprintOf = (rows: ReadonlyArray<Row | null>): string | null => {
  if (rows.length === 0) return null
  let h = 0x811c9dc5
  for (const row of rows) {
    const text = textOf(row)
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  }
  return `${rows.length} ${textOf(rows[0])} ${textOf(rows.at(-1))} ${h >>> 0}`
}

/** Reads a page of samples: `{point_samples: [{name, value, time}], next_cursor, has_more}`. */
export const readSamples = (
  window: Window,
  now: number,
  isSelected: (point: string) => boolean
) =>
(text: string): Result.Result<AcePage, string> =>
  Result.flatMap(readJson(text), (body): Result.Result<AcePage, string> => {
    if (!isRecord(body)) return Result.fail("the answer is not an object")
    const { has_more: more, next_cursor: cursor = null, point_samples: list } = body
    if (!Array.isArray(list)) return Result.fail("point_samples is not a list")
    if (typeof more !== "boolean") return Result.fail("has_more is not a boolean")
    if (cursor !== null && typeof cursor !== "string") return Result.fail("next_cursor is not a text")
    if (more && (cursor === null || cursor === "")) return Result.fail("has_more without a next_cursor")
    const rows = list as ReadonlyArray<Row | null>
    const readInstant = makeInstantReader()
    const builder = makePageBuilder(window, now, rows.length, isSelected)
    for (const row of rows) builder.add(row?.name, readInstant(row?.time), row?.value)
    return Result.succeed({
      page: builder.finish(),
      nextCursor: more ? cursor : null,
      rowsAt: (time) => rows.reduce((count, row) => row?.time === time ? count + 1 : count, 0),
      isInside: rows.some((row) => contains(window, readInstant(row?.time))),
      fingerprint: () => fingerprintOf(rows)
    })
  })

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

const property = (value: unknown): string | null =>
  typeof value === "string" && value !== "" && value !== UNKNOWN_PROPERTY ? value : null

/**
 * A point needs only a name. What else is missing or malformed is left out, and the point is collected all the same.
 */
const readPoint = (item: typeof Item.Type): SourcePoint | null => {
  const { bacnet_data: bacnet, collect_enabled: collected, collect_interval: interval, marker_tags: tags, name } = item
  const properties = isRecord(bacnet) ? bacnet : {}
  return typeof name !== "string" ? null : {
    name,
    unit: property(properties["object_units"]),
    device: property(properties["device_name"]),
    description: property(properties["object_name"]),
    intervalSeconds: typeof interval === "number" ? interval : null,
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [],
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

/** Reads a page of points: `{items, pages, total}`. */
export const readPoints = (text: string): Result.Result<AcePoints, string> =>
  Result.flatMap(readJson(text), (body) =>
    Result.mapBoth(decodePoints(body), {
      onFailure: (issue) => `the points are not as the API promises: ${String(issue).slice(0, 200)}`,
      onSuccess: ({ items, pages = null, per_page: perPage = null, total = null }) => {
        const points = items.map(readPoint).filter((point) => point !== null)
        return { points, listed: items.length, nameless: items.length - points.length, pages, perPage, total }
      }
    }))

/** The `message` in the body of an error; an excerpt of the body where it has none. */
export const readMessage = (text: string): string => {
  const body = Result.getOrElse(readJson(text), () => undefined)
  return isRecord(body) && typeof body["message"] === "string" ? body["message"].slice(0, 200) : excerpt(text)
}
