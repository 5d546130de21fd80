/**
 * How much longer a backfill takes, by what it has done: the days before it cost what days of their site cost of late,
 * at the pace that the job has kept.
 */
import { DAY_MS, dayStart } from "../../time/calendar.ts"
import { type BackfillDay, type BackfillJob, countDays } from "./job.ts"

/** A day costs its samples, and as much as these for the requests of a day that has none. */
const DAY_COSTS_SAMPLES = 50_000

/** How many of a site's newest days tell what its next ones cost: two weeks, so that weekends have their share. */
const DAYS_LOOKED_AT = 14

const costOf = (samples: number): number => DAY_COSTS_SAMPLES + samples

const mean = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length

/** What a day of each site costs; that of all sites together for those of which none was done yet. */
const expectedCosts = (job: BackfillJob, done: ReadonlyArray<BackfillDay>): ReadonlyMap<string, number> => {
  const bySite = Map.groupBy(done, ({ site }) => site)
  const known = [...bySite].map(([site, days]) =>
    [site, mean(days.slice(-DAYS_LOOKED_AT).map(({ samples }) => costOf(samples)))] as const)
  const others = mean(known.map(([, cost]) => cost))
  return new Map([...job.sites.map((site) => [site, others] as const), ...known])
}

/** The cost of what is done of the day at which the job works. */
const costOfBegun = ({ cursor }: BackfillJob, days: ReadonlyArray<BackfillDay>): number => {
  if (cursor === null) return 0
  const { day, from, site } = cursor
  const samples = days.find((one) => one.status === "in_progress" && one.day === day && one.site === site)?.samples ?? 0
  return samples + DAY_COSTS_SAMPLES * (from - dayStart(day)) / DAY_MS
}

/**
 * The time that the rest of a job takes, ms; null where nobody can say: before the first day was done, while the job
 * waits for another try, and when it has ended.
 *
 * @param days those that have begun, ascending
 */
export const estimateRest = (job: BackfillJob, days: ReadonlyArray<BackfillDay>): number | null => {
  const done = days.filter(({ status }) => status === "completed" || status === "empty")
  const waits = job.dueAt > job.lastUpdated
  if (job.status !== "in_progress" || done.length === 0 || waits) return null
  const costs = expectedCosts(job, done)
  const ended = Map.groupBy(days.filter(({ status }) => status !== "in_progress"), ({ site }) => site)
  const perSite = countDays(job) / job.sites.length
  const begun = costOfBegun(job, days)
  const whole = job.sites.map((site) => (perSite - (ended.get(site)?.length ?? 0)) * (costs.get(site) ?? 0))
  const rest = Math.max(0, whole.reduce((sum, cost) => sum + cost, -begun))
  const doneCost = done.reduce((sum, { samples }) => sum + costOf(samples), begun)
  return Math.round(job.workedMs / doneCost * rest)
}
