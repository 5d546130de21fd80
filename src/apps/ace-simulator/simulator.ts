/**
 * The ACE API, simulated: a fetch handler over a seeded building, and the truth to compare a client's answers with.
 */
import { Result, Schema } from "effect"
import { type Columns, emptyColumns } from "../../domain/samples/series.ts"
import type { Window } from "../../domain/time/window.ts"
import {
  badParameter,
  html,
  json,
  listPage,
  naiveTime,
  pointItems,
  readCursor,
  readPageSize,
  readWindow,
  writeCursor
} from "./answers.ts"
import { buildCatalogue, type CatalogueOptions, type SimulatedDevice, type SimulatedPoint } from "./catalogue.ts"
import { Faults, makeFaultDealer } from "./faults.ts"
import { readPage } from "./pages.ts"
import { type Gaps, truthOf } from "./samples.ts"
import { valueText } from "./values.ts"

export interface SimulatorOptions extends Partial<CatalogueOptions>, Partial<Gaps> {
  /** The only bearer token it accepts; `ace-development-key` unless told. */
  readonly key?: string
  /** What time it is, ms: nothing later is visible. The machine's clock unless told. */
  readonly now?: () => number
  /** `buggy` forgets the incoming offset, as the service does; `correct` does not; `opaque` is correct but illegible. */
  readonly cursors?: "buggy" | "correct" | "opaque"
  /** Whether a sample at `end_time` itself is delivered. */
  readonly endInclusive?: boolean
  readonly faults?: Faults
}

export interface Simulator {
  readonly fetch: (request: Request) => Promise<Response>
  readonly sites: ReadonlyArray<string>
  /** The full names of a site's points, configured or not. */
  readonly points: (site: string) => ReadonlyArray<string>
  /** The good samples of a point in a half-open window that are visible now, or at the instant given. */
  readonly truth: (site: string, point: string, window: Window, at?: number) => Columns
  readonly faults: () => Faults
  /** Puts these faults in the place of all that were set. */
  readonly setFaults: (faults: Faults) => void
  /** Requests answered by the API so far. */
  readonly requests: () => number
}

/** The key that a simulator accepts unless told another. */
export const DEVELOPMENT_KEY = "ace-development-key"

interface Place {
  readonly site: string
  readonly device: SimulatedDevice
  readonly point: SimulatedPoint
}

const HANG_MS = 120_000
const decodeFaults = Schema.decodeUnknownResult(Schema.fromJsonString(Faults))
const decodeNames = Schema.decodeUnknownResult(
  Schema.fromJsonString(Schema.Struct({ points: Schema.Array(Schema.Struct({ name: Schema.String })) }))
)

/** The parts of a path, decoded; undefined where one cannot be. */
const partsOf = (pathname: string): ReadonlyArray<string> | undefined =>
  Result.getOrUndefined(Result.try(() =>
    pathname.replace(/^\/api(?=\/|$)/, "").split("/").filter((part) => part !== "").map(decodeURIComponent)
  ))

/** Resolves when the client gives up, or after two minutes. */
const hang = (request: Request): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, HANG_MS)
    request.signal.addEventListener("abort", () => {
      clearTimeout(timer)
      resolve()
    })
  })

