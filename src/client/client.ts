/**
 * A typed client of the query API for browsers, Node and Workers, derived from the API's own definition.
 *
 * Every method returns an Effect; `Effect.runPromise` turns it into a promise. If the Worker answers with a problem
 * document, the Effect fails with the class of its status, such as `BadRequest`, which has its `code`, `field` and
 * `text`.
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
  /** The URL of the query Worker, such as `https://query.example.org`. */
  readonly baseUrl: string
  /** Not needed if the Worker lets everybody read. */
  readonly apiKey?: string
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

/** Which samples to query, and in what resolution: the body of `POST /timeseries/query`. */
export type Query = Omit<typeof QueryBody.Type, "format" | "layout">
export type Layout = "rows" | "columns"
export type QueryAnswer<L extends Layout> = L extends "columns" ? typeof ColumnsAnswer.Type : typeof RowsAnswer.Type

/** A problem document, a failed network, or an answer that does not match the API. */
export type ClientError = Problem | HttpClientError.HttpClientError | Schema.SchemaError

export interface PointsQuery {
  readonly site_name: string
  /** Words that must all occur in the name, unit, device, description or tags of a point. */
  readonly search?: string
  readonly limit?: number
  /** `next_cursor` of the page of results before. */
  readonly cursor?: string
}

export interface Client {
  /** An answer, whole in memory: rows, or columns if `layout` is `columns`. */
  readonly query: <L extends Layout = "rows">(
    asked: Query & { readonly layout?: L }
  ) => Effect.Effect<QueryAnswer<L>, ClientError>
  /** The bytes of an answer as they arrive, for answers of any size. */
  readonly stream: (
    asked: Query & { readonly format: "csv" | "ndjson" | "parquet" }
  ) => Stream.Stream<Uint8Array, ClientError>
  readonly points: (asked: PointsQuery) => Effect.Effect<typeof PointsAnswer.Type, ClientError>
  /** The last sample of each point. */
  readonly latest: (site: string, points: ReadonlyArray<string>) => Effect.Effect<typeof LatestAnswer.Type, ClientError>
  /** Which days have samples; the instants are written as in a query. */
  readonly coverage: (
    asked: { readonly site_name: string; readonly start_time: string; readonly end_time: string }
  ) => Effect.Effect<typeof CoverageAnswer.Type, ClientError>
  readonly sites: Effect.Effect<ReadonlyArray<string>, ClientError>
}

const decodeProblem = Schema.decodeUnknownEffect(Problem)

/** Fails with the problem document of a failed request, even if the endpoint does not declare its status. */
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
  const httpClient = makeHttpClient(options)
  const api = Effect.runSync(HttpApiClient.makeWith(QueryApi, { httpClient, baseUrl: options.baseUrl }))
  return {
    query: <L extends Layout = "rows">(asked: Query & { readonly layout?: L }) =>
      Effect.map(
        api.timeseriesByBody({ payload: { ...asked, format: "json" } }),
        // The layout of the answer is the one that was asked for.
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
