/**
 * Sync: what the source has had since the watermark goes into the hot store, every five minutes.
 *
 * Per site: ask from the watermark less the overlap to now, append what is new or changed, move the watermark over what
 * was stored; read the last closed day again for late rows; compact tails that are due. The run is logged whatever
 * happened, and one that moved nothing says why.
 */
import { Clock, Effect, Option, Schema, Stream } from "effect"
import { dayOf, dayStart, formatDay } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { changedColumns } from "../../domain/samples/merge.ts"
import { addDropped, formatDropped, type SourcePage } from "../../domain/samples/page.ts"
import { emptyColumns, newestUpTo, type Series, windowOfSamples } from "../../domain/samples/series.ts"
import { planCompaction, planReread, planSync, silentSince, startSync, stepSync } from "../../domain/jobs/sync-plan.ts"
import { type Window, windowOfDay } from "../../domain/time/window.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { HotDays, type StalePartition } from "../../ports/HotDays.ts"
import { type Fence, Intake } from "../../ports/Intake.ts"
import { JobState } from "../../ports/JobState.ts"
import { SampleSource } from "../../ports/SampleSource.ts"
import { inTurn, type Outcome, reportRun, type Tally } from "../run.ts"

export interface SyncOptions {
  /** How far behind the watermark to ask again, ms. */
  readonly overlapMs: number
  /** After this long, ms, no more is begun than what the next run would have to begin too: one piece of each kind of work. */
  readonly timeoutMs: number
  /** After this long, ms, a site is cut off: what hangs must not take the turn of others. */
  readonly cutOffMs: number
}

/** How long a cron may take, less a margin. All sites together have so long before any is cut off. */
const CRON_MS = 840_000

/** The source or a store took too long. */
class CutOff extends Schema.TaggedError<CutOff>()("CutOff", { afterMs: Schema.Finite }) {
  override get message() {
    return `cut off after ${Math.round(this.afterMs / 1_000)} s, so that other sites have their turn; the next run goes on`
  }
}

/** What a run has done so far, beside the samples. */
interface Progress extends Tally {
  readonly counts: {
    pages: number
    rows: number
    rowsWritten: number
    rereadRows: number
    compactedDays: number
    staleCompactions: number
  }
  readonly notes: Array<string>
}

/** Syncs one site and logs the report. */
export const syncSite = Effect.fn("syncSite")(function*(site: string, options: SyncOptions) {
  const progress: Progress = {
    samples: 0,
    dropped: {},
    counts: { pages: 0, rows: 0, rowsWritten: 0, rereadRows: 0, compactedDays: 0, staleCompactions: 0 },
    notes: []
  }
  const { cutOffMs } = options
  return yield* reportRun("sync", site, progress, ({ startedAt }) => {
    const work = sync(site, options, startedAt, progress)
    const cutOff = () => Effect.fail(new CutOff({ afterMs: cutOffMs }))
    return Number.isFinite(cutOffMs) ? Effect.timeoutOrElse(work, { duration: cutOffMs, orElse: cutOff }) : work
  })
})

/** Syncs every site, one after the other. */
export const syncAll = (sites: ReadonlyArray<string>, { overlapMs, timeoutMs }: Omit<SyncOptions, "cutOffMs">) =>
  inTurn(sites, timeoutMs, (site, turnMs) =>
    syncSite(site, { overlapMs, timeoutMs: turnMs, cutOffMs: Math.max(turnMs, CRON_MS / sites.length) }))

const sync = Effect.fnUntraced(function*(site: string, options: SyncOptions, now: number, progress: Progress) {
  const intake = yield* Intake
  const jobs = yield* JobState
  const watermark = yield* jobs.watermark(site)
  const range = Option.isSome(watermark)
    ? planSync(watermark.value, now, options.overlapMs)
    : planSync(yield* beginningOf(site, now), now, 0)
  // Samples bring the names of their points along: what else the source says of them can wait.
  yield* describePoints(site, now, progress).pipe(
    Effect.catchTag("SampleSourceError", (error) => Effect.sync(() => void progress.notes.push(error.message)))
  )
  const run = yield* intake.takeFence(site)
  const write = appender(run, progress)
  let state = startSync(range, Option.getOrNull(watermark))
  for (let { slice } = state; slice !== null; slice = state.slice) {
    const step = stepSync(state, slice, yield* write(site, slice, now), now)
    if (step.recheck !== null) yield* write(site, step.recheck, now)
    if (step.watermark !== null) yield* jobs.advanceWatermark(site, step.watermark)
    state = step.state
    // A run that has not moved the watermark goes on: the next run would begin where this one did, and stop there too.
    if (state.slice !== null && state.hasMoved && (yield* isOverdue(now, options))) {
      progress.notes.push(`out of time at ${formatInstant(state.slice.start)}; the next run goes on`)
      break
    }
  }
  const silent = silentSince(state, now)
  if (silent !== null) progress.notes.push(`the source is silent since ${formatInstant(silent)}`)
  const rowsOfSync = progress.counts.rows
  yield* reread(site, now, options, progress, write)
  yield* compactDue(site, now, options, progress)
  return yield* conclude(site, range.start, rowsOfSync, progress)
})

const isOverdue = (startedAt: number, options: SyncOptions) =>
  Effect.map(Clock.currentTimeMillis, (now) => now - startedAt > options.timeoutMs)

