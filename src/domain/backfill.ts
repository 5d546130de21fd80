/**
 * The backfill job: closed UTC days of one or more sites, taken one step at a time.
 */
import type { Day } from "./calendar.ts"
import type { Dropped } from "./page.ts"

export type BackfillStatus = "in_progress" | "completed" | "cancelled" | "failed"

export interface BackfillJob {
  readonly id: string
  readonly sites: ReadonlyArray<string>
  /** First and last day, both included. */
  readonly startDay: Day
  readonly endDay: Day
  readonly status: BackfillStatus
  /** Raised by every save. */
  readonly version: number
  /** Steps finished; the next step to act is `checkpoint + 1`. */
  readonly checkpoint: number
  /** The (site, day) being worked on, and the instant up to which its samples are published. */
  readonly cursor: { readonly site: string; readonly day: Day; readonly from: number } | null
  readonly samples: number
  readonly startedAt: number
  readonly lastUpdated: number
  /** Why it failed or was cancelled. */
  readonly reason: string
}

export interface BackfillDay {
  readonly site: string
  readonly day: Day
  readonly status: "in_progress" | "completed" | "empty" | "failed"
  readonly samples: number
  readonly dropped: Dropped
  readonly attempts: number
  readonly reason: string
}
