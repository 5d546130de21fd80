/**
 * Everything that is stored of the system's work, for `/status` and `/metrics`: some rows a site, and the newest runs.
 */
import { Clock, Effect, Option } from "effect"
import type { BackfillDay, BackfillJob } from "../../domain/jobs/backfill/job.ts"
import { estimateRest } from "../../domain/jobs/backfill/estimate.ts"
import { judge, type Verdict } from "../../domain/jobs/health.ts"
import { type Lateness, startLateness } from "../../domain/jobs/lateness.ts"
import { RUN_KINDS, type RunKind, type RunReport } from "../../domain/jobs/run.ts"
import { boundaryOf, planArchive } from "../../domain/tiers/boundary.ts"
import type { Month } from "../../domain/time/calendar.ts"
import { EVER } from "../../domain/time/window.ts"
import { Directory, type SiteReach } from "../../ports/Directory.ts"
import { HotDays } from "../../ports/HotDays.ts"
import { JobState } from "../../ports/JobState.ts"
import { MonthStore } from "../../ports/MonthStore.ts"
import type { Settings } from "../settings.ts"
import { AT_ONCE, gatherFacts, newestBySite } from "./facts.ts"

/** Runs of each kind that are looked at. */
const RUNS_READ = 100

/** Failed runs that are shown. */
const FAILURES_SHOWN = 20

export interface SiteSurvey {
  readonly site: string
  /** Null where the site has no samples yet. */
  readonly reach: SiteReach | null
  /** ms, as is the one that follows; null before the first. */
  readonly syncedThrough: number | null
  readonly newestSample: number | null
  readonly lateness: Lateness
  /** Days that are due to be archived. */
  readonly dueDays: number
  /** Closed months that are made, ascending. */
  readonly months: ReadonlyArray<Month>
  /** The newest run of each kind, those without one left out. */
  readonly runs: ReadonlyMap<RunKind, RunReport>
}

export interface BackfillSurvey {
  readonly job: BackfillJob
  readonly days: ReadonlyArray<BackfillDay>
  /** The newest runs since the job began, newest first. */
  readonly runs: ReadonlyArray<RunReport>
  /** ms; null where nobody can say. */
  readonly rest: number | null
}

export interface Survey {
  readonly at: number
  readonly hotDays: number
  readonly verdict: Verdict
  /** Bytes of the database; null where the platform does not say. */
  readonly bytes: number | null
  readonly sites: ReadonlyArray<SiteSurvey>
  readonly backfill: BackfillSurvey | null
  /** The newest failed runs of all kinds, newest first. */
  readonly failures: ReadonlyArray<RunReport>
}

type NewestRuns = ReadonlyMap<RunKind, ReadonlyMap<string, RunReport>>

const runsOf = (site: string, newest: NewestRuns): ReadonlyMap<RunKind, RunReport> =>
  new Map([...newest].flatMap(([kind, bySite]) => {
    const run = bySite.get(site)
    return run === undefined ? [] : [[kind, run] as const]
  }))

const surveySite = Effect.fnUntraced(function*(
  site: string,
  reach: SiteReach | null,
  newest: NewestRuns,
  boundary: number
) {
  const jobs = yield* JobState
  const syncedThrough = Option.getOrNull(yield* jobs.watermark({ kind: "synced", site }))
  const hotDays = yield* (yield* HotDays).list(site)
  const months = yield* (yield* MonthStore).months(site, EVER, [])
  const archived = reach?.newestArchivedSample ?? null
  const remembered = Option.getOrUndefined(yield* jobs.rereading(site))
  // The newest hour is read before what is missing behind it.
  const read = [syncedThrough, remembered?.ahead?.at(-1)?.end ?? null].filter((at) => at !== null)
  const known = [archived, ...read.map((end) => end - 1)].filter((at) => at !== null)
  return {
    site,
    reach,
    syncedThrough,
    newestSample: known.length === 0 ? null : Math.max(...known),
    lateness: remembered?.lateness ?? startLateness,
    dueDays: planArchive(hotDays.map(({ day }) => day), boundary, Infinity).due.length,
    months: months.map(({ month }) => month),
    runs: runsOf(site, newest)
  } satisfies SiteSurvey
})

const surveyBackfill = Effect.fnUntraced(function*(runs: ReadonlyArray<RunReport>) {
  const jobs = yield* JobState
  const job = Option.getOrNull(yield* jobs.job)
  if (job === null) return null
  const days = yield* jobs.days(job.id)
  return {
    job,
    days,
    runs: runs.filter(({ startedAt }) => startedAt >= job.startedAt),
    rest: estimateRest(job, days)
  } satisfies BackfillSurvey
})

export const survey = Effect.fn("survey")(function*(settings: Settings) {
  const jobs = yield* JobState
  const at = yield* Clock.currentTimeMillis
  const reach = yield* (yield* Directory).reach
  const runs = new Map(
    yield* Effect.forEach(RUN_KINDS, (kind) => Effect.map(jobs.runs(kind, RUNS_READ), (all) => [kind, all] as const))
  )
  const newest: NewestRuns = new Map([...runs].map(([kind, all]) => [kind, newestBySite(all)]))
  const names = new Set([...reach.sites.map(({ site }) => site), ...settings.sites])
  const boundary = boundaryOf(at, settings.hotDays)
  const sites = yield* Effect.forEach(names, (site) =>
    surveySite(site, reach.sites.find((one) => one.site === site) ?? null, newest, boundary), { concurrency: AT_ONCE })
  return {
    at,
    hotDays: settings.hotDays,
    verdict: judge(yield* gatherFacts(settings.sites), settings.hotDays, at),
    bytes: reach.bytes,
    sites,
    backfill: yield* surveyBackfill(runs.get("backfill") ?? []),
    failures: [...runs.values()].flat().filter(({ status }) => status === "failed")
      .sort((a, b) => b.finishedAt - a.finishedAt).slice(0, FAILURES_SHOWN)
  } satisfies Survey
})
