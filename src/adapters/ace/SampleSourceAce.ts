/**
 * `SampleSource` on the ACE Flightdeck API.
 *
 * **Gotchas** ACE has no filter by point: with `configured`, the rows of other points are fetched and left out, as if
 * ACE had not sent them. Which points are configured is asked again every quarter of an hour.
 */
import { Cache, Clock, Effect, Exit, Layer, Option, Result, Schema, Stream } from "effect"
import type { HttpClient } from "effect/http"
import { CircuitBreaker } from "effect/persistence"
import { formatInstant } from "../../domain/time/instant.ts"
import { parsePointName, parseSiteName } from "../../domain/samples/names.ts"
import { isEmpty, type Window } from "../../domain/time/window.ts"
import type { JobState } from "../../ports/JobState.ts"
import {
  RequestRefused,
  SampleSource,
  SampleSourceError,
  type SourcePoint,
  StalledCursor,
  Transient
} from "../../ports/SampleSource.ts"
import { type AceCursor, advances, decodeCursor, encodeCursor, repairCursor } from "./cursor.ts"
import { type AcePage, readPoints, readSamples } from "./payload.ts"
import { makeRequests, type RequestOptions } from "./requests.ts"

/**
 * The page sizes of samples that ACE takes and an isolate can hold; any other is a 400. ACE also offers 300,000 and
 * 500,000, but a page of 100,000 rows is 16 MB of JSON and takes some 55 MB to read, of the 128 MB there are.
 */
export const PAGE_SIZES = [3, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000] as const

/** One page of points holds most sites; one of ACE's closed set. */
const POINTS_PER_PAGE = 5_000

export interface AceOptions extends RequestOptions {
  /** Rows a page that would suit; the smallest that ACE takes and that is not smaller is used. */
  readonly pageSize: number
  /** `configured` takes only the points with `collect_enabled`. */
  readonly pointSelection: "all" | "configured"
}

/** A wish that no page size fits. */
export class InvalidPageSize extends Schema.TaggedError<InvalidPageSize>()("InvalidPageSize", {
  pageSize: Schema.Number
}) {
  override get message() {
    return `page size ${this.pageSize}: expected a number from 1 to ${PAGE_SIZES.at(-1)}`
  }
}

/** The smallest page size of ACE's closed set that is not below the wish. */
export const pageSizeFor = (wish: number): Result.Result<number, InvalidPageSize> => {
  const size = wish >= 1 ? PAGE_SIZES.find((allowed) => allowed >= wish) : undefined
  return size === undefined ? Result.fail(new InvalidPageSize({ pageSize: wish })) : Result.succeed(size)
}

/** How long a selection is taken for current. */
const SELECTION_AGE = "15 minutes"

/**
 * Pages in a row, none with a row of the window, after which a server is taken to go on for ever: more than the rows of
 * one instant fill, with which a server that takes the end for inclusive closes a window.
 */
const MAX_IDLE_PAGES = 500

/** Where a stream of pages stands. */
interface Position {
  /** The cursor to send, null for the first page. */
  readonly text: string | null
  /** The same, where it is legible. */
  readonly cursor: AceCursor | null
  /** Cursors that were not legible and pages so far: grows with the stream, which never sees one of either twice. */
  readonly seen: Set<string>
  /** Pages since the last one with a row of the window. */
  readonly idle: number
}

export const startPosition = (): Position => ({ text: null, cursor: null, seen: new Set(), idle: 0 })

/** Takes a text in; false where it was there before. */
const addTo = (seen: Set<string>, text: string): boolean => {
  const { size } = seen
  return seen.add(text).size > size
}

/** The position behind a page; fails with the cursor that leads back to where it was, or on without end. */
export const nextPosition = (
  position: Position,
  answer: AcePage
): Result.Result<Option.Option<Position>, StalledCursor> => {
  const returned = answer.nextCursor
  if (returned === null) return Result.succeedNone
  const stalled = Result.fail(new StalledCursor({ cursor: returned }))
  const { seen } = position
  const idle = answer.isInside ? 0 : position.idle + 1
  const fingerprint = answer.fingerprint()
  if (idle > MAX_IDLE_PAGES || (fingerprint !== null && !addTo(seen, `page ${fingerprint}`))) return stalled
  const decoded = decodeCursor(returned)
  if (Option.isNone(decoded)) {
    return addTo(seen, `cursor ${returned}`) ? Result.succeedSome({ text: returned, cursor: null, seen, idle }) : stalled
  }
  const cursor = repairCursor(decoded.value, position.cursor, answer.rowsAt(decoded.value.timestamp))
  return advances(cursor, position.cursor) ? Result.succeedSome({ text: encodeCursor(cursor), cursor, seen, idle }) : stalled
}

