/**
 * Archival: days older than the boundary move from the hot store to the cold one, cold first.
 *
 * For each due day: compact the tail, scan the chunks, merge them over the live object, build, verify, put, and evict
 * in the transaction that records the object. Samples that are appended meanwhile stay hot and move the next night.
 */
import { Clock, Effect, Option, Schedule, Stream } from "effect"
import { boundaryOf, planArchive } from "../../domain/tiers/boundary.ts"
import { type Day, formatDay } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { HotDays } from "../../ports/HotDays.ts"
import { publishDay } from "../publish.ts"
import { isUnreadable } from "./forget.ts"
import { inTurn, reportRun, type RunContext, type RunOutcome, type RunTally } from "../run.ts"

export interface ArchiveOptions {
  readonly hotDays: number
  /** How many days one run may move; the others wait for the next run. */
  readonly maxDays: number
  /** No new day is begun after this long, ms. */
  readonly timeoutMs: number
}

const BLOCKED = "days stay hot until their archived object is restored or forgotten"

/** How often a day is tried again whose partition changed after the scan. */
const RETRIES = 3

/** What a run would move; changes nothing. */
export const planSite = Effect.fn("planSite")(function*(site: string, options: ArchiveOptions) {
  const hotDays = yield* HotDays
  const now = yield* Clock.currentTimeMillis
  const days = yield* hotDays.list(site)
  const plan = planArchive(days.map(({ day }) => day), boundaryOf(now, options.hotDays), options.maxDays)
  return { site, ...plan, oldestHotDay: days[0]?.day ?? null }
})

/** Archives one site and logs the report. */
export const archiveSite = Effect.fn("archiveSite")(function*(site: string, options: ArchiveOptions) {
  const counts = { days: 0, failedDays: 0, blockedDays: 0, bytes: 0 }
  const tally: ArchiveTally = { samples: 0, dropped: {}, counts, failures: [], blocked: [] }
  return yield* reportRun("archival", site, tally, (run) => archive(site, run, options, tally))
})

/** Archives every site, one after the other. */
export const archiveAll = (sites: ReadonlyArray<string>, options: ArchiveOptions) =>
  inTurn(sites, options.timeoutMs, (site, turnMs) => archiveSite(site, { ...options, timeoutMs: turnMs }))

interface ArchiveTally extends RunTally {
  readonly counts: { days: number; failedDays: number; blockedDays: number; bytes: number }
  readonly failures: Array<string>
  /** Days whose archived object cannot be read. They stay hot, and a person must say what becomes of the object. */
  readonly blocked: Array<string>
}

const archive = Effect.fnUntraced(function*(
  site: string,
  run: RunContext,
  options: ArchiveOptions,
  tally: ArchiveTally
) {
  const plan = yield* planSite(site, options)
  const left: Array<Day> = [...plan.postponed]
  for (const day of plan.due) {
    if ((yield* Clock.currentTimeMillis) - run.startedAt > options.timeoutMs) {
      left.push(day)
      continue
    }
    // A day that fails does not stop the others: the report names it, and it is due again the next night.
    yield* archiveDay(site, day, run.id, tally).pipe(
      Effect.annotateLogs({ day: formatDay(day) }),
      Effect.catch((error) =>
        Effect.sync(() => {
          const isBlocked = isUnreadable(error)
          tally.counts[isBlocked ? "blockedDays" : "failedDays"]++
          const complaints = isBlocked ? tally.blocked : tally.failures
          complaints.push(`${formatDay(day)}: ${error.message}`)
        })
      )
    )
  }
  const waiting = left.length === 0 ? [] : [`${left.length} due days wait for the next run`]
  const blocked = tally.blocked.length === 0 ? [] : [`${BLOCKED}: ${tally.blocked.join("; ")}`]
  if (tally.failures.length > 0) {
    return { status: "failed", reason: [...tally.failures, ...blocked, ...waiting].join("; ") } satisfies RunOutcome
  }
  const oldest = plan.oldestHotDay === null ? "no day is hot" : `the oldest hot day is ${formatDay(plan.oldestHotDay)}`
  const idle = plan.due.length > 0 ? [] : [`nothing is due before ${formatInstant(plan.boundary)}: ${oldest}`]
  return {
    status: waiting.length + blocked.length > 0 ? "warning" : "completed",
    reason: [...idle, ...blocked, ...waiting].join("; ")
  } satisfies RunOutcome
})

const archiveDay = (site: string, day: Day, writtenBy: string, tally: ArchiveTally) =>
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
    tally.counts.days++
    tally.samples += samples
    tally.counts.bytes += published.value.entry.size
  }).pipe(
    Effect.retry({
      while: (error) => error._tag === "StalePartition",
      schedule: Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.upTo({ times: RETRIES }))
    }),
    Effect.withSpan("archiveDay", { attributes: { site, day } })
  )
