/**
 * A simulated ACE API: a fetch handler over a seeded building, and the truth to compare with what a client read.
 */
import { Result, Schema } from "effect"
import { type Columns, emptyColumns } from "../../domain/samples/series.ts"
import type { Window } from "../../domain/time/window.ts"
import { html, json } from "./answers.ts"
import { buildCatalogue, type CatalogueOptions, type PlacedPoint } from "./catalogue.ts"
import { type FaultDealer, Faults, makeFaultDealer } from "./faults.ts"
import { type CursorKind, route, type Service, visibleSamples } from "./routes.ts"
import type { Gaps } from "./samples.ts"

export interface SimulatorOptions extends Partial<CatalogueOptions>, Partial<Gaps> {
  /** The only bearer token that it accepts; {@link DEVELOPMENT_KEY} by default. */
  readonly key?: string
  /** What time it is, ms: nothing later is visible. The machine's clock by default. */
  readonly now?: () => number
  readonly cursors?: CursorKind
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
  /** Replaces all faults. */
  readonly setFaults: (faults: Faults) => void
  /** Requests answered by the API so far. */
  readonly requests: () => number
}

/** The key that a simulator accepts by default. */
export const DEVELOPMENT_KEY = "ace-development-key"

const HANG_MS = 120_000
const decodeFaults = Schema.decodeUnknownResult(Schema.fromJsonString(Faults))

/** The parts of a path, decoded; undefined if one cannot be decoded. */
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

/** The answer to a request without the right key, as the service words it. */
const refuseKey = (authorization: string | null, key: string): Response | undefined => {
  if (authorization === null) return json(401, { message: "Missing Authorization Header" })
  if (authorization === `Bearer ${key}`) return undefined
  const isJwt = authorization.split(".").length === 3
  return json(500, { message: isJwt ? "JWT Signature Invalid" : "An unhandled exception occurred." })
}

/** The fault that strikes in place of an answer, if one does. */
const strike = async (dealer: FaultDealer, request: Request, now: number): Promise<Response | undefined> => {
  if (dealer.strikes("hang")) {
    await hang(request)
    return html(504)
  }
  if (dealer.strikes("throttled")) {
    const { asDate = false, retryAfterSeconds = 1 } = dealer.current().throttled ?? {}
    const retryAfter = asDate ? new Date(now + retryAfterSeconds * 1_000).toUTCString() : String(retryAfterSeconds)
    return json(429, { message: "Too many requests" }, { "retry-after": retryAfter })
  }
  if (dealer.strikes("serverError")) return json(500, { message: "Internal Server Error" })
  if (dealer.strikes("unhandled")) return json(500, { message: "An unhandled exception occurred." })
  return dealer.strikes("html") ? html(200) : undefined
}

/** Shows the faults that are set, or sets others. */
const controls = async (dealer: FaultDealer, request: Request): Promise<Response> => {
  if (request.method === "POST") {
    const faults = decodeFaults(await request.text(), { onExcessProperty: "error" })
    if (Result.isFailure(faults)) return json(400, { message: String(faults.failure) })
    dealer.set(faults.success)
  }
  return json(200, dealer.current())
}

const makeService = (options: SimulatorOptions): Service => {
  const seed = options.seed ?? 1
  const catalogue = buildCatalogue({
    seed,
    sites: options.sites ?? 1,
    pointsPerSite: options.pointsPerSite ?? 150,
    intervalMinutes: options.intervalMinutes ?? null
  })
  const points = new Map<string, PlacedPoint>()
  for (const site of catalogue.values()) {
    for (const device of site.devices) {
      for (const point of device.points) points.set(point.name, { site: site.name, device, point })
    }
  }
  return {
    catalogue,
    points,
    gaps: { missing: options.missing ?? 0.015, outages: options.outages ?? 0.16 },
    dealer: makeFaultDealer(seed, options.faults ?? {}),
    now: options.now ?? Date.now,
    cursors: options.cursors ?? "buggy",
    endInclusive: options.endInclusive ?? false
  }
}

export const simulator = (options: SimulatorOptions = {}): Simulator => {
  const key = options.key ?? DEVELOPMENT_KEY
  const service = makeService(options)
  const { catalogue, dealer, now, points } = service
  let requests = 0
  return {
    fetch: async (request) => {
      const url = new URL(request.url)
      const path = partsOf(url.pathname)
      if (path === undefined) return json(400, { message: "Bad Request" })
      if (path[0] === "simulator") {
        return path[1] === "faults" ? controls(dealer, request) : json(404, { message: "Not found" })
      }
      requests++
      return refuseKey(request.headers.get("authorization"), key) ?? await strike(dealer, request, now()) ??
        route(service, request, path, url.searchParams)
    },
    sites: [...catalogue.keys()],
    points: (site) => catalogue.get(site)?.points.map((point) => point.name) ?? [],
    truth: (site, name, window, at = now()) => {
      const placed = points.get(name)
      return placed?.site === site ? visibleSamples(service, placed, window, at) : emptyColumns
    },
    faults: dealer.current,
    setFaults: dealer.set,
    requests: () => requests
  }
}
