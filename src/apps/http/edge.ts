/**
 * What surrounds every route of every Worker: URL checks, CORS, methods, problem documents and headers.
 */
import { Cause, Effect, Layer } from "effect"
import { HttpRouter, HttpServerError, HttpServerRequest, HttpServerResponse, ProblemDetails } from "effect/http"
import { HttpApi, type HttpApiGroup } from "effect/http-api"
import type { Settings } from "../settings.ts"
import * as Docs from "./docs.ts"
import { problemOf, shorten, unknownPath } from "./failure.ts"
import { BadRequest, ContentTooLarge, MethodNotAllowed, type Problem, UnsupportedMediaType } from "./problem.ts"
import { PERIOD_SECONDS } from "./rate-limit.ts"

/** Largest request body, bytes. */
export const MAX_BODY_BYTES = 1_048_576

/** How long a browser may remember a preflight, seconds. */
const PREFLIGHT_SECONDS = 600

/** Headers that a page may send. The last two trace a request: every client built on Effect adds them. */
const ALLOWED_HEADERS = "authorization, content-type, if-none-match, traceparent, b3"

/** Headers of an answer that a script in a browser may read. */
const EXPOSED = "content-disposition, etag, retry-after, x-resolution, x-truncated, x-source, x-column-ms, " +
  "x-unknown-points, x-cache"

/** When to ask again if a store or the source did not answer, seconds. */
const UNAVAILABLE_SECONDS = 10

export const OPENAPI_PATH = "/openapi.json"

/** The methods of a path, and whether each takes parameters. */
type Route = ReadonlyMap<string, boolean>

const routesOf = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>
): ReadonlyMap<string, Route> => {
  const routes = new Map([OPENAPI_PATH, Docs.DOCS_PATH].map((path) => [path, new Map([["GET", true], ["HEAD", true]])]))
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint: { method, path, query } }) => {
      const route = routes.get(path) ?? new Map<string, boolean>()
      for (const name of method === "GET" ? ["GET", "HEAD"] : [method]) route.set(name, query !== undefined)
      routes.set(path, route)
    }
  })
  return routes
}

/** The path as the router matches it: the router ignores duplicate slashes and needless encoding. */
const pathOf = (url: string): string => {
  const path = decodeURI(url.split("?", 1)[0] as string).replace(/\/+/g, "/")
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path
}

/** Without this check, invalid percent-encoding and invalid UTF-8 would be taken literally. */
const isWellEncoded = (url: string): boolean => {
  try {
    return !decodeURIComponent(url.replaceAll("+", " ")).includes("\u0000")
  } catch {
    return false
  }
}

/** Why a request may not reach its route. */
const complaint = (request: HttpServerRequest.HttpServerRequest, route: Route): Problem | undefined => {
  const { headers, method, url } = request
  const [path = "", parameters] = url.split(/\?(.*)/s)
  // The router would take what follows for parameters, and ignore them.
  if (path.includes(";")) return unknownPath
  const [parameter] = new URLSearchParams(parameters).keys()
  if (route.get(method) === false && parameter !== undefined) {
    return new BadRequest({ code: "unknown_parameter", field: shorten(parameter), detail: "this takes no parameters" })
  }
  if (Number(headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
    return new ContentTooLarge({ code: "body_too_large", detail: `a body may have at most ${MAX_BODY_BYTES} bytes` })
  }
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    return new UnsupportedMediaType({ code: "unsupported_media_type", detail: "send the body uncompressed" })
  }
  return undefined
}

const respond = (problem: Problem): HttpServerResponse.HttpServerResponse => {
  const { code, detail, status, title, type, ...rest } = problem
  return ProblemDetails.toResponse({ type, title, status, code, detail, ...rest })
}

const malformed = new BadRequest({ code: "malformed_url", detail: "the URL is not percent-encoded UTF-8" })

/** Headers that a status calls for. */
const byStatus: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { "www-authenticate": "Bearer" },
  429: { "retry-after": String(PERIOD_SECONDS) },
  503: { "retry-after": String(UNAVAILABLE_SECONDS) }
}

const isRouteNotFound = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause)
  return HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound"
}

const surround = (routes: ReadonlyMap<string, Route>, settings: Settings) => {
  const corsHeaders = (origin: string | undefined): Record<string, string> =>
    origin !== undefined && settings.allowedOrigins.includes(origin)
      ? { "access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED }
      : {}

  /** Answers for unknown paths too, so that a page sees the 404 and not a CORS error. */
  const preflight = (cors: Record<string, string>, route: Route) => {
    const methods = [...route.size > 0 ? route.keys() : ["GET", "HEAD", "POST"], "OPTIONS"].join(", ")
    return HttpServerResponse.empty({
      status: 204,
      headers: {
        ...(route.size > 0 ? { allow: methods } : {}),
        ...(cors["access-control-allow-origin"] === undefined ? {} : {
          "access-control-allow-methods": methods,
          "access-control-allow-headers": ALLOWED_HEADERS,
          "access-control-max-age": String(PREFLIGHT_SECONDS)
        })
      }
    })
  }

  const failed = (method: string, route: Route, cause: Cause.Cause<unknown>) => {
    if (route.size === 0 || !isRouteNotFound(cause)) return Effect.map(problemOf(cause), respond)
    const methods = [...route.keys()].join(", ")
    const detail = `${shorten(method)} is not one of ${methods}`
    const response = respond(new MethodNotAllowed({ code: "method_not_allowed", detail }))
    return Effect.succeed(HttpServerResponse.setHeader(response, "allow", `${methods}, OPTIONS`))
  }

  return <E, R>(next: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    Effect.gen(function*() {
      const request = yield* HttpServerRequest.HttpServerRequest
      const { headers, method, url } = request
      const cors = corsHeaders(headers["origin"])
      const wellEncoded = isWellEncoded(url)
      const route: Route = (wellEncoded ? routes.get(pathOf(url)) : undefined) ?? new Map()
      const isPreflight = method === "OPTIONS" && (route.size > 0 || "access-control-allow-origin" in cors)
      const wrong = wellEncoded ? complaint(request, route) : malformed
      const response = isPreflight ? preflight(cors, route) : wrong !== undefined ? respond(wrong) : yield* next.pipe(
        Effect.map(asProblem),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : failed(method, route, cause))
      )
      return HttpServerResponse.setHeaders(response, {
        "cache-control": response.headers["cache-control"] ?? "no-store",
        "x-content-type-options": "nosniff",
        vary: ["Origin", ...response.headers["vary"] === undefined ? [] : [response.headers["vary"]]].join(", "),
        ...byStatus[response.status],
        ...cors
      })
    })
}

/** The router itself answers 415, as text. */
const asProblem = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
  response.status === 415
    ? respond(new UnsupportedMediaType({ code: "unsupported_media_type", detail: "send the body as application/json" }))
    : response

/** Surrounds every route of a Worker's API, and adds the page that shows the API. */
export const layer = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>,
  settings: Settings
) =>
  Layer.merge(
    HttpRouter.middleware(surround(routesOf(api), settings), { global: true }),
    Docs.layer(settings.openReads)
  )
