/**
 * The backfill job: closed UTC days of one or more sites, taken one step at a time.
 *
 * The plan is every (site, day), day by day and site by site. A step works on the place the cursor shows, and ends with
 * one save that raises the checkpoint by one: whatever happened before that save may happen again and changes nothing.
 */
import { Result, Schema } from "effect"
import { BACKFILL_AFTER_MS, lastClosedDay } from "../../tiers/boundary.ts"
import { type Day, dayStart, formatDay, HOUR_MS, type InvalidDay, parseDay } from "../../time/calendar.ts"
import type { Dropped } from "../../samples/page.ts"

/** The longest job, in days. */
export const MAX_BACKFILL_DAYS = 366

export type BackfillStatus = "in_progress" | "completed" | "cancelled" | "failed"

/** Where a job stands. */
export interface BackfillCursor {
  readonly site: string
  readonly day: Day
  /** The day's samples before this instant are published. */
  readonly from: number
  /** How much of a day to ask for at once, ms; kept from day to day, because a site's density hardly changes. */
  readonly sliceMs: number
}

export interface BackfillPlan {
  readonly sites: ReadonlyArray<string>
  /** First and last day, both included. */
  readonly startDay: Day
  readonly endDay: Day
}

export interface BackfillJob extends BackfillPlan {
  readonly id: string
  readonly status: BackfillStatus
  /** Raised by every save. */
  readonly version: number
  /** Steps finished; the next step to act is `checkpoint + 1`. */
  readonly checkpoint: number
  /** Null once every day has ended. */
  readonly cursor: BackfillCursor | null
  readonly samples: number
  readonly startedAt: number
  readonly lastUpdated: number
  /** When the next step is due: later than `lastUpdated` after a failed attempt. */
  readonly dueAt: number
  /** Time spent inside steps, ms; pauses do not count. */
  readonly workedMs: number
  /** Why it failed or was cancelled, or what to know of a completed one. */
  readonly reason: string
}

export interface BackfillDay {
  readonly site: string
  readonly day: Day
  readonly status: "in_progress" | "completed" | "empty" | "failed"
  readonly samples: number
  readonly dropped: Dropped
  /** Failed attempts since the day last got on. */
  readonly attempts: number
  readonly reason: string
}

/** A request for days that cannot be: `field` is where the text stood. */
export class InvalidRange extends Schema.TaggedError<InvalidRange>()("InvalidRange", {
  field: Schema.String,
  text: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.field}: ${JSON.stringify(this.text)} ${this.reason}`
  }
}

export interface BackfillRequest {
  /** `YYYY-MM-DD`, both days included. */
  readonly startDate: string
  readonly endDate: string
  readonly sites: ReadonlyArray<string>
}

/** Reads a request of at most `maxDays` days. */
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
    return refuse("end_date", request.endDate, `is not closed yet; the last day that can be backfilled is ${formatDay(last)}`)
  }
  if (endDay - startDay >= maxDays) {
    const days = endDay - startDay + 1
    return refuse("start_date", request.startDate, `to end_date is ${days} days; a job takes ${maxDays} at most`)
  }
  if (request.sites.length === 0) return refuse("sites", "", "names no site")
  return Result.succeed({ sites: [...new Set(request.sites)], startDay, endDay })
}

/** Whether a start call asks for the job that is there. */
export const samePlan = (a: BackfillPlan, b: BackfillPlan): boolean =>
  a.startDay === b.startDay && a.endDay === b.endDay && a.sites.length === b.sites.length &&
  a.sites.every((site, i) => site === b.sites[i])

/** How many (site, day) a plan has. */
export const countDays = (plan: BackfillPlan): number => (plan.endDay - plan.startDay + 1) * plan.sites.length

/** One day of one site. */
export interface Place {
  readonly site: string
  readonly day: Day
}

/** The place at an index of the plan: day by day, site by site. */
export const placeAt = (plan: BackfillPlan, index: number): Place => ({
  site: plan.sites[index % plan.sites.length] as string,
  day: plan.startDay + Math.floor(index / plan.sites.length)
})

/** The cursor at the start of a place. */
export const cursorAt = (place: Place, sliceMs: number): BackfillCursor => ({ ...place, from: dayStart(place.day), sliceMs })

/** The first slice of a job is short: how dense the site is nobody knows yet. */
export const FIRST_SLICE_MS = HOUR_MS

/** A new job, to be saved at version 1. */
export const startJob = (plan: BackfillPlan, now: number): BackfillJob => ({
  ...plan,
  id: `backfill-${formatDay(plan.startDay)}-${formatDay(plan.endDay)}-${now}`,
  status: "in_progress",
  version: 1,
  checkpoint: 0,
  cursor: cursorAt(placeAt(plan, 0), FIRST_SLICE_MS),
  samples: 0,
  startedAt: now,
  lastUpdated: now,
  dueAt: now,
  workedMs: 0,
  reason: ""
})
