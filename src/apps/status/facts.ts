/**
 * What the verdict on the system's health is made from. It takes few rows: one a site, and the newest runs.
 */
import { Effect, Option } from "effect"
import type { ArchivalFacts, BackfillFacts, Facts, SyncFacts } from "../../domain/jobs/health.ts"
import type { RunReport } from "../../domain/jobs/run.ts"
import { Directory } from "../../ports/Directory.ts"
import { JobState } from "../../ports/JobState.ts"

/** Runs that are looked at, so many for each site: the newest of each is among them. */
const RUNS_PER_SITE = 3

/** How many sites are asked about at a time. */
export const AT_ONCE = 6

/** The newest run of each site. */
export const newestBySite = (runs: ReadonlyArray<RunReport>): ReadonlyMap<string, RunReport> =>
  new Map(runs.toReversed().map((run) => [run.site, run]))

const syncFacts = Effect.fnUntraced(function*(sites: ReadonlyArray<string>) {
  const jobs = yield* JobState
  const newest = newestBySite(yield* jobs.runs("sync", RUNS_PER_SITE * sites.length))
  return yield* Effect.forEach(sites, (site) =>
    Effect.map(jobs.rereading(site), (rereading): SyncFacts => {
      const run = newest.get(site)
      return {
        askedAt: Option.getOrUndefined(rereading)?.lateness?.askedAt ?? null,
        isSilent: (run?.counts["silentMinutes"] ?? 0) > 0,
        needsKey: run?.needsKey ?? false
      }
    }), { concurrency: AT_ONCE })
})

const archivalFacts = Effect.fnUntraced(function*() {
  const jobs = yield* JobState
  const { sites } = yield* (yield* Directory).reach
  const newest = newestBySite(yield* jobs.runs("archival", RUNS_PER_SITE * sites.length))
  const inventories = newestBySite(yield* jobs.runs("inventory", RUNS_PER_SITE * sites.length))
  return sites.map(({ oldestHotDay, site }): ArchivalFacts => {
    const run = newest.get(site)
    const lastRun = run === undefined ? null : { finishedAt: run.finishedAt, failed: run.status === "failed" }
    return { oldestHotDay, lastRun, isDamaged: inventories.get(site)?.status === "warning" }
  })
})

const backfillFacts = Effect.fnUntraced(function*() {
  const jobs = yield* JobState
  const job = Option.getOrNull(yield* jobs.job)
  if (job === null) return null
  const days = job.status === "in_progress" || job.status === "failed" ? yield* jobs.days(job.id) : []
  const failedDays = days.filter(({ status }) => status === "failed").length
  return { status: job.status, lastUpdated: job.lastUpdated, failedDays } satisfies BackfillFacts
})

/**
 * @param sites the sites that are synced; where nobody says, every site that has samples
 */
export const gatherFacts = Effect.fn("gatherFacts")(function*(sites: ReadonlyArray<string>) {
  const synced = sites.length > 0 ? sites : yield* (yield* Directory).sites
  return {
    syncs: yield* syncFacts(synced),
    archivals: yield* archivalFacts(),
    backfill: yield* backfillFacts()
  } satisfies Facts
})