/** A cursor that the server does not take any more costs the window, not the site: it is asked for anew. */
const withoutCursor = (error: SampleSourceError): SampleSourceError => {
  const { operation, reason, site } = error
  return reason._tag === "RequestRefused" || reason._tag === "UnknownSite"
    ? new SampleSourceError({ operation, site, reason: new Transient({ detail: `the cursor was refused: ${reason.detail}`, attempts: 1 }) })
    : error
}

const make = Effect.fnUntraced(function*(options: AceOptions) {
  const pageSize = yield* Effect.fromResult(pageSizeFor(options.pageSize))
  const request = yield* makeRequests(options)

  const sitePath = (operation: string, site: string): Effect.Effect<string, SampleSourceError> =>
    Result.isSuccess(parseSiteName(site))
      ? Effect.succeed(`/sites/${encodeURIComponent(site)}`)
      : Effect.fail(
        new SampleSourceError({ operation, site, reason: new RequestRefused({ status: 0, detail: "not a site name" }) })
      )

  const points = Effect.fn("SampleSourceAce.points")(function*(site: string) {
    const path = `${yield* sitePath("points", site)}/${
      options.pointSelection === "configured" ? "configured_points" : "points"
    }`
    const found = new Map<string, SourcePoint>()
    let listed = 0
    for (let page = 1;; page++) {
      const params = { page: String(page), per_page: String(POINTS_PER_PAGE) }
      const answer = yield* request({ operation: "points", site, path, params, read: readPoints })
      const before = found.size
      listed += answer.listed
      if (answer.nameless > 0) yield* Effect.logWarning("ACE lists points without a name", { site, points: answer.nameless })
      for (const point of answer.points) {
        if (Result.isSuccess(parsePointName(point.name))) found.set(point.name, point)
        else yield* Effect.logWarning("ACE lists a point whose name is not legal", { site, name: point.name })
      }
      // A server may put fewer points on a page than it was asked for; where it says nothing of them all, it says how many.
      const isLast = answer.pages !== null
        ? page >= answer.pages
        : answer.total !== null
        ? answer.listed === 0 || listed >= answer.total
        : answer.listed < (answer.perPage ?? POINTS_PER_PAGE)
      if (isLast) return [...found.values()]
      if (found.size === before) {
        const reason = new StalledCursor({ cursor: `page ${page}` })
        return yield* new SampleSourceError({ operation: "points", site, reason })
      }
    }
  })

  const readPage = Effect.fnUntraced(function*(
    site: string,
    window: Window,
    isSelected: (point: string) => boolean,
    position: Position
  ) {
    const answer = yield* request({
      operation: "pages",
      site,
      path: `${yield* sitePath("pages", site)}/timeseries/paginated`,
      params: {
        start_time: formatInstant(window.start),
        end_time: formatInstant(window.end),
        page_size: String(pageSize),
        raw_data: "true",
        ...(position.text === null ? {} : { cursor: position.text })
      },
      read: readSamples(window, yield* Clock.currentTimeMillis, isSelected)
    }).pipe(Effect.mapError((error) => position.text === null ? error : withoutCursor(error)))
    const next = yield* Effect.fromResult(nextPosition(position, answer)).pipe(
      Effect.mapError((reason) => new SampleSourceError({ operation: "pages", site, reason }))
    )
    return [[answer.page], next] as const
  })

  const allPages = (site: string, window: Window, isSelected: (point: string) => boolean) =>
    Stream.suspend(() => Stream.paginate(startPosition(), (position: Position) => readPage(site, window, isSelected, position)))

  /** The names of a site's configured points. */
  const selections = yield* Cache.makeWith(
    (site: string) => Effect.map(points(site), (found) => new Set(found.map(({ name }) => name))),
    { capacity: 1_000, timeToLive: (exit) => Exit.isSuccess(exit) ? SELECTION_AGE : 0 }
  )
  const selectedPages = (site: string, window: Window) =>
    Stream.unwrap(Effect.map(
      Cache.get(selections, site),
      (names) => names.size === 0 ? Stream.empty : allPages(site, window, (name) => names.has(name))
    ))

  return SampleSource.of({
    points,
    pages: (site, window) => {
      if (isEmpty(window)) return Stream.empty
      return options.pointSelection === "all" ? allPages(site, window, () => true) : selectedPages(site, window)
    }
  })
})

/**
 * Build it once an isolate: the circuit breaker is the layer's own. The budget is shared through `JobState`.
 */
export const layer = (
  options: AceOptions
): Layer.Layer<SampleSource, InvalidPageSize, HttpClient.HttpClient | JobState> =>
  Layer.effect(SampleSource, make(options)).pipe(Layer.provide(CircuitBreaker.layerStoreMemory()))
