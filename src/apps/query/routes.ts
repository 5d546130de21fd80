/**
 * The handlers of the query Worker's API.
 */
import { Clock, Context, Effect, Scope } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { formatInstant } from "../../domain/time/instant.ts"
import type { AnswerFile } from "../../ports/AnswerFile.ts"
import type { Catalog } from "../../ports/Catalog.ts"
import type { ColdStore } from "../../ports/ColdStore.ts"
import { Directory } from "../../ports/Directory.ts"
import type { HotDays } from "../../ports/HotDays.ts"
import type { JobState } from "../../ports/JobState.ts"
import type { MonthStore } from "../../ports/MonthStore.ts"
import type { Reads } from "../../ports/Reads.ts"
import { Caller } from "../http/access.ts"
import { storeProblem } from "../http/failure.ts"
import { readPoints, readSite, readWindow } from "../http/input.ts"
import { routesOf } from "../http/serve.ts"
import type { Settings } from "../settings.ts"
import { statusAnswer } from "../status/answers.ts"
import { makeHealth } from "../status/health.ts"
import { metricsText } from "../status/metrics.ts"
import { survey } from "../status/survey.ts"
import { MAX_PAGE, type PointsParameters, QueryApi, type QueryParameters } from "./api.ts"
import { type Asked, fromBody, fromParameters, readForm, readRequest } from "./asked.ts"
import { cached } from "./cached.ts"
import { coverageAnswer, pointAnswer } from "./answers.ts"
import { coverage, findPoints, lastSamples } from "./discovery.ts"
import { latestText } from "./encode.ts"
import type { QueryLimits } from "./reading/plan.ts"
import { query } from "./program.ts"
import { checkPoints, checkRange, checkSite, tooLarge, unknownPoints, unknownSite } from "./refusals.ts"
import { type Form, isByRow, respond } from "./respond.ts"
import { makePlaces, type Places } from "./streams.ts"

const siteProblems = { HotStoreError: storeProblem, SiteNotFound: unknownSite }
const pointProblems = { ...siteProblems, PointsNotFound: unknownPoints }
const queryProblems = {
  ...pointProblems,
  ColdStoreError: storeProblem,
  MonthStoreError: storeProblem,
  QueryTooLarge: tooLarge
}

/** How many points one request for `/points/latest` may name. */
const MAX_LATEST = 1_000

/** How many buckets one answer may have, of all points and aggregations together. */
const MAX_BUCKETS = 1_000_000

const answerQuery = Effect.fn("timeseries")(function*(settings: Settings, places: Places, asked: Asked) {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const request = yield* Effect.fromResult(readRequest(asked, yield* Clock.currentTimeMillis))
  yield* checkSite(request.site)
  yield* checkRange(settings, request.window)
  yield* checkPoints(request.points.length, settings.maxQueryPoints)
  const form: Form = yield* Effect.fromResult(readForm(asked, headers["accept"]))
  const limits: QueryLimits = {
    samples: settings.maxQuerySamples,
    objects: settings.maxQueryObjects,
    buckets: MAX_BUCKETS
  }
  const make = Effect.flatMap(
    query({ ...request, inPieces: isByRow(form) }, limits),
    (answer) => respond(request, answer, form, places)
  )
  return yield* cached(request, form, headers["if-none-match"], make)
}, Effect.catchTags(queryProblems))

const answerLatest = Effect.fn("latest")(function*(asked: Pick<Asked, "site_name" | "point_names" | "point_name">) {
  const site = yield* Effect.fromResult(readSite(asked.site_name))
  const points = yield* Effect.fromResult(readPoints(asked.point_names, asked.point_name ?? []))
  yield* checkSite(site)
  yield* checkPoints(points.length, MAX_LATEST)
  const { known, last, unknown } = yield* lastSamples(site, points)
  return HttpServerResponse.text(latestText(site, unknown, known, last), { contentType: "application/json" })
}, Effect.catchTags(pointProblems))

const answerCoverage = Effect.fn("coverage")(
  function*(settings: Settings, asked: Pick<typeof QueryParameters.Type, "site_name" | "start_time" | "end_time">) {
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
  Effect.catchTags(siteProblems)
)

const listSites = Effect.fn("sites")(function*() {
  const directory = yield* Directory
  const { sites } = yield* Caller
  const all = yield* directory.sites
  return { sites: sites === null ? all : all.filter((site) => sites.has(site)) }
}, Effect.catchTag("HotStoreError", storeProblem))

const listPoints = Effect.fn("points")(function*(asked: typeof PointsParameters.Type) {
  const site = yield* Effect.fromResult(readSite(asked.site_name))
  yield* checkSite(site)
  const { next, points, total } = yield* findPoints(
    site,
    asked.search ?? "",
    asked.cursor ?? null,
    asked.limit ?? MAX_PAGE
  )
  return { site_name: site, total, points: points.map(pointAnswer), next_cursor: next }
}, Effect.catchTags(siteProblems))

const surveyed = (settings: Settings) =>
  Effect.catchTags(survey(settings), {
    HotStoreError: storeProblem,
    JobStateError: storeProblem,
    MonthStoreError: storeProblem
  })

const handlers = (settings: Settings) =>
  HttpApiBuilder.group(QueryApi, "query", (handlers) =>
    Effect.gen(function*() {
      // Without the scope of the Worker: what a request takes is given back when the request ends.
      const provide = Effect.provideContext(Context.omit(Scope.Scope)(
        yield* Effect.context<Reads | Directory | HotDays | Catalog | ColdStore | MonthStore | JobState | AnswerFile>()
      ))
      const places = makePlaces()
      const health = yield* makeHealth(settings)
      return handlers.handleAll({
        timeseries: ({ query }) => provide(answerQuery(settings, places, fromParameters(query))),
        timeseriesByBody: ({ payload }) => provide(answerQuery(settings, places, fromBody(payload))),
        latest: ({ query }) => provide(answerLatest(query)),
        latestByBody: ({ payload: { point_names, site_name } }) =>
          provide(answerLatest({ site_name, point_name: point_names })),
        coverage: ({ query }) => provide(answerCoverage(settings, query)),
        sites: () => provide(listSites()),
        points: ({ query }) => provide(listPoints(query)),
        status: () => provide(Effect.map(surveyed(settings), statusAnswer)),
        metrics: () => provide(Effect.map(surveyed(settings), metricsText)),
        health
      })
    }))

export const layer = (settings: Settings) => routesOf(QueryApi, handlers(settings), settings)
