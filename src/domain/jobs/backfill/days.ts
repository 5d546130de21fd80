/**
 * The days of a backfill job: where each is in the plan, which one is next, and how many have ended.
 */
import type { Partition } from "../../tiers/partition.ts"
import { type BackfillDay, type BackfillPlan, countDays, partitionAt } from "./job.ts"

/** The index of a partition in the plan: the inverse of `partitionAt`. */
export const indexOf = (plan: BackfillPlan, { day, site }: Partition): number =>
  (day - plan.startDay) * plan.sites.length + plan.sites.indexOf(site)

/** The days by their index in the plan. */
export const byIndex = (plan: BackfillPlan, days: ReadonlyArray<BackfillDay>): Map<number, BackfillDay> =>
  new Map(days.map((day) => [indexOf(plan, day), day]))

const isOpen = (day: BackfillDay | undefined): boolean => day === undefined || day.status === "in_progress"

/** The first day that has not ended, from an index of the plan on; null where there is none. */
export const nextOpen = (
  plan: BackfillPlan,
  days: ReadonlyMap<number, BackfillDay>,
  from: number
): Partition | null => {
  const total = countDays(plan)
  for (let index = from; index < total; index++) if (isOpen(days.get(index))) return partitionAt(plan, index)
  return null
}

/** How many days ended in which way. */
export const countStatus = (
  days: ReadonlyArray<BackfillDay>
): { readonly completed: number; readonly empty: number; readonly failed: number } => {
  let completed = 0
  let empty = 0
  let failed = 0
  for (const day of days) {
    if (day.status === "completed") completed++
    else if (day.status === "empty") empty++
    else if (day.status === "failed") failed++
  }
  return { completed, empty, failed }
}
