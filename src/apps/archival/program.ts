/**
 * Archival: days older than the boundary move from the hot store to the cold one, cold first.
 *
 * Per due day: compact the tail, scan the chunks, merge them over the live object, build, verify, put, and evict in the
 * transaction that records the object. What is appended meanwhile stays hot and moves the next night.
 */
import { Cause, Clock, Effect, Option, Schedule, Stream } from "effect"
import { boundaryOf, planArchive } from "../../domain/archive-plan.ts"
import { type Day, formatDay } from "../../domain/calendar.ts"
import { formatInstant } from "../../domain/instant.ts"
import type { RunReport, RunStatus } from "../../domain/run.ts"
import { HotStore, type HotStoreError } from "../../ports/HotStore.ts"
import { JobState } from "../../ports/JobState.ts"
import { publishDay } from "../publish.ts"

export interface ArchiveOptions {
  readonly hotDays: number
  /** Days to move in one run at most; the rest waits for the next. */
  readonly maxDays: number
  /** No new day is begun after this long, ms. */
  readonly timeoutMs: number
}

/** How often a day whose partition moved under the scan is taken up again. */
const RETRIES = 3

/** What a run would move. Changes nothing. */
export const planSite = Effect.fn("planSite")(function*(site: string, options: ArchiveOptions) {
  const hot = yield* HotStore
  const now = yield* Clock.currentTimeMillis
  const days = yield* hot.hotDays(site)
  const plan = planArchive(days.map(({ day }) => day), boundaryOf(now, options.hotDays), options.maxDays)
  return { site, ...plan, oldestHotDay: days[0]?.day ?? null }
})

/** Archives one site and logs the report. Fails only where the report itself cannot be logged. */
export const archiveSite = Effect.fn("archiveSite")(function*(site: string, options: ArchiveOptions) {
  const jobs = yield* JobState
  const startedAt = yield* Clock.currentTimeMillis
  const id = `archival/${site}/${startedAt}`
  const moved: Progress = { samples: 0, days: 0, bytes: 0, failures: [] }
  const outcome = yield* archive(site, id, startedAt, options, moved).pipe(
    Effect.catch((error: HotStoreError) => Effect.succeed({ status: "failed" as RunStatus, reason: error.message })),
    Effect.catchDefect((defect) =>
      Effect.logError("archival failed unexpectedly", Cause.die(defect)).pipe(
        Effect.as({ status: "failed" as RunStatus, reason: "an unexpected fault; see the log" })
      )
    )
  )
  const report: RunReport = {
    id,
    kind: "archival",
    site,
    ...outcome,
    startedAt,
    finishedAt: yield* Clock.currentTimeMillis,
    samples: moved.samples,
    dropped: {},
    counts: { days: moved.days, failedDays: moved.failures.length, bytes: moved.bytes }
  }
  yield* jobs.logRun(report)
  yield* Effect.logInfo("archival", report)
  return report
})

/** Archives every site, one after the other, whatever became of the one before. */
export const archiveAll = (sites: ReadonlyArray<string>, options: ArchiveOptions) =>
  Effect.forEach(sites, (site) => archiveSite(site, options))

interface Progress {
  samples: number
  days: number
  bytes: number
  readonly failures: Array<string>
}

const archive = Effect.fnUntraced(function*(
  site: string,
  run: string,
  startedAt: number,
  options: ArchiveOptions,
  moved: Progress
) {
  const plan = yield* planSite(site, options)
  const left: Array<Day> = [...plan.postponed]
  for (const day of plan.due) {
    if ((yield* Clock.currentTimeMillis) - startedAt > options.timeoutMs) {
      left.push(day)
      continue
    }
    // One day that fails does not hold up the others; the report names it and it is due again the next night.
    yield* archiveDay(site, day, run, moved).pipe(
      Effect.catch((error) => Effect.sync(() => moved.failures.push(`${formatDay(day)}: ${error.message}`)))
    )
  }
  const waiting = left.length === 0 ? [] : [`${left.length} due days wait for the next run`]
  if (moved.failures.length > 0) {
    return { status: "failed" as RunStatus, reason: [...moved.failures, ...waiting].join("; ") }
  }
  const oldest = plan.oldestHotDay === null ? "no day is hot" : `the oldest hot day is ${formatDay(plan.oldestHotDay)}`
  const idle = plan.due.length > 0 ? [] : [`nothing is due before ${formatInstant(plan.boundary)}: ${oldest}`]
  const done: RunStatus = waiting.length > 0 ? "warning" : "completed"
  return { status: done, reason: [...idle, ...waiting].join("; ") }
})

const archiveDay = (site: string, day: Day, run: string, moved: Progress) =>
  Effect.gen(function*() {
    const hot = yield* HotStore
    yield* hot.compact(site, day)
    const scan = yield* hot.scanDay(site, day)
    let samples = 0
    const series = scan.series.pipe(
      Stream.onStart(Effect.sync(() => samples = 0)),
      Stream.tap((one) => Effect.sync(() => samples += one.timestamps.length))
    )
    const published = yield* publishDay({ site, day, source: "archival", run, series, evict: scan.guard })
    if (Option.isNone(published)) return
    moved.days++
    moved.samples += samples
    moved.bytes += published.value.entry.size
  }).pipe(
    Effect.retry({
      while: (error) => error._tag === "StalePartition",
      schedule: Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.upTo({ times: RETRIES }))
    }),
    Effect.withSpan("archiveDay", { attributes: { site, day } })
  )
