/**
 * The client of the APIs, typed by the schemas of their answers. The key stays in the memory of this page: it is sent
 * as a header, and is in no URL and no storage.
 */
import createClient from "openapi-fetch"
import type { ColumnsAnswer, LatestAnswer, PointsAnswer } from "../query/answers.ts"
import { errorOf, unreachable, wasCancelled } from "./problem.ts"

export type Columns = typeof ColumnsAnswer.Type
export type Point = typeof PointsAnswer.Type["points"][number]
export type Metadata = Columns["metadata"]
export type Latest = typeof LatestAnswer.Type["points"][number]

/** openapi-fetch's types do not know arrays that are only read. */
type Writable<A> = A extends ReadonlyArray<infer B> ? Array<Writable<B>>
  : A extends object ? { -readonly [K in keyof A]: Writable<A[K]> }
  : A

interface Responses<Answer> {
  200: { content: { "application/json": Writable<Answer> } }
  default: { content: { "application/problem+json": { code: string; detail: string } } }
}

/** One operation as openapi-fetch reads it. */
export interface Get<Query, Answer> {
  parameters: { query: Query }
  responses: Responses<Answer>
}

export interface Post<Body, Answer> {
  parameters: { query?: never }
  requestBody: { content: { "application/json": Writable<Body> } }
  responses: Responses<Answer>
}

export interface Question {
  readonly site_name: string
  readonly point_name: Array<string>
  readonly start_time: string
  readonly end_time: string
  readonly layout?: "columns"
  readonly format?: "parquet"
  readonly width?: number
  readonly interval?: string
  readonly agg?: string
  readonly tz?: string
  readonly explain?: boolean
}

interface Paths {
  "/sites": { get: Get<Record<string, never>, { readonly sites: ReadonlyArray<string> }> }
  "/points": {
    get: Get<{ site_name: string; cursor?: string; limit?: number }, typeof PointsAnswer.Type>
  }
  "/points/latest": {
    post: Post<{ site_name: string; point_names: Array<string> }, typeof LatestAnswer.Type>
  }
  "/timeseries/query": { get: Get<Question, Columns> }
}

let key: string | null = null

/** Used for all requests from now on. */
export const useKey = (next: string | null): void => {
  key = next
}

/** A client that sends the key. */
export const makeClient = <Paths extends object>() => {
  const client = createClient<Paths>()
  client.use({
    onRequest: ({ request }) => {
      if (key !== null) request.headers.set("authorization", `Bearer ${key}`)
      return request
    }
  })
  return client
}

const client = makeClient<Paths>()

/** The answer, or an `AskError`; a request that was cancelled stays an `AbortError`. */
export const answerOf = async <A>(asked: Promise<{ data?: A; error?: unknown; response: Response }>): Promise<A> => {
  const { data, error, response } = await asked.catch((cause: unknown) => {
    throw wasCancelled(cause) ? cause : unreachable()
  })
  if (!response.ok || data === undefined) throw errorOf(response.status, error)
  return data
}

export const fetchSites = async (): Promise<ReadonlyArray<string>> =>
  (await answerOf(client.GET("/sites", { params: { query: {} } }))).sites

/** All points of a site, a page of results after the other; `onPage` is told of those so far. */
export const fetchPoints = async (
  site: string,
  signal: AbortSignal,
  onPage: (points: ReadonlyArray<Point>) => void
): Promise<void> => {
  const points: Array<Point> = []
  let cursor: string | null = null
  do {
    const query = { site_name: site, ...(cursor === null ? {} : { cursor }) }
    const page: typeof PointsAnswer.Type = await answerOf(client.GET("/points", { params: { query }, signal }))
    points.push(...page.points)
    onPage([...points])
    cursor = page.next_cursor
  } while (cursor !== null)
}

export const fetchLatest = async (
  site: string,
  points: ReadonlyArray<string>,
  signal: AbortSignal
): Promise<ReadonlyArray<Latest>> => {
  const body = { site_name: site, point_names: [...points] }
  return (await answerOf(client.POST("/points/latest", { body, signal }))).points
}

export const fetchFile = (query: Question): Promise<Blob> =>
  answerOf(client.GET("/timeseries/query", { params: { query }, parseAs: "blob" }))

export const fetchColumns = (query: Question, signal: AbortSignal): Promise<Columns> =>
  answerOf(client.GET("/timeseries/query", { params: { query }, signal }))
