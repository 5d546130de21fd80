/**
 * Reads ACE's answers: pages of samples, pages of points, and error messages.
 */
import { Result, Schema } from "effect"
import { makeInstantReader } from "../../domain/time/instant-reader.ts"
import type { SourcePage } from "../../domain/samples/page.ts"
import { makePageBuilder } from "../../domain/samples/page-builder.ts"
import { contains, type Window } from "../../domain/time/window.ts"
import type { SourcePoint } from "../../ports/SampleSource.ts"
import { type Clean, REDACTED } from "./cleaner.ts"
import { encodeCursor } from "./cursor.ts"
import { excerpt, isRecord, parseClean, readJson } from "./json.ts"
import { salvage } from "./salvage.ts"

export interface AcePage {
  readonly page: SourcePage
  /** Null on the last page. */
  readonly nextCursor: string | null
  /** The rows that have this `time` text, each as a text. */
  readonly rowsAt: (time: string) => ReadonlyArray<string>
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

/** A page of samples before its rows are judged. */
interface RawPage {
  readonly rows: ReadonlyArray<Row | null>
  /** Rows that could not be read, as they stand in the page. */
  readonly malformed: ReadonlyArray<string>
  readonly nextCursor: string | null
}

/** A point whose name holds the key is not stored: the key would be. */
const nameOf = (row: Row | null): unknown =>
  typeof row?.name === "string" && row.name.includes(REDACTED) ? null : row?.name

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

/** `{point_samples: [{name, value, time}], next_cursor, has_more}` */
const readBody = (body: unknown): Result.Result<RawPage, string> => {
  if (!isRecord(body)) return Result.fail("the answer is not an object")
  const { has_more: more, next_cursor: cursor = null, point_samples: list } = body
  if (!Array.isArray(list)) return Result.fail("point_samples is not a list")
  if (typeof more !== "boolean") return Result.fail("has_more is not a boolean")
  if (cursor !== null && typeof cursor !== "string") return Result.fail("next_cursor is not a text")
  if (more && (cursor === null || cursor === "")) return Result.fail("has_more without a next_cursor")
  return Result.succeed({ rows: list as ReadonlyArray<Row | null>, malformed: [], nextCursor: more ? cursor : null })
}

const rowsAt = (rows: ReadonlyArray<Row | null>, time: string): ReadonlyArray<string> =>
  rows.filter((row) => row?.time === time).map(textOf)

/** The page goes on after its last row. Where its own cursor cannot be read, asking again from there is safe. */
const cursorAfter = (rows: ReadonlyArray<Row | null>): string | null => {
  const time = rows.at(-1)?.time
  return typeof time === "string" ? encodeCursor({ timestamp: time, offset: rowsAt(rows, time).length }) : null
}

/** A page that is not JSON, row by row; null where it has nothing to go on with. */
const readBroken = (text: string, clean: Clean): RawPage | null => {
  const salvaged = salvage(text)
  if (salvaged === null) return null
  const rows = parseClean(JSON.stringify(salvaged.rows), clean) as ReadonlyArray<Row | null>
  const { malformed } = salvaged
  const rest = salvaged.rest === null
    ? null
    : Result.getOrElse(Result.flatMap(readJson(salvaged.rest, clean), readBody), () => null)
  if (rest !== null) return { ...rest, rows, malformed }
  const nextCursor = cursorAfter(rows)
  return nextCursor === null ? null : { rows, malformed, nextCursor }
}

/** Reads a page of samples. */
export const readSamples = (window: Window, now: number, isSelected: (point: string) => boolean) =>
(text: string, clean: Clean): Result.Result<AcePage, string> => {
  const json = readJson(text, clean)
  const broken = Result.isFailure(json) ? readBroken(text, clean) : null
  const raw = broken === null ? Result.flatMap(json, readBody) : Result.succeed(broken)
  return Result.map(raw, ({ malformed, nextCursor, rows }): AcePage => {
    const readInstant = makeInstantReader()
    const builder = makePageBuilder(window, now, rows.length, isSelected)
    for (const row of rows) builder.add(nameOf(row), readInstant(row?.time), row?.value)
    for (const row of malformed) builder.reject(excerpt(row, clean))
    return {
      page: builder.finish(),
      nextCursor,
      rowsAt: (time) => rowsAt(rows, time),
      isInside: rows.some((row) => contains(window, readInstant(row?.time))),
      fingerprint: () => fingerprintOf(rows)
    }
  })
}

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

/** Reads a page of points: `{items, pages, total}`. */
export const readPoints = (text: string, clean: Clean): Result.Result<AcePoints, string> =>
  Result.flatMap(readJson(text, clean), (body) =>
    Result.mapBoth(decodePoints(body), {
      onFailure: (issue) => `the points are not as the API promises: ${String(issue).slice(0, 200)}`,
      onSuccess: ({ items, pages = null, per_page: perPage = null, total = null }) => {
        const points = items.map(readPoint).filter((point) => point !== null)
        return { points, listed: items.length, nameless: items.length - points.length, pages, perPage, total }
      }
    }))

/** The `message` in the body of an error; an excerpt of the body where it has none. */
export const readMessage = (text: string, clean: Clean): string => {
  const body = Result.getOrElse(readJson(text, clean), () => undefined)
  return isRecord(body) && typeof body["message"] === "string" ? body["message"].slice(0, 200) : excerpt(text, clean)
}
