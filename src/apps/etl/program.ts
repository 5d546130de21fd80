/**
 * Sync: every five minutes, what the source has since the watermark goes into the hot store.
 *
 * For each site: ask from the watermark less the overlap to now, append what is new or changed, and move the watermark
 * past what was stored; read earlier windows again for late rows; compact tails that are due. Every run is logged,
 * and one that stored nothing says why.
 */
import { Effect, Option, Schema } from "effect"
import { dayOf, dayStart, formatDay, MINUTE_MS } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { formatDropped } from "../../domain/samples/page.ts"
import { startLateness } from "../../domain/jobs/lateness.ts"
import { newestKnown, planCompaction, planSync, startSync, stepSync } from "../../domain/jobs/sync-plan.ts"
import { HotDays, type StalePartition } from "../../ports/HotDays.ts"
import { Intake } from "../../ports/Intake.ts"
import { JobState, type Watermark } from "../../ports/JobState.ts"
import { SampleSource } from "../../ports/SampleSource.ts"
import { inTurn, reportRun, type RunOutcome } from "../run.ts"
import { reread } from "./reread.ts"
import { isSilent } from "./silence.ts"
import { isOverdue, makeAppender, makeTally, type SiteSync, type SyncOptions } from "./site-sync.ts"

/** How long a cron may take, less a margin, ms. Each site may take an equal part of it before it is cut off. */
const CRON_MS = 840_000

/** The source or a store took too long. */
class CutOff extends Schema.TaggedError<CutOff>()("CutOff", { afterMs: Schema.Finite }) {
  override get message() {
    return `cut off after ${Math.round(this.afterMs / 1_000)} s to leave time for other sites; the next run goes on`
  }
}

/** Syncs one site and logs the report. */
export const syncSite = Effect.fn("syncSite")(function*(site: string, options: SyncOptions) {
  const tally = makeTally()
  const { cutOffMs } = options
  return yield* reportRun("sync", site, tally, ({ startedAt }) => {
    const work = sync({ site, options, now: startedAt, tally })
    const cutOff = () => Effect.fail(new CutOff({ afterMs: cutOffMs }))
    return Number.isFinite(cutOffMs) ? Effect.timeoutOrElse(work, { duration: cutOffMs, orElse: cutOff }) : work
  })
})

/** Syncs every site, one after the other. */
export const syncAll = (sites: ReadonlyArray<string>, options: Omit<SyncOptions, "cutOffMs">) =>
  inTurn(sites, options.timeoutMs, (site, turnMs) =>
    syncSite(site, { ...options, timeoutMs: turnMs, cutOffMs: Math.max(turnMs, CRON_MS / sites.length) }))

const sync = Effect.fnUntraced(function*(run: SiteSync) {
  const { now, options, site, tally } = run
  const intake = yield* Intake
  const jobs = yield* JobState
  const synced: Watermark = { kind: "synced", site }
  const rereading = yield* jobs.rereading(site)
  tally.lateness = Option.getOrUndefined(rereading)?.lateness ?? startLateness
  const { askedAt } = tally.lateness
  const watermark = yield* jobs.watermark(synced)
  const range = Option.isSome(watermark)
    ? planSync(watermark.value, now, options.overlapMs)
    : planSync(yield* beginningOf(site, now), now, 0)
  // Not essential: samples come with the names of their points, descriptions can wait.
  yield* describePoints(run).pipe(
    Effect.catchTag("SampleSourceError", (error) => Effect.sync(() => void tally.notes.push(error.message)))
  )
  const write = makeAppender(run, yield* intake.takeFence(site))
  let state = startSync(range, Option.getOrNull(watermark))
  for (let { slice } = state; slice !== null; slice = state.slice) {
    const step = stepSync(state, slice, (yield* write(slice, askedAt)).newest, now)
    if (step.recheck !== null) yield* write(step.recheck, askedAt)
    if (step.watermark !== null) yield* jobs.advanceWatermark(synced, step.watermark)
    state = step.state
    // A run that has not moved the watermark goes on: the next run would begin where this one did, and stop there too.
    if (state.slice !== null && state.hasMoved && (yield* isOverdue(run))) {
      tally.notes.push(`out of time at ${formatInstant(state.slice.start)}; the next run goes on`)
      break
    }
  }
  const newest = newestKnown(state)
  const silent = newest !== null && (yield* isSilent(site, newest, tally.lateness, now))
  if (silent) {
    tally.notes.push(`the source is silent since ${formatInstant(newest)}`)
    tally.counts.silentMinutes = Math.round((now - newest) / MINUTE_MS)
  }
  const rowsOfSync = tally.counts.rows
  // Today's data goes first: a run that did not come to its end reads nothing again.
  if (state.slice === null) yield* reread(run, rereading, write, tally.counts.pages)
  yield* compactDue(run)
  // An overlap repeats the newest sample; without one it is no wonder that there are no rows before the next is due.
  const isEmptyExpected = newest !== null && !silent && range.start > newest
  return yield* conclude(run, { start: range.start, rows: rowsOfSync, isEmptyExpected })
})

