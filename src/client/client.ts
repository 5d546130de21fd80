/**
 * A typed client of the query API, made from the API's own definition; for browsers, Node and Workers.
 *
 * Every method is an Effect; `Effect.runPromise` makes a promise of it. A problem document fails it as the class of its
 * status, such as `BadRequest`, with the `code`, `field` and `text` of the document.
 */
import { Effect, Schema, Stream } from "effect"
import {
  FetchHttpClient,
  HttpClient,
  HttpClientError,
  HttpClientRequest,
  type HttpClientResponse
} from "effect/http"
import { HttpApiClient } from "effect/http-api"
import type { ColumnsAnswer, CoverageAnswer, LatestAnswer, PointsAnswer, RowsAnswer } from "../apps/query/answers.ts"
import { QueryApi, type QueryBody } from "../apps/query/api.ts"
import { Problem } from "../apps/http/problem.ts"

export interface ClientOptions {
  /** Where the query Worker is, such as `https://query.example.org`. */
  readonly baseUrl: string
  /** Not needed where the Worker lets everybody read. */
  readonly apiKey?: string
  /** Stands in the place of the global one. */
  readonly fetch?: typeof globalThis.fetch
}

/** Which samples, and at what resolution: as the body of `POST /timeseries/query`. */
export type Query = Omit<typeof QueryBody.Type, "format" | "layout">
export type Layout = "rows" | "columns"
export type QueryAnswer<L extends Layout> = L extends "columns" ? typeof ColumnsAnswer.Type : typeof RowsAnswer.Type

/** A problem document, a network that failed, or an answer that is not the API's. */
export type ClientError = Problem | HttpClientError.HttpClientError | Schema.SchemaError

export interface PointsQuery {
  readonly site_name: string
  /** Words that name, unit, device, description or tags hold, all of them. */
  readonly search?: string
  readonly limit?: number
  /** `next_cursor` of the page before. */
  readonly cursor?: string
}

export interface Client {
  /** One answer, held in memory whole; rows unless `layout` says `columns`. */
  readonly query: <L extends Layout = "rows">(
    asked: Query & { readonly layout?: L }
  ) => Effect.Effect<QueryAnswer<L>, ClientError>
  /** The bytes of an answer as they come, for answers of any size. */
  readonly stream: (
    asked: Query & { readonly format: "csv" | "ndjson" | "parquet" }
  ) => Stream.Stream<Uint8Array, ClientError>
  readonly points: (asked: PointsQuery) => Effect.Effect<typeof PointsAnswer.Type, ClientError>
  /** The last sample of each point. */
  readonly latest: (site: string, points: ReadonlyArray<string>) => Effect.Effect<typeof LatestAnswer.Type, ClientError>
  /** Which days have samples; instants as in a query. */
  readonly coverage: (
    asked: { readonly site_name: string; readonly start_time: string; readonly end_time: string }
  ) => Effect.Effect<typeof CoverageAnswer.Type, ClientError>
  readonly sites: Effect.Effect<ReadonlyArray<string>, ClientError>
}

const decodeProblem = Schema.decodeUnknownEffect(Problem)

/** Passes what succeeded; a problem document fails as itself, also where the endpoint does not declare its status. */
const refuseProblems = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<HttpClientResponse.HttpClientResponse, Problem | HttpClientError.HttpClientError> => {
  if (response.status < 400) return Effect.succeed(response)
  const { request } = response
  return Effect.flatMap(response.json, decodeProblem).pipe(
    Effect.mapError((cause) =>
      new HttpClientError.HttpClientError({ reason: new HttpClientError.StatusCodeError({ request, response, cause }) })
    ),
    Effect.flatMap((problem) => Effect.fail(problem))
  )
}

const makeHttpClient = ({ apiKey, fetch }: ClientOptions) =>
  Effect.runSync(Effect.provide(HttpClient.HttpClient, FetchHttpClient.layer)).pipe(
    HttpClient.mapRequest((request) => apiKey === undefined ? request : HttpClientRequest.bearerToken(request, apiKey)),
    HttpClient.transform((response) =>
      Effect.flatMap(
        fetch === undefined ? response : Effect.provideService(response, FetchHttpClient.Fetch, fetch),
        refuseProblems
      )
    )
  )

export const makeClient = (options: ClientOptions): Client => {
  const api = Effect.runSync(HttpApiClient.makeWith(QueryApi, { httpClient: makeHttpClient(options), baseUrl: options.baseUrl }))
  return {
    query: <L extends Layout = "rows">(asked: Query & { readonly layout?: L }) =>
      Effect.map(
        api.timeseriesByBody({ payload: { ...asked, format: "json" } }),
        // The layout that was asked is the one that is answered.
        (answer) => answer as QueryAnswer<L>
      ),
    stream: (asked) =>
      Stream.unwrap(Effect.map(
        api.timeseriesByBody({ payload: asked, responseMode: "response-only" }),
        (response) => response.stream
      )),
    points: (query) => api.points({ query }),
    latest: (site_name, point_names) => api.latestByBody({ payload: { site_name, point_names } }),
    coverage: (query) => api.coverage({ query }),
    sites: Effect.map(api.sites(), ({ sites }) => sites)
  }
}
