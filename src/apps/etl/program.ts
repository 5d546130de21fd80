/**
 * Sync: every five minutes, what the source has since the watermark goes into the hot store.
 *
 * For each site: ask from the watermark less the overlap to now, append what is new or changed, and move the watermark
 * past what was stored; read the last closed day again for late rows; compact tails that are due. Every run is logged,
 * and one that stored nothing says why.
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
import { JobState, type Watermark } from "../../ports/JobState.ts"
import { SampleSource } from "../../ports/SampleSource.ts"
import { inTurn, reportRun, type RunOutcome, type RunTally } from "../run.ts"

export interface SyncOptions {
  /** How far behind the watermark to ask again, ms. */
  readonly overlapMs: number
  /** After this long, ms, only one more piece of each kind of work is begun, as the next run would have to do. */
  readonly timeoutMs: number
  /** After this long, ms, a site is cut off: one that hangs must not take the time of the others. */
  readonly cutOffMs: number
}

/** How long a cron may take, less a margin, ms. Each site may take an equal part of it before it is cut off. */
const CRON_MS = 840_000

/** The source or a store took too long. */
class CutOff extends Schema.TaggedError<CutOff>()("CutOff", { afterMs: Schema.Finite }) {
  override get message() {
    return `cut off after ${Math.round(this.afterMs / 1_000)} s to leave time for other sites; the next run goes on`
  }
}

interface SyncTally extends RunTally {
  readonly counts: {
    pages: number
    rows: number
    rowsWritten: number
    rereadRows: number
    compactedDays: number
    staleCompactions: number
  }
  /** What the report has to say. */
  readonly notes: Array<string>
}

/** One sync of one site. */
interface SiteSync {
  readonly site: string
  readonly options: SyncOptions
  /** When it began: everything is asked for up to this instant. */
  readonly now: number
  readonly tally: SyncTally
}

/** Syncs one site and logs the report. */
export const syncSite = Effect.fn("syncSite")(function*(site: string, options: SyncOptions) {
  const tally: SyncTally = {
    samples: 0,
    dropped: {},
    counts: { pages: 0, rows: 0, rowsWritten: 0, rereadRows: 0, compactedDays: 0, staleCompactions: 0 },
    notes: []
  }
  const { cutOffMs } = options
  return yield* reportRun("sync", site, tally, ({ startedAt }) => {
    const work = sync({ site, options, now: startedAt, tally })
    const cutOff = () => Effect.fail(new CutOff({ afterMs: cutOffMs }))
    return Number.isFinite(cutOffMs) ? Effect.timeoutOrElse(work, { duration: cutOffMs, orElse: cutOff }) : work
  })
})

/** Syncs every site, one after the other. */
export const syncAll = (sites: ReadonlyArray<string>, { overlapMs, timeoutMs }: Omit<SyncOptions, "cutOffMs">) =>
  inTurn(sites, timeoutMs, (site, turnMs) =>
    syncSite(site, { overlapMs, timeoutMs: turnMs, cutOffMs: Math.max(turnMs, CRON_MS / sites.length) }))

const sync = Effect.fnUntraced(function*(run: SiteSync) {
  const { now, options, site, tally } = run
  const intake = yield* Intake
  const jobs = yield* JobState
  const synced: Watermark = { kind: "synced", site }
  const watermark = yield* jobs.watermark(synced)
  const range = Option.isSome(watermark)
    ? planSync(watermark.value, now, options.overlapMs)
    : planSync(yield* beginningOf(site, now), now, 0)
  // Not essential: samples come with the names of their points, descriptions can wait.
  yield* describePoints(run).pipe(
    Effect.catchTag("SampleSourceError", (error) => Effect.sync(() => void tally.notes.push(error.message)))
  )
  const write = appender(run, yield* intake.takeFence(site))
  let state = startSync(range, Option.getOrNull(watermark))
  for (let { slice } = state; slice !== null; slice = state.slice) {
    const step = stepSync(state, slice, yield* write(slice), now)
    if (step.recheck !== null) yield* write(step.recheck)
    if (step.watermark !== null) yield* jobs.advanceWatermark(synced, step.watermark)
    state = step.state
    // A run that has not moved the watermark goes on: the next run would begin where this one did, and stop there too.
    if (state.slice !== null && state.hasMoved && (yield* isOverdue(run))) {
      tally.notes.push(`out of time at ${formatInstant(state.slice.start)}; the next run goes on`)
      break
    }
  }
  const silent = silentSince(state, now)
  if (silent !== null) tally.notes.push(`the source is silent since ${formatInstant(silent)}`)
  const rowsOfSync = tally.counts.rows
  yield* reread(run, write)
  yield* compactDue(run)
  return yield* conclude(run, range.start, rowsOfSync)
})

