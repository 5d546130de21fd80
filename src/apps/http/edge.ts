/**
 * What surrounds every route of every Worker: URL checks, CORS, methods, problem documents, headers.
 */
import { ByteSize, Cause, Effect, Layer } from "effect"
import {
  HttpIncomingMessage,
  HttpRouter,
  HttpServer,
  HttpServerError,
  HttpServerRequest,
  HttpServerResponse,
  ProblemDetails
} from "effect/http"
import { HttpApi, type HttpApiGroup } from "effect/http-api"
import type { Settings } from "../settings.ts"
import * as Docs from "./docs.ts"
import { problemOf } from "./failure.ts"
import { BadRequest, ContentTooLarge, MethodNotAllowed, type Problem, UnsupportedMediaType } from "./problem.ts"

/** Largest request body, bytes. */
export const MAX_BODY_BYTES = 1_048_576

/** How long a browser may remember a preflight, seconds. */
const PREFLIGHT_SECONDS = 600

/** What a page may send: the last two trace a request, and every client built on Effect adds them. */
const ALLOWED_HEADERS = "authorization, content-type, if-none-match, traceparent, b3"

/** Headers of answers that a browser's script may read. */
const EXPOSED = "etag, x-resolution, x-truncated, x-source, x-column-ms, x-unknown-points, x-cache"

export const OPENAPI_PATH = "/openapi.json"

/** Path → methods, for 405 and `Allow`. */
type Methods = ReadonlyMap<string, ReadonlyArray<string>>

const methodsOf = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>
): Methods => {
  const methods = new Map<string, Array<string>>([OPENAPI_PATH, Docs.DOCS_PATH].map((path) => [path, ["GET", "HEAD"]]))
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => {
      const here = methods.get(endpoint.path) ?? []
      here.push(endpoint.method, ...(endpoint.method === "GET" ? ["HEAD"] : []))
      methods.set(endpoint.path, here)
    }
  })
  return methods
}

const pathOf = (url: string): string => {
  const path = url.split("?", 1)[0] as string
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path
}

/** Percent signs that are no encoding, or bytes that are no UTF-8, would otherwise be read as they stand. */
const isWellEncoded = (url: string): boolean => {
  try {
    return !decodeURIComponent(url.replaceAll("+", " ")).includes("\u0000")
  } catch {
    return false
  }
}

/** Why a request may not be passed on. */
const complaint = (request: HttpServerRequest.HttpServerRequest): BadRequest | ContentTooLarge | undefined => {
  if (!isWellEncoded(request.url)) {
    return new BadRequest({ code: "malformed_url", detail: "the URL is not percent-encoded UTF-8" })
  }
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
    return new ContentTooLarge({ code: "body_too_large", detail: `a body may have ${MAX_BODY_BYTES} bytes at most` })
  }
  return undefined
}

const respond = (problem: Problem): HttpServerResponse.HttpServerResponse => {
  const { code, detail, status, title, type, ...rest } = problem
  return ProblemDetails.toResponse({ type, title, status, code, detail, ...rest })
}

const isRouteNotFound = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause)
  return HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound"
}

const surround = (methods: Methods, settings: Settings) => {
  const corsHeaders = (request: HttpServerRequest.HttpServerRequest): Record<string, string> => {
    const origin = request.headers["origin"]
    return origin !== undefined && settings.allowedOrigins.includes(origin)
      ? { "access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED, vary: "Origin" }
      : { vary: "Origin" }
  }

  const options = (request: HttpServerRequest.HttpServerRequest, allowed: ReadonlyArray<string>) => {
    const cors = corsHeaders(request)
    const allow = [...allowed, "OPTIONS"].join(", ")
    return HttpServerResponse.empty({
      status: 204,
      headers: {
        allow,
        ...cors,
        ...(cors["access-control-allow-origin"] === undefined ? {} : {
          "access-control-allow-methods": allow,
          "access-control-allow-headers": ALLOWED_HEADERS,
          "access-control-max-age": String(PREFLIGHT_SECONDS)
        })
      }
    })
  }

  const failed = (request: HttpServerRequest.HttpServerRequest, allowed: ReadonlyArray<string>) =>
  (cause: Cause.Cause<unknown>) =>
    allowed.length > 0 && isRouteNotFound(cause)
      ? Effect.succeed(HttpServerResponse.setHeader(
        respond(
          new MethodNotAllowed({ code: "method_not_allowed", detail: `${request.method} is not among ${allowed.join(", ")}` })
        ),
        "allow",
        [...allowed, "OPTIONS"].join(", ")
      ))
      : Effect.map(problemOf(cause), respond)

  return <E, R>(next: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    Effect.gen(function*() {
      const request = yield* HttpServerRequest.HttpServerRequest
      const allowed = methods.get(pathOf(request.url)) ?? []
      if (request.method === "OPTIONS" && allowed.length > 0) return options(request, allowed)
      const wrong = complaint(request)
      const response = wrong !== undefined ? respond(wrong) : yield* next.pipe(
        Effect.catchCause((cause) => Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : failed(request, allowed)(cause))
      )
      return HttpServerResponse.setHeaders(asProblem(response), {
        "cache-control": response.headers["cache-control"] ?? "no-store",
        "x-content-type-options": "nosniff",
        ...(response.status === 401 ? { "www-authenticate": "Bearer" } : {}),
        ...corsHeaders(request)
      })
    })
}

/** The router answers 415 on its own, as text. */
const asProblem = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
  response.status === 415
    ? respond(new UnsupportedMediaType({ code: "unsupported_media_type", detail: "send the body as application/json" }))
    : response

/** Surrounds every route of a Worker's API, and shows the API to people. */
export const layer = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>,
  settings: Settings
) => Layer.merge(HttpRouter.middleware(surround(methodsOf(api), settings), { global: true }), Docs.layer)

/**
 * A fetch handler for complete routes. `runtime` is what each request runs on.
 *
 * **Gotchas** Called where a Worker starts: the layers may do no I/O.
 */
export const serve = (
  routes: Layer.Layer<never, never, HttpRouter.HttpRouter | Layer.Success<typeof HttpServer.layerServices>>,
  runtime: Layer.Layer<never>
): (request: Request) => Promise<Response> => {
  const { handler } = HttpRouter.toWebHandler(
    routes.pipe(
      Layer.provide(HttpServer.layerServices),
      Layer.provideMerge(runtime),
      Layer.provideMerge(Layer.succeed(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(MAX_BODY_BYTES)))
    ),
    { disableLogger: true, routerConfig: { caseSensitive: true } }
  )
  return (request) => handler(request)
}
