/**
 * What the operations page asks: of the query Worker, and through it of the other three.
 */
import type { SitePlan } from "../../archival/api.ts"
import type { ProgressAnswer, StartedAnswer } from "../../backfill/answers.ts"
import type { SiteStats } from "../../etl/api.ts"
import type { RunAnswer } from "../../http/answers.ts"
import type { CoverageAnswer } from "../../query/answers.ts"
import { answerOf, type Get, makeClient, type Post } from "../api.ts"

export type Site = typeof SiteStats.Type
export type Run = RunAnswer
export type Plan = typeof SitePlan.Type
export type Progress = typeof ProgressAnswer.Type
export type CoveredDay = typeof CoverageAnswer.Type["days"][number]

export interface Health {
  readonly status: "healthy" | "degraded" | "unhealthy"
  readonly reasons: ReadonlyArray<{ readonly code: string; readonly detail: string }>
}

interface Dates {
  readonly start_date: string
  readonly end_date: string
}

type None = Record<string, never>

interface Paths {
  "/timeseries/coverage": {
    get: Get<{ site_name: string; start_time: string; end_time: string }, typeof CoverageAnswer.Type>
  }
  "/ops/etl/stats": { get: Get<None, { readonly sites: ReadonlyArray<Site>; readonly runs: ReadonlyArray<Run> }> }
  "/ops/etl/trigger": { post: Get<{ site_name: string }, { readonly status: string }> }
  "/ops/archival/archive/status": {
    get: Get<None, { readonly plans: ReadonlyArray<Plan>; readonly runs: ReadonlyArray<Run> }>
  }
  "/ops/backfill/backfill/status": { get: Get<None, Progress | { readonly status: "not_started" }> }
  "/ops/backfill/backfill/start": { post: Post<Dates, typeof StartedAnswer.Type> }
  "/ops/backfill/backfill/cancel": { post: Post<None, { readonly status: "cancelled" }> }
  "/ops/backfill/backfill/resume": { post: Post<None, typeof StartedAnswer.Type> }
}

const client = makeClient<Paths>()
const none = { params: { query: {} } }

/** A system that is not healthy answers 503, with the same document. */
export const fetchHealth = async (): Promise<Health> => (await fetch("/health")).json()

export const fetchStats = () => answerOf(client.GET("/ops/etl/stats", none))
export const fetchArchive = () => answerOf(client.GET("/ops/archival/archive/status", none))
export const fetchProgress = (): Promise<Progress | { readonly status: "not_started" }> =>
  answerOf(client.GET("/ops/backfill/backfill/status", none))

export const fetchCoverage = async (site: string): Promise<ReadonlyArray<CoveredDay>> => {
  const query = { site_name: site, start_time: "now-366d", end_time: "now" }
  return (await answerOf(client.GET("/timeseries/coverage", { params: { query } }))).days
}

export const syncSite = (site: string) =>
  answerOf(client.POST("/ops/etl/trigger", { params: { query: { site_name: site } } }))

export const startBackfill = (dates: Dates) => answerOf(client.POST("/ops/backfill/backfill/start", { body: dates }))
export const stopBackfill = () => answerOf(client.POST("/ops/backfill/backfill/cancel", { body: {} }))
export const resumeBackfill = () => answerOf(client.POST("/ops/backfill/backfill/resume", { body: {} }))