/** Where a site without a watermark begins: with the UTC day of its first sync, even if that one failed. */
const beginningOf = Effect.fnUntraced(function*(site: string, now: number) {
  const jobs = yield* JobState
  const mark: Watermark = { kind: "started", site }
  const first = yield* jobs.watermark(mark)
  if (Option.isSome(first)) return first.value
  const today = dayStart(dayOf(now))
  yield* jobs.advanceWatermark(mark, today)
  return today
})

/** Once a UTC day asks the source for its points: new ones, and the descriptions of all. */
const describePoints = Effect.fnUntraced(function*(run: SiteSync) {
  const { now, site } = run
  const jobs = yield* JobState
  const mark: Watermark = { kind: "described", site }
  const described = Option.getOrElse(yield* jobs.watermark(mark), () => -Infinity)
  if (described >= dayStart(dayOf(now))) return
  if ((yield* refreshPoints(run)) > 0) yield* jobs.advanceWatermark(mark, now)
})

const refreshPoints = Effect.fnUntraced(function*({ site, tally }: SiteSync) {
  const source = yield* SampleSource
  const intake = yield* Intake
  const points = yield* source.points(site)
  if (points.length === 0) tally.notes.push("the source has no configured points")
  else yield* intake.registerPoints(site, points)
  return points.length
})

const compactDue = Effect.fnUntraced(function*(run: SiteSync) {
  const { now, site, tally } = run
  const hotDays = yield* HotDays
  for (const [i, day] of planCompaction(yield* hotDays.list(site), now).entries()) {
    // Always compacts one: if the source takes all the time of every run, the tail would grow without end.
    if (i > 0 && (yield* isOverdue(run))) return
    yield* hotDays.compact(site, day).pipe(
      Effect.tap((compacted) =>
        Effect.sync(() => {
          tally.counts.compactedDays++
          tally.counts.rowsWritten += compacted.cost
          tally.counts.staleCompactions += compacted.retries
        })
      ),
      // Another Worker works on the same day: what it leaves is due again at the next run.
      Effect.catchTag("StalePartition", (stale: StalePartition) =>
        Effect.sync(() => {
          tally.counts.staleCompactions++
          tally.notes.push(`compaction of ${formatDay(stale.day)} gave way: ${stale.detail}`)
        })),
      // Such a day must not stop the others. Its samples are stored and answered.
      Effect.catchTag("DayTooDense", (error) => Effect.sync(() => void tally.notes.push(error.message)))
    )
  }
})

const whyNothingMoved = (kept: number, from: string): string =>
  kept > 0 ? `nothing new: ${kept} rows since ${from} repeat what is stored` : `no rows since ${from}: none was due yet`

interface Asked {
  /** From where the source was asked up to the present. */
  readonly start: number
  readonly rows: number
  /** Whether nothing was due. */
  readonly isEmptyExpected: boolean
}

const conclude = Effect.fnUntraced(function*(run: SiteSync, { isEmptyExpected, rows, start }: Asked) {
  const { tally } = run
  const from = formatInstant(start)
  if (rows === 0 && !isEmptyExpected) {
    const points = yield* refreshPoints(run)
    if (points > 0) tally.notes.push(`the source answered no rows since ${from} for ${points} points`)
    return { status: "warning", reason: [...new Set(tally.notes), ...tally.remarks].join("; ") } satisfies RunOutcome
  }
  const dropped = formatDropped(tally.dropped)
  const kept = tally.counts.rows - Object.values(tally.dropped).reduce((sum, count) => sum + count, 0)
  if (kept === 0 && rows > 0) tally.notes.push(`none of ${tally.counts.rows} rows since ${from} could be kept`)
  const moved = tally.samples > 0 || (kept === 0 && rows > 0) ? [] : [whyNothingMoved(kept, from)]
  const rejected = dropped === "" ? [] : [`dropped rows: ${dropped}`]
  return {
    status: tally.notes.length > 0 ? "warning" : "completed",
    reason: [...moved, ...tally.notes, ...tally.remarks, ...rejected].join("; ")
  } satisfies RunOutcome
})
