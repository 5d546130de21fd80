/**
 * How the system is, judged from what is stored about its work. The verdict names no site and no point, so that anybody
 * may read it.
 */
import { type Day, DAY_MS, dayStart, HOUR_MS, MINUTE_MS } from "../time/calendar.ts"
import type { BackfillJob } from "./backfill/job.ts"

/** Syncs run every five minutes: two of them may fail. */
export const SYNC_LATE_MS = 15 * MINUTE_MS
/** Archival runs once a day: one night may pass in which a day has only just become due. */
export const ARCHIVAL_LATE_MS = 26 * HOUR_MS
/** A step of a backfill takes minutes. */
export const BACKFILL_LATE_MS = HOUR_MS

/** What is known of the sync of a site. */
export interface SyncFacts {
  /** When the source was last asked for everything up to the present, ms; null where it never was. */
  readonly askedAt: number | null
  /** What the newest sync found. */
  readonly isSilent: boolean
  readonly needsKey: boolean
}

/** What is known of the archival of a site. */
export interface ArchivalFacts {
  readonly oldestHotDay: Day | null
  /** Of the newest run: when it ended, ms, and whether it failed; null where there was none. */
  readonly lastRun: { readonly finishedAt: number; readonly failed: boolean } | null
  /** Whether the newest inventory found objects missing or damaged. */
  readonly isDamaged: boolean
}

/** What is known of the newest backfill. */
export interface BackfillFacts {
  readonly status: BackfillJob["status"]
  /** When a step last ended, ms. */
  readonly lastUpdated: number
  /** Days that have failed. */
  readonly failedDays: number
}

export interface Facts {
  readonly syncs: ReadonlyArray<SyncFacts>
  readonly archivals: ReadonlyArray<ArchivalFacts>
  /** Null where there never was one. */
  readonly backfill: BackfillFacts | null
}

export const DEGRADED = [
  "sync_late",
  "source_silent",
  "archival_late",
  "archival_failed",
  "archive_damaged",
  "backfill_failed",
  "backfill_late"
] as const

/** With one of these the system does not do its work. */
export const UNHEALTHY = ["key_refused", "store_unavailable", "schema_not_ready"] as const

export interface Reason {
  readonly code: (typeof DEGRADED)[number] | (typeof UNHEALTHY)[number]
  readonly detail: string
}

export interface Verdict {
  readonly status: "healthy" | "degraded" | "unhealthy"
  /** Empty where it is healthy. */
  readonly reasons: ReadonlyArray<Reason>
}

const isGrave = ({ code }: Reason): boolean => UNHEALTHY.some((grave) => grave === code)

/** The verdict that follows from its reasons. */
export const verdictOf = (reasons: ReadonlyArray<Reason>): Verdict => ({
  status: reasons.some(isGrave) ? "unhealthy" : reasons.length > 0 ? "degraded" : "healthy",
  reasons
})

/** How long ago the source of a site was asked for everything up to the present, ms; null where it never was. */
export const syncLag = ({ askedAt }: Pick<SyncFacts, "askedAt">, now: number): number | null =>
  askedAt === null ? null : Math.max(0, now - askedAt)

export const isSyncLate = (facts: Pick<SyncFacts, "askedAt">, now: number): boolean =>
  (syncLag(facts, now) ?? Infinity) > SYNC_LATE_MS

/** For how long the oldest hot day of a site has been due to be archived, ms; 0 where none is due. */
export const archivalLag = (oldestHotDay: Day | null, hotDays: number, now: number): number =>
  oldestHotDay === null ? 0 : Math.max(0, now - dayStart(oldestHotDay + 1) - hotDays * DAY_MS)

/** A day that came to be old just now, with samples that came late, waits for the next run and is not late. */
const isArchivalLate = ({ lastRun, oldestHotDay }: ArchivalFacts, hotDays: number, now: number): boolean =>
  archivalLag(oldestHotDay, hotDays, now) > ARCHIVAL_LATE_MS &&
  (lastRun === null || lastRun.failed || now - lastRun.finishedAt > ARCHIVAL_LATE_MS)

/** `2 of 3 sites` */
const countSites = (count: number, of: ReadonlyArray<unknown>): string =>
  `${count} of ${of.length} ${of.length === 1 ? "site" : "sites"}`

const aboutSites = <A>(
  all: ReadonlyArray<A>,
  code: Reason["code"],
  what: string,
  holds: (one: A) => boolean
): ReadonlyArray<Reason> => {
  const count = all.filter(holds).length
  return count === 0 ? [] : [{ code, detail: `${countSites(count, all)}: ${what}` }]
}

const aboutBackfill = ({ failedDays, lastUpdated, status }: BackfillFacts, now: number): ReadonlyArray<Reason> => {
  const failed: Reason = {
    code: "backfill_failed",
    detail: failedDays > 0 ? `${failedDays} days of the backfill have failed` : "the backfill has failed"
  }
  const late: Reason = { code: "backfill_late", detail: "the backfill has not got on for more than an hour" }
  return [
    ...status === "failed" || (status === "in_progress" && failedDays > 0) ? [failed] : [],
    ...status === "in_progress" && now - lastUpdated > BACKFILL_LATE_MS ? [late] : []
  ]
}

/**
 * Everything that is wrong.
 *
 * @param hotDays the age in days at which samples are due to be archived
 */
export const judge = (facts: Facts, hotDays: number, now: number): Verdict => {
  const { archivals, backfill, syncs } = facts
  return verdictOf([
    ...aboutSites(syncs, "key_refused", "the source refuses the key", ({ needsKey }) => needsKey),
    ...aboutSites(syncs, "sync_late", "not synced up to the present for more than 15 minutes", (one) =>
      isSyncLate(one, now)),
    ...aboutSites(syncs, "source_silent", "the source sends no samples any more", ({ isSilent }) => isSilent),
    ...aboutSites(archivals, "archival_late", "a day has waited for archival for more than 26 hours", (one) =>
      isArchivalLate(one, hotDays, now)),
    ...aboutSites(archivals, "archival_failed", "the last archival has failed", ({ lastRun }) =>
      lastRun?.failed === true),
    ...aboutSites(archivals, "archive_damaged", "the last inventory found objects missing or damaged", (one) =>
      one.isDamaged),
    ...backfill === null ? [] : aboutBackfill(backfill, now)
  ])
}
