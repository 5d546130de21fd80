/**
 * The query Worker's routes over the ports.
 */
import { Clock, Effect, Layer } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { formatInstant } from "../../domain/time/instant.ts"
import type { AnswerFile } from "../../ports/AnswerFile.ts"
import type { ColdStore } from "../../ports/ColdStore.ts"
import type { MonthStore } from "../../ports/MonthStore.ts"
import { HotStore } from "../../ports/HotStore.ts"
import * as Access from "../http/access.ts"
import * as Edge from "../http/edge.ts"
import { storeProblem } from "../http/failure.ts"
import { readPoints, readSite, readWindow } from "../http/input.ts"
import * as Ready from "../http/ready.ts"
import type { Settings } from "../settings.ts"
import { MAX_PAGE, QueryApi } from "./api.ts"
import { type Asked, fromBody, fromParameters, readRequest } from "./asked.ts"
import { cached } from "./cached.ts"
import { coverageAnswer, pointAnswer } from "./answers.ts"
import { coverage, findPoints, lastSamples } from "./discovery.ts"
import { latestText } from "./encode.ts"
import { formatOfAccept } from "./format.ts"
import { query } from "./program.ts"
import { checkPoints, checkRange, checkSite, tooLarge, unknownPoints, unknownSite } from "./refusals.ts"
import { type Form, isByRow, respond } from "./respond.ts"

const siteProblems = { HotStoreError: storeProblem, SiteNotFound: unknownSite }
const pointProblems = { ...siteProblems, PointsNotFound: unknownPoints }
const queryProblems = {
  ...pointProblems,
  ColdStoreError: storeProblem,
  MonthStoreError: storeProblem,
  QueryTooLarge: tooLarge
}

/** Points of `/points/latest`. */
const MAX_LATEST = 1_000

/** Buckets of all points and aggregations that one answer may have. */
const MAX_BUCKETS = 1_000_000

const handlers = (settings: Settings) =>
  HttpApiBuilder.group(QueryApi, "query", (handlers) =>
    Effect.gen(function*() {
      const services = yield* Effect.context<HotStore | ColdStore | MonthStore | AnswerFile>()
      const limits = {
        samples: settings.maxQuerySamples,
        objects: settings.maxQueryObjects,
        buckets: MAX_BUCKETS
      }

      const answerQuery = Effect.fn("timeseries")(
        function*(asked: Asked) {
          const { headers } = yield* HttpServerRequest.HttpServerRequest
          const request = yield* Effect.fromResult(readRequest(asked, yield* Clock.currentTimeMillis))
          yield* checkSite(request.site)
          yield* checkRange(settings, request.window)
          yield* checkPoints(request.points.length, settings.maxQueryPoints)
          const form: Form = {
            format: asked.format ?? formatOfAccept(headers["accept"]),
            layout: asked.layout ?? "rows",
            explain: asked.explain ?? false
          }
          const make = Effect.flatMap(
            query({ ...request, inPieces: isByRow(form) }, limits),
            (answer) => respond(request, answer, form)
          )
          return yield* cached(request, form, headers["if-none-match"], make)
        },
        Effect.catchTags(queryProblems),
        Effect.provideContext(services)
      )

      const answerLatest = Effect.fn("latest")(
        function*(siteName: string, commaList: string | undefined, repeated: ReadonlyArray<string>) {
          const site = yield* Effect.fromResult(readSite(siteName))
          const points = yield* Effect.fromResult(readPoints(commaList, repeated))
          yield* checkSite(site)
          yield* checkPoints(points.length, MAX_LATEST)
          const { known, last, unknown } = yield* lastSamples(site, points)
          return HttpServerResponse.text(latestText(site, unknown, known, last), { contentType: "application/json" })
        },
        Effect.catchTags(pointProblems),
        Effect.provideContext(services)
      )

      return handlers.handleAll({
        timeseries: ({ query: asked }) => answerQuery(fromParameters(asked)),
        timeseriesByBody: ({ payload }) => answerQuery(fromBody(payload)),
        latest: ({ query: asked }) => answerLatest(asked.site_name, asked.point_names, asked.point_name ?? []),
        latestByBody: ({ payload }) => answerLatest(payload.site_name, undefined, payload.point_names),
        coverage: Effect.fn("coverage")(
          function*({ query: asked }) {
            const site = yield* Effect.fromResult(readSite(asked.site_name))
            const now = yield* Clock.currentTimeMillis
            const window = yield* Effect.fromResult(readWindow(asked.start_time, asked.end_time, now))
            yield* checkSite(site)
            yield* checkRange(settings, window)
            return {
              site_name: site,
              start_time: formatInstant(window.start),
              end_time: formatInstant(window.end),
              days: (yield* coverage(site, window)).map(coverageAnswer)
            }
          },
          Effect.catchTags(siteProblems),
          Effect.provideContext(services)
        ),
        sites: Effect.fn("sites")(
          function*() {
            const hot = yield* HotStore
            const { sites } = yield* Access.Caller
            const all = yield* hot.sites
            return { sites: sites === null ? all : all.filter((site) => sites.has(site)) }
          },
          Effect.catchTag("HotStoreError", storeProblem),
          Effect.provideContext(services)
        ),
        points: Effect.fn("points")(
          function*({ query: asked }) {
            const site = yield* Effect.fromResult(readSite(asked.site_name))
            yield* checkSite(site)
            const { next, points, total } = yield* findPoints(
              site,
              asked.search ?? "",
              asked.cursor ?? null,
              asked.limit ?? MAX_PAGE
            )
            return {
              site_name: site,
              total,
              points: points.map(pointAnswer),
              next_cursor: next
            }
          },
          Effect.catchTags(siteProblems),
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