/** Where a site without a watermark begins: with the UTC day on which it was first tried, however long that fails. */
const beginningOf = Effect.fnUntraced(function*(site: string, now: number) {
  const jobs = yield* JobState
  const mark = `start/${site}`
  const first = yield* jobs.watermark(mark)
  if (Option.isSome(first)) return first.value
  const today = dayStart(dayOf(now))
  yield* jobs.advanceWatermark(mark, today)
  return today
})

/** Once a UTC day the source is asked for its points: new ones, and what it says of those known. */
const describePoints = Effect.fnUntraced(function*(site: string, now: number, progress: Progress) {
  const jobs = yield* JobState
  const mark = `points/${site}`
  const described = Option.getOrElse(yield* jobs.watermark(mark), () => -Infinity)
  if (described >= dayStart(dayOf(now))) return
  if ((yield* refreshPoints(site, progress)) > 0) yield* jobs.advanceWatermark(mark, now)
})

const refreshPoints = Effect.fnUntraced(function*(site: string, progress: Progress) {
  const source = yield* SampleSource
  const intake = yield* Intake
  const points = yield* source.points(site)
  if (points.length === 0) progress.notes.push("the source has no configured points")
  else yield* intake.registerPoints(site, points)
  return points.length
})

/** Appends what a window holds, page by page; answers the newest instant that is not ahead of `now`, null for none. */
const appender = (run: Fence, progress: Progress) => {
  let step = 0
  return Effect.fnUntraced(function*(site: string, window: Window, now: number) {
    const source = yield* SampleSource
    const intake = yield* Intake
    let newest: number | null = null
    yield* Stream.runForEach(
      source.pages(site, window),
      Effect.fnUntraced(function*(page: SourcePage) {
        progress.counts.pages++
        progress.counts.rows += page.rows
        progress.dropped = addDropped(progress.dropped, page.dropped)
        const covered = windowOfSamples(page.series)
        if (covered === null) return
        const stored = new Map((yield* intake.recent(site, covered)).map((series) => [series.point, series]))
        const changed = page.series
          .map((series): Series => ({
            point: series.point,
            ...changedColumns(series, stored.get(series.point) ?? emptyColumns)
          }))
          .filter((series) => series.timestamps.length > 0)
        if (changed.length > 0) {
          const written = yield* intake.append(run, ++step, changed)
          progress.samples += written.samples
          progress.counts.rowsWritten += written.rowsWritten
        }
        const ofPage = newestUpTo(page.series, now)
        if (ofPage !== null) newest = Math.max(newest ?? ofPage, ofPage)
      })
    )
    return newest
  })
}

/** Reads the last closed day again, a piece a run, unless a backfill or an archival has already published it. */
const reread = Effect.fnUntraced(function*(
  site: string,
  now: number,
  options: SyncOptions,
  progress: Progress,
  write: ReturnType<typeof appender>
) {
  const jobs = yield* JobState
  const catalog = yield* Catalog
  const mark = `reread/${site}`
  const windows = planReread(Option.getOrNull(yield* jobs.watermark(mark)), now)
  const [first] = windows
  if (first === undefined) return
  const day = dayOf(first.start)
  if ((yield* catalog.list(site, windowOfDay(day))).length > 0) {
    yield* jobs.advanceWatermark(mark, windowOfDay(day).end)
    return
  }
  for (const [i, window] of windows.entries()) {
    if (i > 0 && (yield* isOverdue(now, options))) return
    const before = progress.counts.rows
    yield* write(site, window, now)
    progress.counts.rereadRows += progress.counts.rows - before
    yield* jobs.advanceWatermark(mark, window.end)
  }
})

const compactDue = Effect.fnUntraced(function*(site: string, now: number, options: SyncOptions, progress: Progress) {
  const hotDays = yield* HotDays
  for (const [i, day] of planCompaction(yield* hotDays.list(site), now).entries()) {
    // One in any case: where the source takes all the time of every run the tail would grow without end.
    if (i > 0 && (yield* isOverdue(now, options))) return
    yield* hotDays.compact(site, day).pipe(
      Effect.tap((compacted) =>
        Effect.sync(() => {
          progress.counts.compactedDays++
          progress.counts.rowsWritten += compacted.rowsWritten
          progress.counts.staleCompactions += compacted.retries
        })
      ),
      // Another worker is at the same day: what it leaves is due again at the next run.
      Effect.catchTag("StalePartition", (stale: StalePartition) =>
        Effect.sync(() => {
          progress.counts.staleCompactions++
          progress.notes.push(`compaction of ${formatDay(stale.day)} gave way: ${stale.detail}`)
        }))
    )
  }
})

const conclude = Effect.fnUntraced(function*(
  site: string,
  start: number,
  rows: number,
  progress: Progress
) {
  const from = formatInstant(start)
  if (rows === 0) {
    const points = yield* refreshPoints(site, progress)
    if (points > 0) progress.notes.push(`the source answered no rows since ${from} for ${points} points`)
    return { status: "warning", reason: [...new Set(progress.notes)].join("; ") } satisfies Outcome
  }
  const dropped = formatDropped(progress.dropped)
  const kept = progress.counts.rows - Object.values(progress.dropped).reduce((sum, count) => sum + count, 0)
  if (kept === 0) progress.notes.push(`none of ${progress.counts.rows} rows since ${from} could be kept`)
  const moved = progress.samples > 0 || kept === 0 ? [] : [`nothing new: ${kept} rows since ${from} repeat what is stored`]
  return {
    status: progress.notes.length > 0 ? "warning" : "completed",
    reason: [...moved, ...progress.notes, ...(dropped === "" ? [] : [`dropped rows: ${dropped}`])].join("; ")
  } satisfies Outcome
})
