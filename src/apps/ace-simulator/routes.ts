/**
 * The routes of the simulated API, over the building that it serves.
 */
import { Result, Schema } from "effect"
import type { Columns } from "../../domain/samples/series.ts"
import type { Window } from "../../domain/time/window.ts"
import {
  badParameter,
  json,
  listPage,
  naiveTime,
  pointItems,
  readCursor,
  readPageSize,
  readWindow,
  writeCursor
} from "./answers.ts"
import type { PlacedPoint, SimulatedSite } from "./catalogue.ts"
import type { FaultDealer } from "./faults.ts"
import { type Cursor, type PageRows, readPage } from "./pages.ts"
import { type Gaps, truthOf } from "./samples.ts"
import { valueText } from "./values.ts"

/**
 * `buggy` forgets the incoming offset, as the real service does; `correct` does not; `opaque` is correct but illegible.
 */
export type CursorKind = "buggy" | "correct" | "opaque"

/** What the API serves, and how. */
export interface Service {
  readonly catalogue: ReadonlyMap<string, SimulatedSite>
  /** By full name. */
  readonly points: ReadonlyMap<string, PlacedPoint>
  readonly gaps: Gaps
  readonly dealer: FaultDealer
  readonly now: () => number
  readonly cursors: CursorKind
  /** Whether a sample at `end_time` itself is delivered. */
  readonly endInclusive: boolean
}

const decodeNames = Schema.decodeUnknownResult(
  Schema.fromJsonString(Schema.Struct({ points: Schema.Array(Schema.Struct({ name: Schema.String })) }))
)

const forbidden = () => json(403, { message: "You do not have permission to access this resource." })
const badWindow = () => badParameter("start_time", "start_time and end_time must be ISO 8601")

/** The good samples of a point that are visible at an instant. */
export const visibleSamples = ({ dealer, gaps }: Service, point: PlacedPoint, window: Window, at: number): Columns =>
  truthOf(point, window, at, gaps, dealer.current())

const STALLED = "stalled-cursor"

const nextCursor = (cursors: CursorKind, { next, rowsAtLast }: PageRows): string | null =>
  next === null ? null : writeCursor(
    { timestamp: next.timestamp, offset: cursors === "buggy" ? rowsAtLast : next.offset },
    cursors === "opaque"
  )

/** Null for the first page, undefined if the text is not a cursor. A stalled cursor leads to the first page again. */
const readAfter = (text: string | null): Cursor | null | undefined =>
  text === null || text === STALLED ? null : readCursor(text)

const paginated = (service: Service, siteName: string, query: URLSearchParams): Response => {
  const { catalogue, cursors, dealer, endInclusive, gaps, now } = service
  const site = catalogue.get(siteName)
  if (site === undefined) return forbidden()
  const window = readWindow(query)
  if (window === undefined) return badWindow()
  const pageSize = readPageSize(query)
  if (pageSize === undefined) return badParameter("page_size", "is not a valid choice")
  const after = readAfter(query.get("cursor"))
  if (after === undefined) return badParameter("cursor", "cannot be decoded")
  const raw = query.get("raw_data")?.toLowerCase() === "true"
  const page = readPage(site, { window, endInclusive, after, pageSize, raw }, now(), gaps, dealer.current())
  if (dealer.strikes("unordered")) page.rows.sort((a, b) => a.length - b.length || (a < b ? 1 : -1))
  const next = dealer.strikes("stalled") ? STALLED : nextCursor(cursors, page)
  const body = `{"point_samples": [${page.rows.join(", ")}], "next_cursor": ${JSON.stringify(next)}, ` +
    `"has_more": ${next !== null}}`
  const text = dealer.strikes("truncated") ? body.slice(0, Math.floor(body.length * 0.6)) : body
  return new Response(text, { headers: { "content-type": "application/json" } })
}

const samplesOf = (service: Service, names: ReadonlyArray<string>, query: URLSearchParams): Response => {
  const window = readWindow(query)
  if (window === undefined) return badWindow()
  const point_samples: Array<unknown> = []
  for (const name of names) {
    const placed = service.points.get(name)
    if (placed === undefined) return json(404, { message: "A database result was required but none was found." })
    const { timestamps, values } = visibleSamples(service, placed, window, service.now())
    timestamps.forEach((at, i) => {
      point_samples.push({ name, value: valueText(placed.point, values[i] as number), time: naiveTime(at) })
    })
  }
  return json(200, { point_samples })
}

const listPoints = ({ catalogue, dealer }: Service, siteName: string, configured: boolean, query: URLSearchParams) => {
  const site = catalogue.get(siteName)
  if (site === undefined) return forbidden()
  const none = configured && dealer.current().noConfiguredPoints === true
  return listPage(none ? [] : pointItems([site], configured), query)
}

/** @param path the parts of the path, decoded */
export const route = async (
  service: Service,
  request: Request,
  path: ReadonlyArray<string>,
  query: URLSearchParams
): Promise<Response> => {
  const [collection, name, kind, detail] = path
  const { catalogue } = service
  if (path.length === 1 && collection === "sites") {
    return listPage(Array.from(catalogue.values(), (site, id) => ({ id, name: site.name, client: site.client })), query)
  }
  if (path.length === 1 && collection === "points") return listPage(pointItems(catalogue.values(), false), query)
  if (collection === "sites" && name !== undefined) {
    if (kind === "points" || kind === "configured_points") {
      return listPoints(service, name, kind === "configured_points", query)
    }
    if (kind === "timeseries" && detail === "paginated") return paginated(service, name, query)
  }
  if (collection === "points" && name !== undefined && kind === "timeseries") return samplesOf(service, [name], query)
  if (collection === "points" && name === "get_timeseries" && request.method === "POST") {
    const body = decodeNames(await request.text())
    if (Result.isFailure(body)) return badParameter("points", "must be a list of {name}")
    return samplesOf(service, body.success.points.map((point) => point.name), query)
  }
  return json(404, { message: "The requested URL was not found on the server." })
}
