/**
 * The query Worker's routes over the ports.
 */
import { Effect, Layer, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { formatInstant } from "../../domain/instant.ts"
import { daysOf, type Window } from "../../domain/window.ts"
import type { ColdStore } from "../../ports/ColdStore.ts"
import type { DerivedStore } from "../../ports/DerivedStore.ts"
import { HotStore } from "../../ports/HotStore.ts"
import * as Access from "../http/access.ts"
import * as Edge from "../http/edge.ts"
import { storeProblem } from "../http/failure.ts"
import { readInterval, readPoints, readSite, readWindow } from "../http/input.ts"
import { NotFound, Unprocessable } from "../http/problem.ts"
import * as Ready from "../http/ready.ts"
import type { Settings } from "../settings.ts"
import { QueryApi } from "./api.ts"
import { encodeRows } from "./encode.ts"
import { type PointsNotFound, query, type SiteNotFound } from "./program.ts"

const unknownSite = (error: SiteNotFound) =>
  Effect.fail(
    new NotFound({
      code: "unknown_site",
      field: "site_name",
      text: error.site.slice(0, 100),
      detail: error.message,
      near: error.near
    })
  )

const unknownPoints = (error: PointsNotFound) =>
  Effect.fail(
    new NotFound({ code: "unknown_points", field: "point_names", detail: error.message, unknown_points: error.unknown })
  )

const checkSize = Effect.fnUntraced(function*(settings: Settings, points: ReadonlyArray<string>, window: Window) {
  const days = (window.end - window.start) / 86_400_000
  if (days > settings.maxQueryRangeDays) {
    return yield* new Unprocessable({
      code: "range_too_wide",
      field: "end_time",
      detail: `the window has ${Math.ceil(days)} days, one query may have ${settings.maxQueryRangeDays}: ask for several`
    })
  }
  const pointDays = points.length * daysOf(window).length
  if (pointDays > settings.maxQueryPointDays) {
    return yield* new Unprocessable({
      code: "too_much_data",
      field: "point_names",
      detail: `${points.length} points over ${daysOf(window).length} days are ${pointDays} point-days, ` +
        `one query may have ${settings.maxQueryPointDays}: ask for fewer points or a shorter window`
    })
  }
})

const handlers = (settings: Settings) =>
  HttpApiBuilder.group(QueryApi, "query", (handlers) =>
    Effect.gen(function*() {
      const services = yield* Effect.context<HotStore | ColdStore | DerivedStore>()
      return handlers.handleAll({
        timeseries: Effect.fn("timeseries")(
          function*({ query: asked }) {
            const site = yield* Effect.fromResult(readSite(asked.site_name))
            const points = yield* Effect.fromResult(readPoints(asked.point_names, asked.point_name ?? []))
            const window = yield* Effect.fromResult(readWindow(asked.start_time, asked.end_time))
            const interval = asked.interval === undefined ? null : yield* Effect.fromResult(readInterval(asked.interval))
            yield* checkSize(settings, points, window)
            const answer = yield* query({ site, points, window, interval })
            const head = {
              site_name: site,
              point_names: answer.series.map(({ point }) => point),
              unknown_points: answer.unknown
            }
            const tail = {
              metadata: {
                ...answer.metadata,
                start_time: formatInstant(window.start),
                end_time: formatInstant(window.end)
              }
            }
            return HttpServerResponse.stream(
              Stream.fromIterable(encodeRows(head, answer.series, tail), { chunkSize: 1 }),
              { contentType: "application/json" }
            )
          },
          Effect.catchTags({
            HotStoreError: storeProblem,
            ColdStoreError: storeProblem,
            DerivedStoreError: storeProblem,
            SiteNotFound: unknownSite,
            PointsNotFound: unknownPoints
          }),
          Effect.provideContext(services)
        ),
        sites: Effect.fn("sites")(
          function*() {
            const hot = yield* HotStore
            return { sites: yield* hot.sites }
          },
          Effect.catchTag("HotStoreError", storeProblem),
          Effect.provideContext(services)
        ),
        points: Effect.fn("points")(
          function*({ query: asked }) {
            const hot = yield* HotStore
            const site = yield* Effect.fromResult(readSite(asked.site_name))
            const found = yield* hot.points(site, asked.search ?? "")
            if (found.length === 0 && !(yield* hot.sites).includes(site)) {
              return yield* new NotFound({
                code: "unknown_site",
                field: "site_name",
                text: site.slice(0, 100),
                detail: "there is no such site; /sites lists them"
              })
            }
            const points = found.map((point) => ({
              point_name: point.name,
              unit: point.unit,
              device: point.device,
              description: point.description,
              interval_seconds: point.intervalSeconds,
              tags: point.tags,
              collected: point.collected
            }))
            return { site_name: site, total: points.length, points }
          },
          Effect.catchTag("HotStoreError", storeProblem),
          Effect.provideContext(services)
        ),
        health: () => Effect.succeed({ status: "healthy" as const })
      })
    }))

/** Complete routes: `Edge.serve` them. */
export const layer = (settings: Settings) =>
  Layer.mergeAll(
    HttpApiBuilder.layer(QueryApi, { openapiPath: Edge.OPENAPI_PATH }),
    Edge.layer(QueryApi, settings)
  ).pipe(Layer.provide(handlers(settings)), Layer.provide([Access.layer(settings), Ready.layer]))