export const simulator = (options: SimulatorOptions = {}): Simulator => {
  const seed = options.seed ?? 1
  const now = options.now ?? Date.now
  const key = options.key ?? DEVELOPMENT_KEY
  const cursors = options.cursors ?? "buggy"
  const gaps: Gaps = { missing: options.missing ?? 0.015, outages: options.outages ?? 0.16 }
  const catalogue = buildCatalogue({
    seed,
    sites: options.sites ?? 1,
    pointsPerSite: options.pointsPerSite ?? 150,
    intervalMinutes: options.intervalMinutes ?? null
  })
  const places = new Map<string, Place>()
  for (const site of catalogue.values()) {
    for (const device of site.devices) {
      for (const point of device.points) places.set(point.name, { site: site.name, device, point })
    }
  }
  const dealer = makeFaultDealer(seed, options.faults ?? {})
  let requests = 0

  const visible = ({ device, point }: Place, window: Window, at: number): Columns =>
    truthOf(device, point, window, at, gaps, dealer.current())

  const paginated = (siteName: string, query: URLSearchParams): Response => {
    const site = catalogue.get(siteName)
    if (site === undefined) return json(403, { message: "You do not have permission to access this resource." })
    const window = readWindow(query)
    if (window === undefined) return badParameter("start_time", "start_time and end_time must be ISO 8601")
    const pageSize = readPageSize(query)
    if (pageSize === undefined) return badParameter("page_size", "is not a valid choice")
    const cursorText = query.get("cursor")
    const restarts = cursorText?.startsWith("stalled-") === true
    const after = cursorText === null || restarts ? null : readCursor(cursorText)
    if (after === undefined) return badParameter("cursor", "cannot be decoded")
    const page = readPage(
      site,
      {
        window,
        endInclusive: options.endInclusive ?? false,
        after,
        pageSize,
        raw: query.get("raw_data")?.toLowerCase() === "true"
      },
      now(),
      gaps,
      dealer.current()
    )
    if (dealer.strikes("unordered")) page.rows.sort((a, b) => a.length - b.length || (a < b ? 1 : -1))
    const next = page.next === null
      ? null
      : writeCursor(
        { timestamp: page.next.timestamp, offset: cursors === "buggy" ? page.rowsAtLast : page.next.offset },
        cursors === "opaque"
      )
    const stalls = dealer.strikes("stalled")
    const nextCursor = stalls ? "stalled-cursor" : next
    const body = `{"point_samples": [${page.rows.join(", ")}], "next_cursor": ${JSON.stringify(nextCursor)}, "has_more": ${
      stalls || next !== null
    }}`
    const text = dealer.strikes("truncated") ? body.slice(0, Math.floor(body.length * 0.6)) : body
    return new Response(text, { headers: { "content-type": "application/json" } })
  }

  const samplesOf = (names: ReadonlyArray<string>, query: URLSearchParams): Response => {
    const window = readWindow(query)
    if (window === undefined) return badParameter("start_time", "start_time and end_time must be ISO 8601")
    const point_samples: Array<unknown> = []
    for (const name of names) {
      const place = places.get(name)
      if (place === undefined) return json(404, { message: "A database result was required but none was found." })
      const { timestamps, values } = visible(place, window, now())
      timestamps.forEach((at, i) => {
        point_samples.push({ name, value: valueText(place.point, values[i] as number), time: naiveTime(at) })
      })
    }
    return json(200, { point_samples })
  }

  const route = async (request: Request, path: ReadonlyArray<string>, query: URLSearchParams): Promise<Response> => {
    const [collection, name, kind, detail] = path
    if (path.length === 1 && collection === "sites") {
      return listPage(Array.from(catalogue.values(), (site, id) => ({ id, name: site.name, client: site.client })), query)
    }
    if (path.length === 1 && collection === "points") return listPage(pointItems(catalogue.values(), false), query)
    if (collection === "sites" && name !== undefined && (kind === "points" || kind === "configured_points")) {
      const site = catalogue.get(name)
      if (site === undefined) return json(403, { message: "You do not have permission to access this resource." })
      const configured = kind === "configured_points"
      const none = configured && dealer.current().noConfiguredPoints === true
      return listPage(none ? [] : pointItems([site], configured), query)
    }
    if (collection === "sites" && name !== undefined && kind === "timeseries" && detail === "paginated") {
      return paginated(name, query)
    }
    if (collection === "points" && name !== undefined && kind === "timeseries") return samplesOf([name], query)
    if (collection === "points" && name === "get_timeseries" && request.method === "POST") {
      const body = decodeNames(await request.text())
      if (Result.isFailure(body)) return badParameter("points", "must be a list of {name}")
      return samplesOf(body.success.points.map((point) => point.name), query)
    }
    return json(404, { message: "The requested URL was not found on the server." })
  }

  const controls = async (request: Request): Promise<Response> => {
    if (request.method === "POST") {
      const faults = decodeFaults(await request.text(), { onExcessProperty: "error" })
      if (Result.isFailure(faults)) return json(400, { message: String(faults.failure) })
      dealer.set(faults.success)
    }
    return json(200, dealer.current())
  }

  return {
    fetch: async (request) => {
      const url = new URL(request.url)
      const path = partsOf(url.pathname)
      if (path === undefined) return json(400, { message: "Bad Request" })
      if (path[0] === "simulator") return path[1] === "faults" ? controls(request) : json(404, { message: "Not found" })
      requests++
      const authorization = request.headers.get("authorization")
      if (authorization === null) return json(401, { message: "Missing Authorization Header" })
      if (authorization !== `Bearer ${key}`) {
        const isJwt = authorization.split(".").length === 3
        return json(500, { message: isJwt ? "JWT Signature Invalid" : "An unhandled exception occurred." })
      }
      if (dealer.strikes("hang")) {
        await hang(request)
        return html(504)
      }
      if (dealer.strikes("throttled")) {
        const { asDate = false, retryAfterSeconds = 1 } = dealer.current().throttled ?? {}
        const retryAfter = asDate ? new Date(now() + retryAfterSeconds * 1_000).toUTCString() : String(retryAfterSeconds)
        return json(429, { message: "Too many requests" }, { "retry-after": retryAfter })
      }
      if (dealer.strikes("serverError")) return json(500, { message: "Internal Server Error" })
      if (dealer.strikes("unhandled")) return json(500, { message: "An unhandled exception occurred." })
      if (dealer.strikes("html")) return html(200)
      return route(request, path, url.searchParams)
    },
    sites: [...catalogue.keys()],
    points: (site) => catalogue.get(site)?.points.map((point) => point.name) ?? [],
    truth: (site, name, window, at = now()) => {
      const place = places.get(name)
      return place?.site === site ? visible(place, window, at) : emptyColumns
    },
    faults: dealer.current,
    setFaults: dealer.set,
    requests: () => requests
  }
}