const isOverdue = ({ now: startedAt, options }: SiteSync) =>
  Effect.map(Clock.currentTimeMillis, (now) => now - startedAt > options.timeoutMs)

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

/** Appends what a window holds, page by page; answers the newest instant that is not ahead of `now`, null for none. */
const appender = ({ now, site, tally }: SiteSync, fence: Fence) => {
  let step = 0
  return Effect.fnUntraced(function*(window: Window) {
    const source = yield* SampleSource
    const intake = yield* Intake
    let newest: number | null = null
    yield* Stream.runForEach(
      source.pages(site, window),
      Effect.fnUntraced(function*(page: SourcePage) {
        tally.counts.pages++
        tally.counts.rows += page.rows
        tally.dropped = addDropped(tally.dropped, page.dropped)
        if (page.quote !== null) tally.notes.push(`a row could not be read: ${page.quote}`)
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
          const written = yield* intake.append(fence, ++step, changed)
          tally.samples += written.samples
          tally.counts.rowsWritten += written.cost
        }
        const ofPage = newestUpTo(page.series, now)
        if (ofPage !== null) newest = Math.max(newest ?? ofPage, ofPage)
      })
    )
    return newest
  })
}

/** Reads the last closed day again, a piece in each run, unless a backfill or an archival has published it already. */
const reread = Effect.fnUntraced(function*(run: SiteSync, write: ReturnType<typeof appender>) {
  const { now, site, tally } = run
  const jobs = yield* JobState
  const catalog = yield* Catalog
  const mark: Watermark = { kind: "reread", site }
  const windows = planReread(Option.getOrNull(yield* jobs.watermark(mark)), now)
  const [first] = windows
  if (first === undefined) return
  const day = dayOf(first.start)
  if ((yield* catalog.list(site, windowOfDay(day))).length > 0) {
    yield* jobs.advanceWatermark(mark, windowOfDay(day).end)
    return
  }
  for (const [i, window] of windows.entries()) {
    if (i > 0 && (yield* isOverdue(run))) return
    const before = tally.counts.rows
    yield* write(window)
    tally.counts.rereadRows += tally.counts.rows - before
    yield* jobs.advanceWatermark(mark, window.end)
  }
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

const conclude = Effect.fnUntraced(function*(run: SiteSync, start: number, rows: number) {
  const { tally } = run
  const from = formatInstant(start)
  if (rows === 0) {
    const points = yield* refreshPoints(run)
    if (points > 0) tally.notes.push(`the source answered no rows since ${from} for ${points} points`)
    return { status: "warning", reason: [...new Set(tally.notes)].join("; ") } satisfies RunOutcome
  }
  const dropped = formatDropped(tally.dropped)
  const kept = tally.counts.rows - Object.values(tally.dropped).reduce((sum, count) => sum + count, 0)
  if (kept === 0) tally.notes.push(`none of ${tally.counts.rows} rows since ${from} could be kept`)
  const moved = tally.samples > 0 || kept === 0 ? [] : [`nothing new: ${kept} rows since ${from} repeat what is stored`]
  return {
    status: tally.notes.length > 0 ? "warning" : "completed",
    reason: [...moved, ...tally.notes, ...(dropped === "" ? [] : [`dropped rows: ${dropped}`])].join("; ")
  } satisfies RunOutcome
})
