/**
 * A Worker's API as a fetch handler.
 */
import { ByteSize, Layer } from "effect"
import { HttpIncomingMessage, HttpRouter, HttpServer } from "effect/http"
import { type HttpApi, HttpApiBuilder, type HttpApiGroup } from "effect/http-api"
import type { Settings } from "../settings.ts"
import * as Access from "./access.ts"
import * as Edge from "./edge.ts"
import * as Ready from "./ready.ts"

/** The routes of an API with everything around them: its guards, the edge, the documents that describe it. */
export const routesOf = <Id extends string, Groups extends HttpApiGroup.Constraint, R>(
  api: HttpApi.HttpApi<Id, Groups>,
  handlers: Layer.Layer<HttpApiGroup.ToService<Id, Groups>, never, R>,
  settings: Settings
) =>
  Layer.merge(
    HttpApiBuilder.layer(api, { openapiPath: Edge.OPENAPI_PATH }),
    Edge.layer(api, settings)
  ).pipe(Layer.provide(handlers), Layer.provide([Access.layer(settings), Ready.layer]))

/**
 * A fetch handler for routes whose services are provided. `runtime` is what each request runs on.
 *
 * **Gotchas** Called when a Worker starts: the layers may do no I/O.
 */
export const serve = (
  routes: Layer.Layer<never, never, HttpRouter.HttpRouter | Layer.Success<typeof HttpServer.layerServices>>,
  runtime: Layer.Layer<never>
): (request: Request) => Promise<Response> => {
  const { handler } = HttpRouter.toWebHandler(
    routes.pipe(
      Layer.provide(HttpServer.layerServices),
      Layer.provideMerge(runtime),
      Layer.provideMerge(Layer.succeed(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(Edge.MAX_BODY_BYTES)))
    ),
    { disableLogger: true, routerConfig: { caseSensitive: true } }
  )
  return (request) => handler(request)
}
