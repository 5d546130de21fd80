/**
 * Archival: days older than the boundary move from the hot store to the cold one, cold first.
 *
 * Per due day: compact the tail, scan the chunks, merge them over the live object, build, verify, put, and evict in the
 * transaction that records the object. What is appended meanwhile stays hot and moves the next night.
 */
import { Clock, Effect, Option, Schedule, Stream } from "effect"
import { boundaryOf, planArchive } from "../../domain/tiers/boundary.ts"
import { type Day, formatDay } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { HotDays } from "../../ports/HotDays.ts"
import { publishDay } from "../publish.ts"
import { inTurn, type Outcome, reportRun, type Tally } from "../run.ts"

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
  const hotDays = yield* HotDays
  const now = yield* Clock.currentTimeMillis
  const days = yield* hotDays.list(site)
  const plan = planArchive(days.map(({ day }) => day), boundaryOf(now, options.hotDays), options.maxDays)
  return { site, ...plan, oldestHotDay: days[0]?.day ?? null }
})

/** Archives one site and logs the report. */
export const archiveSite = Effect.fn("archiveSite")(function*(site: string, options: ArchiveOptions) {
  const moved: Progress = { samples: 0, dropped: {}, counts: { days: 0, failedDays: 0, bytes: 0 }, failures: [] }
  return yield* reportRun("archival", site, moved, ({ id, startedAt }) => archive(site, id, startedAt, options, moved))
})

/** Archives every site, one after the other. */
export const archiveAll = (sites: ReadonlyArray<string>, options: ArchiveOptions) =>
  inTurn(sites, options.timeoutMs, (site, turnMs) => archiveSite(site, { ...options, timeoutMs: turnMs }))

interface Progress extends Tally {
  readonly counts: { days: number; failedDays: number; bytes: number }
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
      Effect.catch((error) =>
        Effect.sync(() => {
          moved.counts.failedDays++
          moved.failures.push(`${formatDay(day)}: ${error.message}`)
        })
      )
    )
  }
  const waiting = left.length === 0 ? [] : [`${left.length} due days wait for the next run`]
  if (moved.failures.length > 0) {
    return { status: "failed", reason: [...moved.failures, ...waiting].join("; ") } satisfies Outcome
  }
  const oldest = plan.oldestHotDay === null ? "no day is hot" : `the oldest hot day is ${formatDay(plan.oldestHotDay)}`
  const idle = plan.due.length > 0 ? [] : [`nothing is due before ${formatInstant(plan.boundary)}: ${oldest}`]
  return {
    status: waiting.length > 0 ? "warning" : "completed",
    reason: [...idle, ...waiting].join("; ")
  } satisfies Outcome
})

const archiveDay = (site: string, day: Day, writtenBy: string, moved: Progress) =>
  Effect.gen(function*() {
    const hotDays = yield* HotDays
    yield* hotDays.compact(site, day)
    const scan = yield* hotDays.scan(site, day)
    let samples = 0
    const series = scan.series.pipe(
      Stream.onStart(Effect.sync(() => samples = 0)),
      Stream.tap((one) => Effect.sync(() => samples += one.timestamps.length))
    )
    const published = yield* publishDay({ site, day, source: "archival", writtenBy, series, evict: scan.guard })
    if (Option.isNone(published)) return
    moved.counts.days++
    moved.samples += samples
    moved.counts.bytes += published.value.entry.size
  }).pipe(
    Effect.retry({
      while: (error) => error._tag === "StalePartition",
      schedule: Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.upTo({ times: RETRIES }))
    }),
    Effect.withSpan("archiveDay", { attributes: { site, day } })
  )
