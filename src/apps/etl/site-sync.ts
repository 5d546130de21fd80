/**
 * One sync of one site: what it counts, and how a window of the source is read and appended.
 */
import { Clock, Effect, Stream } from "effect"
import { countLags, type Lateness, startLateness } from "../../domain/jobs/lateness.ts"
import { changedColumns } from "../../domain/samples/merge.ts"
import { addDropped, type SourcePage } from "../../domain/samples/page.ts"
import { emptyColumns, newestUpTo, type Series, windowOfSamples } from "../../domain/samples/series.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import type { Window } from "../../domain/time/window.ts"
import { type Fence, Intake } from "../../ports/Intake.ts"
import type { SampleSourceError } from "../../ports/SampleSource.ts"
import type { RunTally } from "../run.ts"
import { pagesAround } from "./around.ts"

export interface SyncOptions {
  /** How far behind the watermark to ask again, ms. */
  readonly overlapMs: number
  /** How late a sample may be to be found, ms. */
  readonly lateMs: number
  /** After this long, ms, only one more piece of each kind of work is begun, as the next run would have to do. */
  readonly timeoutMs: number
  /** After this long, ms, a site is cut off: one that hangs must not take the time of the others. */
  readonly cutOffMs: number
}

export interface SyncTally extends RunTally {
  readonly counts: {
    pages: number
    rows: number
    rowsWritten: number
    rereadPages: number
    rereadRows: number
    /** Samples that a re-reading found, and how late the latest of them was. */
    lateRows: number
    lagMinutes: number
    compactedDays: number
    staleCompactions: number
    /** For how long the source has been silent; 0 where it is not. */
    silentMinutes: number
    /** How much before the newest samples is still missing. */
    behindMinutes: number
  }
  /** How late samples come, with those that this run has found. */
  lateness: Lateness
  /** What the report has to say, and a person should look at. */
  readonly notes: Array<string>
  /** What the report has to say besides. */
  readonly remarks: Array<string>
}

export const makeTally = (): SyncTally => ({
  samples: 0,
  dropped: {},
  counts: {
    pages: 0,
    rows: 0,
    rowsWritten: 0,
    rereadPages: 0,
    rereadRows: 0,
    lateRows: 0,
    lagMinutes: 0,
    compactedDays: 0,
    staleCompactions: 0,
    silentMinutes: 0,
    behindMinutes: 0
  },
  lateness: startLateness,
  notes: [],
  remarks: []
})

export interface SiteSync {
  readonly site: string
  readonly options: SyncOptions
  /** When it began: everything is asked for up to this instant. */
  readonly now: number
  readonly tally: SyncTally
}

export const isOverdue = ({ now: startedAt, options }: SiteSync) =>
  Effect.map(Clock.currentTimeMillis, (now) => now - startedAt > options.timeoutMs)

/** How many points that had new samples are named. */
const POINTS_NAMED = 5

/** What a window held. */
export interface WindowRead {
  readonly pages: number
  readonly rows: number
  /** The newest instant that is not ahead of the clock, ms; null where there is none. */
  readonly newest: number | null
  /** Samples that were not stored yet, or with another value; the oldest of them, and some of their points. */
  readonly appended: number
  readonly oldest: number | null
  readonly points: ReadonlyArray<string>
}

/** The passes over earlier windows ask again: after an hour or more, a day, and `LATE_DAYS`. */
const unreadableNote = ({ end, start }: Window, error: SampleSourceError): string =>
  `what the source answers for ${formatInstant(start)} to ${formatInstant(end)} cannot be read, and is asked for ` +
  `again later: ${error.message}`

/**
 * Reads windows, and appends what is new or changed, page by page. With a window comes the instant at which the source
 * was last asked in vain, ms; null where it never was.
 */
export const makeAppender = ({ now, site, tally }: SiteSync, fence: Fence) => {
  let step = 0
  return Effect.fnUntraced(function*(window: Window, missedAt: number | null) {
    const intake = yield* Intake
    const read = { pages: 0, rows: 0, newest: -Infinity, appended: 0, oldest: Infinity, points: new Set<string>() }
    yield* Stream.runForEach(
      pagesAround(site, window, (part, error) => tally.notes.push(unreadableNote(part, error))),
      Effect.fnUntraced(function*(page: SourcePage) {
        read.pages++
        read.rows += page.rows
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
          read.appended += written.samples
          if (missedAt !== null) tally.lateness = countLags(tally.lateness, changed, missedAt, now)
          read.oldest = Math.min(read.oldest, windowOfSamples(changed)?.start ?? Infinity)
          for (const { point } of changed) if (read.points.size < POINTS_NAMED) read.points.add(point)
        }
        read.newest = Math.max(read.newest, newestUpTo(page.series, now) ?? -Infinity)
      })
    )
    return {
      ...read,
      newest: read.newest === -Infinity ? null : read.newest,
      oldest: read.oldest === Infinity ? null : read.oldest,
      points: [...read.points]
    } satisfies WindowRead
  })
}

export type Appender = ReturnType<typeof makeAppender>
