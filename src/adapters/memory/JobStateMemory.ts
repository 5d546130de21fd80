/**
 * `JobState` in memory, with every law of the port, for one process.
 */
import { Effect, Layer, Option } from "effect"
import type { BackfillDay, BackfillJob } from "../../domain/jobs/backfill/job.ts"
import { budgetTake, budgetTerms, budgetWait } from "../../domain/jobs/budget.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import type { Rereading } from "../../domain/jobs/reread-plan.ts"
import type { RunReport } from "../../domain/jobs/run.ts"
import { JobConflict, JobState, type Watermark } from "../../ports/JobState.ts"

interface Lease {
  readonly holder: string
  readonly until: number
}

const keyOf = ({ kind, site }: Watermark): string => JSON.stringify([kind, site])

const byPlan = (a: BackfillDay, b: BackfillDay): number =>
  a.day - b.day || comparePoints(a.site, b.site)

export const layer: Layer.Layer<JobState> = Layer.sync(JobState, () => {
  const watermarks = new Map<string, number>()
  const rereadings = new Map<string, Rereading>()
  const leases = new Map<string, Lease>()
  /** In the order of creation. */
  const jobs = new Map<string, BackfillJob>()
  const days = new Map<string, Map<string, BackfillDay>>()
  const runs = new Map<string, RunReport>()
  const budgets = new Map<string, number>()

  return JobState.of({
    watermark: (mark) => Effect.sync(() => Option.fromUndefinedOr(watermarks.get(keyOf(mark)))),
    advanceWatermark: (mark, to) =>
      Effect.sync(() => {
        watermarks.set(keyOf(mark), Math.max(to, watermarks.get(keyOf(mark)) ?? to))
      }),
    rereading: (site) => Effect.sync(() => Option.fromUndefinedOr(rereadings.get(site))),
    saveRereading: (site, state) => Effect.sync(() => void rereadings.set(site, state)),
    acquireLease: (jobId, holder, now, until) =>
      Effect.sync(() => {
        const lease = leases.get(jobId)
        if (lease !== undefined && lease.holder !== holder && lease.until > now) return false
        leases.set(jobId, { holder, until })
        return true
      }),
    releaseLease: (jobId, holder) =>
      Effect.sync(() => {
        if (leases.get(jobId)?.holder === holder) leases.delete(jobId)
      }),
    job: Effect.sync(() => Option.fromUndefinedOr([...jobs.values()].at(-1))),
    saveJob: (job, changed) =>
      Effect.suspend(() => {
        const stored = jobs.get(job.id)
        const otherIsLive = [...jobs.values()].some((other) => other.id !== job.id && other.status === "in_progress")
        const isOld = stored !== undefined && [...jobs.keys()].at(-1) !== job.id
        if ((stored?.version ?? 0) !== job.version - 1 || (job.status === "in_progress" && (otherIsLive || isOld))) {
          return Effect.fail(new JobConflict({ id: job.id, version: job.version - 1 }))
        }
        jobs.set(job.id, job)
        const mine = days.get(job.id) ?? new Map<string, BackfillDay>()
        days.set(job.id, mine)
        for (const day of changed) mine.set(JSON.stringify([day.day, day.site]), day)
        return Effect.void
      }),
    days: (jobId) => Effect.sync(() => [...days.get(jobId)?.values() ?? []].sort(byPlan)),
    logRun: (report) =>
      Effect.sync(() => {
        runs.set(report.id, report)
      }),
    runs: (kind, limit) =>
      Effect.sync(() =>
        [...runs.values()].filter((run) => run.kind === kind)
          .sort((a, b) => b.finishedAt - a.finishedAt || (a.id < b.id ? 1 : -1))
          .slice(0, limit)
      ),
    takeRequest: (budget, perMinute, now) =>
      Effect.sync(() => {
        const terms = budgetTerms(perMinute)
        const paidUntil = budgets.get(budget) ?? now
        const wait = budgetWait(terms, paidUntil, now)
        if (wait === 0) budgets.set(budget, budgetTake(terms, paidUntil, now))
        return wait
      })
  })
})
