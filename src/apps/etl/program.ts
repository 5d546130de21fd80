/**
 * Sync: every five minutes, what the source has since the watermark goes into the hot store.
 *
 * For each site: ask from the watermark less the overlap to now, the newest hour first, append what is new or changed,
 * and move the watermark past what was stored; read earlier windows again for late rows; compact tails that are due.
 * Every run is logged, and one that stored nothing says why.
 */
import { Effect, Option, Schema } from "effect"
import { dayOf, dayStart, MINUTE_MS } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { formatDropped } from "../../domain/samples/page.ts"
import { startLateness } from "../../domain/jobs/lateness.ts"
import { newestSample } from "../../domain/jobs/read-so-far.ts"
import { startRereading } from "../../domain/jobs/reread-plan.ts"
import { Intake } from "../../ports/Intake.ts"
import { JobState, type Watermark } from "../../ports/JobState.ts"
import { SampleSource } from "../../ports/SampleSource.ts"
import { inTurn, reportRun, type RunOutcome } from "../run.ts"
import { compactDue } from "./compact.ts"
import { readMissing, readUntilNow } from "./missing.ts"
import { reread } from "./reread.ts"
import { isSilent } from "./silence.ts"
import { makeAppender, makeTally, type SiteSync, type SyncOptions } from "./site-sync.ts"

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
  const stored = yield* (yield* JobState).rereading(site)
  const remembered = Option.getOrElse(stored, () => startRereading(now, options.lateMs))
  tally.lateness = remembered.lateness ?? startLateness
  const before = yield* readUntilNow(run, remembered)
  // Not essential: samples come with the names of their points, descriptions can wait.
  yield* describePoints(run).pipe(
    Effect.catchTag("SampleSourceError", (error) => Effect.sync(() => void tally.notes.push(error.message)))
  )
  const write = makeAppender(run, yield* intake.takeFence(site))
  const { read, start } = yield* readMissing(run, { before, remembered }, write)
  const newest = newestSample(read)
  const silent = newest !== null && (yield* isSilent(site, newest, tally.lateness, now))
  if (silent) {
    tally.notes.push(`the source is silent since ${formatInstant(newest)}`)
    tally.counts.silentMinutes = Math.round((now - newest) / MINUTE_MS)
  }
  const rowsOfSync = tally.counts.rows
  // Today's data goes first: where something is missing, nothing is read again.
  if (read.ahead.length === 0) yield* reread(run, { ...remembered, ahead: [] }, write, tally.counts.pages)
  yield* compactDue(run)
  // An overlap repeats the newest sample; without one it is no wonder that there are no rows before the next is due.
  const isEmptyExpected = newest !== null && !silent && start > newest
  return yield* conclude(run, { start, rows: rowsOfSync, isEmptyExpected })
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
