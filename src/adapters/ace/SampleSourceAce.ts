/**
 * `SampleSource` on the ACE Flightdeck API.
 *
 * **Gotchas** ACE cannot filter by point: with `configured`, the rows of other points are fetched too and left out. The
 * list of configured points is fetched again every 15 minutes.
 */
import { Cache, Clock, Effect, Exit, Layer, Result, Stream } from "effect"
import type { HttpClient } from "effect/http"
import { CircuitBreaker } from "effect/persistence"
import { formatInstant } from "../../domain/time/instant.ts"
import { parseSiteName } from "../../domain/samples/names.ts"
import { isEmpty, type Window } from "../../domain/time/window.ts"
import type { JobState } from "../../ports/JobState.ts"
import { RequestRefused, SampleSource, SampleSourceError, Transient } from "../../ports/SampleSource.ts"
import { type InvalidPageSize, pageSizeFor } from "./page-size.ts"
import { makePageReader } from "./page/page-reader.ts"
import { fetchPoints } from "./points.ts"
import { nextPosition, type Position, startPosition } from "./position.ts"
import { makeRequests, type RequestOptions } from "./requests.ts"

export interface AceOptions extends RequestOptions {
  /** The wanted number of rows in a page; the next larger one that ACE accepts is used. */
  readonly pageSize: number
  /** `configured` takes only the points with `collect_enabled`. */
  readonly pointSelection: "all" | "configured"
}

/** How long a list of configured points is used. */
const SELECTION_AGE = "15 minutes"

/**
 * Where the server refuses a cursor, the window is read again from its start, and the site does not count as unknown.
 */
const withoutCursor = (error: SampleSourceError): SampleSourceError => {
  const { operation, reason, site } = error
  if (reason._tag !== "RequestRefused" && reason._tag !== "UnknownSite") return error
  const refused = new Transient({ detail: `the cursor was refused: ${reason.detail}`, attempts: 1 })
  return new SampleSourceError({ operation, site, reason: refused })
}

const sitePath = (operation: string, site: string): Effect.Effect<string, SampleSourceError> => {
  if (Result.isSuccess(parseSiteName(site))) return Effect.succeed(`/sites/${encodeURIComponent(site)}`)
  const reason = new RequestRefused({ status: 0, detail: "not a site name" })
  return Effect.fail(new SampleSourceError({ operation, site, reason }))
}

/** What is read of a site, and which points of it. */
interface Selection {
  readonly site: string
  readonly window: Window
  readonly isSelected: (point: string) => boolean
}

const make = Effect.fnUntraced(function*(options: AceOptions) {
  const pageSize = yield* Effect.fromResult(pageSizeFor(options.pageSize))
  const request = yield* makeRequests(options)
  const list = options.pointSelection === "configured" ? "configured_points" : "points"

  const points = Effect.fn("SampleSourceAce.points")(function*(site: string) {
    return yield* fetchPoints(request, site, `${yield* sitePath("points", site)}/${list}`)
  })

  const readPage = Effect.fnUntraced(function*({ isSelected, site, window }: Selection, position: Position) {
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
      read: makePageReader({ window, now: yield* Clock.currentTimeMillis, isSelected })
    }).pipe(Effect.mapError((error) => position.text === null ? error : withoutCursor(error)))
    const next = yield* Effect.fromResult(nextPosition(position, answer)).pipe(
      Effect.mapError((reason) => new SampleSourceError({ operation: "pages", site, reason }))
    )
    answer.free()
    return [[answer.page], next] as const
  })

  const readPages = (selection: Selection) =>
    Stream.suspend(() => Stream.paginate(startPosition(), (position: Position) => readPage(selection, position)))

  /** The names of a site's configured points. */
  const selections = yield* Cache.makeWith(
    (site: string) => Effect.map(points(site), (found) => new Set(found.map(({ name }) => name))),
    { capacity: 1_000, timeToLive: (exit) => Exit.isSuccess(exit) ? SELECTION_AGE : 0 }
  )
  const readConfigured = (site: string, window: Window) =>
    Stream.unwrap(Effect.map(
      Cache.get(selections, site),
      (names) => names.size === 0 ? Stream.empty : readPages({ site, window, isSelected: (name) => names.has(name) })
    ))

  return SampleSource.of({
    points,
    pages: (site, window) => {
      if (isEmpty(window)) return Stream.empty
      return options.pointSelection === "all"
        ? readPages({ site, window, isSelected: () => true })
        : readConfigured(site, window)
    }
  })
})

/**
 * Build one for each isolate: it has the circuit breakers. The budget is shared between isolates through `JobState`.
 */
export const layer = (
  options: AceOptions
): Layer.Layer<SampleSource, InvalidPageSize, HttpClient.HttpClient | JobState> =>
  Layer.effect(SampleSource, make(options)).pipe(Layer.provide(CircuitBreaker.layerStoreMemory()))
