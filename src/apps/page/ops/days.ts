/**
 * What is known of each day of a backfill and of the archive. Data in, data out.
 */
import { DAY_MS } from "../../../domain/time/lengths.ts"
import type { CoveredDay, Plan, Progress } from "./api.ts"

type BackfillState = "done" | "empty" | "failed" | "retrying" | "current" | "waiting"
type ArchiveState = "hot" | "split" | "archived" | "due" | "none"

export interface DayCell {
  readonly date: string
  readonly state: BackfillState | ArchiveState
  /** Why, where there is something to say. */
  readonly reason: string
}

const dateText = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** All days from the first to the last, both included: `2026-11-20`. */
export const datesBetween = (first: string, last: string): ReadonlyArray<string> => {
  const [from, to] = [Date.parse(first), Date.parse(last)]
  const length = Math.max(0, Math.round((to - from) / DAY_MS) + 1)
  return Array.from({ length }, (_, i) => dateText(from + i * DAY_MS))
}

/** The days of a job for a site: it works day by day, and on each day site by site. */
export const backfillDays = (job: Progress, site: string): ReadonlyArray<DayCell> => {
  const note = (notes: Progress["failed_days"], date: string) =>
    notes.find((one) => one.site === site && one.date === date)
  const { current_date, current_site } = job
  const isBefore = (date: string): boolean =>
    current_date === null || date < current_date ||
    (date === current_date && job.sites.indexOf(site) < job.sites.indexOf(current_site ?? ""))
  return datesBetween(job.start_date, job.end_date).map((date) => {
    const failed = note(job.failed_days, date)
    if (failed !== undefined) return { date, state: "failed", reason: failed.reason }
    const empty = note(job.empty_days, date)
    if (empty !== undefined) return { date, state: "empty", reason: empty.reason }
    const retrying = note(job.retrying_days, date)
    if (retrying !== undefined) return { date, state: "retrying", reason: retrying.reason }
    if (isBefore(date)) return { date, state: "done", reason: "" }
    const isCurrent = date === current_date && site === current_site && job.status === "in_progress"
    return { date, state: isCurrent ? "current" : "waiting", reason: "" }
  })
}

const TIERS: Readonly<Record<CoveredDay["tier"], DayCell["state"]>> = { d1: "hot", r2: "archived", split: "split" }

/** The days of the archive of a site, from the first that has samples to today. */
export const archiveDays = (
  covered: ReadonlyArray<CoveredDay>,
  plan: Plan | undefined,
  now: number
): ReadonlyArray<DayCell> => {
  const [first] = covered
  if (first === undefined) return []
  const byDate = new Map(covered.map((day) => [day.day, day] as const))
  const due = new Set([...plan?.due_days ?? [], ...plan?.postponed_days ?? []])
  return datesBetween(first.day, dateText(now)).map((date) => {
    const day = byDate.get(date)
    if (day === undefined) return { date, state: "none", reason: "no samples" }
    const count = day.samples === null ? "" : `${day.samples.toLocaleString("en")} samples`
    return { date, state: due.has(date) ? "due" : TIERS[day.tier], reason: count }
  })
}

/** How many days are in each state, in the order in which they first occur. */
export const countStates = (days: ReadonlyArray<DayCell>): ReadonlyMap<DayCell["state"], number> => {
  const counts = new Map<DayCell["state"], number>()
  for (const { state } of days) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}
