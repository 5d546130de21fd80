/**
 * The backfill job: closed UTC days of one or more sites, done step by step.
 *
 * The plan is a list of partitions: day by day, and each day site by site. A step works where the cursor points, and
 * ends with one save, which raises the checkpoint by one. Whatever it did before that save may happen again, and then
 * changes nothing.
 */
import { Result, Schema } from "effect"
import { BACKFILL_AFTER_MS, lastClosedDay } from "../../tiers/boundary.ts"
import type { Partition } from "../../tiers/partition.ts"
import { type Day, dayStart, formatDay, HOUR_MS, type InvalidDay, parseDay } from "../../time/calendar.ts"
import type { Dropped } from "../../samples/page.ts"

/** The longest job, in days. */
export const MAX_BACKFILL_DAYS = 366

export type BackfillStatus = "in_progress" | "completed" | "cancelled" | "failed"

/**
 * How a day stood before the source was asked. Whoever changes the day after that may have read the source later, so
 * that what was read is published only upon a day that has not changed.
 */
export interface DayState {
  /** Of the live object; null where there is none. */
  readonly etag: string | null
  /** Of the hot day; 0 where it has no hot samples. */
  readonly hotGeneration: number
  /** Whether a sync that runs now may read the day too. */
  readonly isSynced: boolean
}

/** What was read of a day by steps that could not finish it; nothing of it is published. */
export interface Staged {
  /** The run that began; its name will stand in the object, so that a later attempt knows its own. */
  readonly run: string
  /** The parts in the order of reading. */
  readonly parts: ReadonlyArray<string>
  readonly since: DayState
}

/** Where a job goes on. */
export interface BackfillCursor extends Partition {
  /** The samples of the day before this instant are staged, ms. At the end of the day they are to be published. */
  readonly from: number
  /** Absent in the job of an older version, which published what it read. */
  readonly staged?: Staged | null
  /** The length of the next slice, ms. It stays from day to day, because the density of a site hardly changes. */
  readonly sliceMs: number
}

/** What a job does. */
export interface BackfillPlan {
  readonly sites: ReadonlyArray<string>
  /** The first and the last day, both included. */
  readonly startDay: Day
  readonly endDay: Day
}

/** A job as it is saved. */
export interface BackfillJob extends BackfillPlan {
  readonly id: string
  readonly status: BackfillStatus
  /** Raised by every save. */
  readonly version: number
  /** How many steps are finished. Only step `checkpoint + 1` may act. */
  readonly checkpoint: number
  /** Null once every day has ended. */
  readonly cursor: BackfillCursor | null
  /** How many samples it has read and kept, those of the day in work included. */
  readonly samples: number
  /** ms, as are the two that follow. */
  readonly startedAt: number
  readonly lastUpdated: number
  /** When the next step is due; after a failed attempt that is later than `lastUpdated`. */
  readonly dueAt: number
  /** How long its steps took together, each from when it was due, ms; those that failed are not counted. */
  readonly workedMs: number
  /** Why it failed or was cancelled, or a remark on a completed one. */
  readonly reason: string
}

/** What a job did with one day of one site. */
export interface BackfillDay extends Partition {
  readonly status: "in_progress" | "completed" | "empty" | "failed"
  readonly samples: number
  readonly dropped: Dropped
  /** Failed attempts since the last step that succeeded. */
  readonly attempts: number
  readonly reason: string
}

/** A request for days that cannot be backfilled. `field` is the name of the field that held `text`. */
export class InvalidRange extends Schema.TaggedError<InvalidRange>()("InvalidRange", {
  field: Schema.String,
  text: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.field}: ${JSON.stringify(this.text)} ${this.reason}`
  }
}

/** What somebody asks for. */
export interface BackfillRequest {
  /** `YYYY-MM-DD`, both days included. */
  readonly startDate: string
  readonly endDate: string
  readonly sites: ReadonlyArray<string>
}

/** Reads and checks a request of at most `maxDays` days, at `now` (ms). */
export const planBackfill = (
  request: BackfillRequest,
  now: number,
  maxDays = MAX_BACKFILL_DAYS
): Result.Result<BackfillPlan, InvalidDay | InvalidRange> => {
  const start = parseDay(request.startDate, "start_date")
  const end = parseDay(request.endDate, "end_date")
  if (Result.isFailure(start)) return Result.fail(start.failure)
  if (Result.isFailure(end)) return Result.fail(end.failure)
  const refuse = (field: string, text: string, reason: string) => Result.fail(new InvalidRange({ field, text, reason }))
  const startDay = start.success
  const endDay = end.success
  const last = lastClosedDay(now, BACKFILL_AFTER_MS)
  if (endDay < startDay) return refuse("end_date", request.endDate, `is before start_date ${request.startDate}`)
  if (endDay > last) {
    const reason = `is not closed yet; the last day that can be backfilled is ${formatDay(last)}`
    return refuse("end_date", request.endDate, reason)
  }
  if (endDay - startDay >= maxDays) {
    const days = endDay - startDay + 1
    return refuse("start_date", request.startDate, `to end_date is ${days} days; a job may have at most ${maxDays}`)
  }
  if (request.sites.length === 0) return refuse("sites", "", "names no site")
  return Result.succeed({ sites: [...new Set(request.sites)], startDay, endDay })
}

/** Whether both are the same days of the same sites. */
export const samePlan = (a: BackfillPlan, b: BackfillPlan): boolean =>
  a.startDay === b.startDay && a.endDay === b.endDay && a.sites.length === b.sites.length &&
  a.sites.every((site, i) => site === b.sites[i])

/** How many days a plan has, counted for each site. */
export const countDays = (plan: BackfillPlan): number => (plan.endDay - plan.startDay + 1) * plan.sites.length

/** The partition at an index of the plan. */
export const partitionAt = (plan: BackfillPlan, index: number): Partition => ({
  site: plan.sites[index % plan.sites.length] as string,
  day: plan.startDay + Math.floor(index / plan.sites.length)
})

/** The cursor at the start of a partition. */
export const cursorAt = ({ day, site }: Partition, sliceMs: number): BackfillCursor => ({
  site,
  day,
  from: dayStart(day),
  staged: null,
  sliceMs
})

/** The first slice of a job is short, because the density of the site is not known yet. */
export const FIRST_SLICE_MS = HOUR_MS

/** A new job, which is saved as version 1. */
export const startJob = (plan: BackfillPlan, now: number): BackfillJob => ({
  ...plan,
  id: `backfill-${formatDay(plan.startDay)}-${formatDay(plan.endDay)}-${now}`,
  status: "in_progress",
  version: 1,
  checkpoint: 0,
  cursor: cursorAt(partitionAt(plan, 0), FIRST_SLICE_MS),
  samples: 0,
  startedAt: now,
  lastUpdated: now,
  dueAt: now,
  workedMs: 0,
  reason: ""
})
