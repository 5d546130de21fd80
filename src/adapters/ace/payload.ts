/**
 * ACE's answers as the adapter needs them: pages of rows, pages of points, error messages.
 */
import { Result, Schema } from "effect"
import { makeInstantReader } from "../../domain/instantReader.ts"
import type { SourcePage } from "../../domain/page.ts"
import { makePageBuilder } from "../../domain/rows.ts"
import type { Window } from "../../domain/window.ts"
import type { SourcePoint } from "../../ports/SampleSource.ts"

export interface AcePage {
  readonly page: SourcePage
  /** Null on the last page. */
  readonly nextCursor: string | null
  /** How many rows have this `time` text. */
  readonly rowsAt: (time: string) => number
  /** Tells a repeated page from a new one. */
  readonly fingerprint: () => string
}

interface Row {
  readonly name?: unknown
  readonly value?: unknown
  readonly time?: unknown
}

const excerpt = (text: string): string => JSON.stringify(text.slice(0, 80))

/** Reads JSON; the failure says what stood there instead. */
export const readJson = (text: string): Result.Result<unknown, string> =>
  Result.try({
    try: (): unknown => JSON.parse(text),
    catch: () =>
      text === ""
        ? "the answer is empty"
        : `the answer is no JSON: ${text.length} characters, ${excerpt(text)} … ${excerpt(text.slice(-20))}`
  })

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Names, values and times of all rows in their order, through FNV-1a. */
const fingerprintOf = (rows: ReadonlyArray<Row | null>): string => {
  let h = 0x811c9dc5
  for (const row of rows) {
    const text = `${row?.name} ${row?.value} ${row?.time}`
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  }
  return `${rows.length}:${h >>> 0}`
}

/** Reads a page of samples: `{point_samples: [{name, value, time}], next_cursor, has_more}`. */
export const readSamples = (
  window: Window,
  now: number,
  isSelected: (point: string) => boolean
) =>
(text: string): Result.Result<AcePage, string> =>
  Result.flatMap(readJson(text), (body): Result.Result<AcePage, string> => {
    if (!isRecord(body)) return Result.fail("the answer is no object")
    const { has_more: more, next_cursor: cursor = null, point_samples: list } = body
    if (!Array.isArray(list)) return Result.fail("point_samples is no list")
    if (typeof more !== "boolean") return Result.fail("has_more is no boolean")
    if (cursor !== null && typeof cursor !== "string") return Result.fail("next_cursor is no text")
    if (more && (cursor === null || cursor === "")) return Result.fail("has_more, but no next_cursor")
    const rows = list as ReadonlyArray<Row | null>
    const readInstant = makeInstantReader()
    const builder = makePageBuilder(window, now, rows.length, isSelected)
    for (const row of rows) builder.add(row?.name, readInstant(row?.time), row?.value)
    return Result.succeed({
      page: builder.finish(),
      nextCursor: more ? cursor : null,
      rowsAt: (time) => rows.reduce((count, row) => row?.time === time ? count + 1 : count, 0),
      fingerprint: () => fingerprintOf(rows)
    })
  })

const Text = Schema.optionalKey(Schema.NullOr(Schema.Unknown))
const PointPage = Schema.Struct({
  items: Schema.Array(Schema.Struct({
    name: Schema.String,
    bacnet_data: Schema.optionalKey(
      Schema.NullOr(Schema.Struct({ object_name: Text, object_units: Text, device_name: Text }))
    ),
    marker_tags: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String))),
    collect_enabled: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
    collect_interval: Schema.optionalKey(Schema.NullOr(Schema.Finite))
  })),
  pages: Schema.optionalKey(Schema.NullOr(Schema.Int))
})
const decodePoints = Schema.decodeUnknownResult(PointPage)

/** A property the device did not answer holds this text. */
const UNKNOWN_PROPERTY = "property: unknown-property"

const property = (value: unknown): string | null =>
  typeof value === "string" && value !== "" && value !== UNKNOWN_PROPERTY ? value : null

export interface AcePoints {
  readonly points: ReadonlyArray<SourcePoint>
  /** Null where the server does not say. */
  readonly pages: number | null
}

/** Reads a page of points: `{items, pages}`. */
export const readPoints = (text: string): Result.Result<AcePoints, string> =>
  Result.flatMap(readJson(text), (body) =>
    Result.mapBoth(decodePoints(body), {
      onFailure: (issue) => `the points are not as promised: ${String(issue).slice(0, 200)}`,
      onSuccess: ({ items, pages }) => ({
        pages: pages ?? null,
        points: items.map((item) => ({
          name: item.name,
          unit: property(item.bacnet_data?.object_units),
          device: property(item.bacnet_data?.device_name),
          description: property(item.bacnet_data?.object_name),
          intervalSeconds: item.collect_interval ?? null,
          tags: item.marker_tags ?? [],
          collected: item.collect_enabled ?? true
        }))
      })
    }))

/** The `message` of an error's body, or an excerpt of the body where it has none. */
export const readMessage = (text: string): string => {
  const body = Result.getOrElse(readJson(text), () => undefined)
  return isRecord(body) && typeof body["message"] === "string" ? body["message"].slice(0, 200) : excerpt(text)
}
