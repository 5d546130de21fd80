/**
 * The work of one backfill step: reads slices of a day, publishes what they held, and says how far it got.
 */
import { Clock, Effect, Result, Stream } from "effect"
import type { BackfillCursor } from "../../domain/jobs/backfill/job.ts"
import type { Remedy, StepOutcome } from "../../domain/jobs/backfill/machine.ts"
import {
  hasRoom,
  isSliceTooLarge,
  type Load,
  narrowerMs,
  nextSliceMs,
  sliceAt
} from "../../domain/jobs/backfill/slice.ts"
import { formatDay } from "../../domain/time/calendar.ts"
import { type DayBuffer, makeDayBuffer } from "../../domain/jobs/backfill/day-buffer.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { addDropped, type Dropped, formatDropped, type SourcePage } from "../../domain/samples/page.ts"
import { type Series, sliceColumns } from "../../domain/samples/series.ts"
import { type Window, windowOfDay } from "../../domain/time/window.ts"
import type { ColdStoreError } from "../../ports/ColdStore.ts"
import type { StalePartition } from "../../ports/HotDays.ts"
import type { HotStoreError } from "../../ports/HotStoreError.ts"
import type { JobStateError } from "../../ports/JobState.ts"
import { SampleSource, type SampleSourceError } from "../../ports/SampleSource.ts"
import { correctionsSince, type DayState, stateOfDay } from "../corrections.ts"
import { isLostRace, publishDay } from "../publish.ts"
import type { RunOutcome, RunTally } from "../run.ts"

export type WorkError = SampleSourceError | ColdStoreError | HotStoreError | StalePartition | JobStateError

export interface WorkOptions {
  /** The run that is named in the object. */
  readonly runId: string
  /** How long to begin new slices, ms. */
  readonly targetMs: number
  /** Called after every page, to show that the step is alive. */
  readonly beat: Effect.Effect<void, JobStateError>
}

/** Works at the cursor. What was published before a failure is published again by the next attempt, unchanged. */
export const workAt = Effect.fnUntraced(function*(cursor: BackfillCursor, tally: RunTally, options: WorkOptions) {
  const startedAt = yield* Clock.currentTimeMillis
  const since = yield* stateOfDay(cursor.site, cursor.day, startedAt)
  const buffer = makeDayBuffer()
  const load = Effect.map(Clock.currentTimeMillis, (now): Load => ({ rows: buffer.rows(), elapsedMs: now - startedAt }))
  const slices = yield* readSlices(cursor, { ...options, buffer, tally, load })
  if (slices === null) return giveUp(sliceAt(cursor))
  const { dropped, next: { from: through, sliceMs } } = slices
  const samples = yield* publish({ cursor, through, buffer, since, writtenBy: options.runId })
  tally.samples += samples
  tally.dropped = dropped
  const outcome: StepOutcome = through < windowOfDay(cursor.day).end
    ? { kind: "continues", through, samples, dropped, sliceMs }
    : { kind: "ends", samples, dropped, sliceMs, emptyReason: samples > 0 ? "" : yield* whyEmpty(cursor, dropped) }
  return outcome
})

/** What reading works with. */
interface Reading extends WorkOptions {
  readonly buffer: DayBuffer
  readonly tally: RunTally
  /** What the step has read so far. */
  readonly load: Effect.Effect<Load>
}

/** What was read: everything before the cursor `next`. */
interface Slices {
  readonly next: BackfillCursor
  readonly dropped: Dropped
}

/**
 * Always reads one slice, so that every step makes progress, and then more while the step has room. Null if the first
 * slice is too large for a step. A later one that is too large or fails ends the reading: what was read before it
 * counts, and the next step meets the same failure at its first slice, and reports it.
 */
const readSlices = Effect.fnUntraced(function*(
  start: BackfillCursor,
  reading: Reading
): Effect.fn.Return<Slices | null, SampleSourceError | JobStateError, SampleSource> {
  const { end } = windowOfDay(start.day)
  let slices = yield* readSlice(start, reading)
  while (slices !== null && slices.next.from < end && hasRoom(yield* reading.load, reading.targetMs)) {
    const { dropped, next } = slices
    const more = yield* Effect.result(readSlice(next, reading))
    if (Result.isFailure(more)) {
      yield* Effect.logWarning(more.failure.message)
      return slices
    }
    if (more.success === null) return { dropped, next: { ...next, sliceMs: narrowerMs(sliceAt(next)) ?? next.sliceMs } }
    slices = { dropped: addDropped(dropped, more.success.dropped), next: more.success.next }
  }
  return slices
})

const NOTHING: Load = { rows: 0, elapsedMs: 0 }

/** Reads the cursor's next slice into the buffer; null if it is too large for a step. */
const readSlice = Effect.fnUntraced(function*(cursor: BackfillCursor, reading: Reading) {
  const { beat, buffer, load, tally, targetMs } = reading
  const source = yield* SampleSource
  const slice = sliceAt(cursor)
  const before = yield* load
  let dropped: Dropped = {}
  let tooLarge = false
  yield* source.pages(cursor.site, slice).pipe(
    Stream.mapEffect(Effect.fnUntraced(function*(page: SourcePage) {
      for (const series of page.series) buffer.add(series)
      dropped = addDropped(dropped, page.dropped)
      if (page.quote !== null) {
        yield* Effect.logWarning("a row could not be read", { site: cursor.site, row: page.quote })
      }
      tally.counts["pages"] = (tally.counts["pages"] ?? 0) + 1
      tally.counts["rows"] = (tally.counts["rows"] ?? 0) + page.rows
      yield* beat
      tooLarge = isSliceTooLarge(yield* load, buffer.rows() - before.rows)
      return tooLarge
    })),
    Stream.takeUntil((stop) => stop),
    Stream.runDrain
  )
  if (tooLarge) return null
  const after = yield* load
  const read: Load = { rows: after.rows - before.rows, elapsedMs: after.elapsedMs - before.elapsedMs }
  // The next slice fills the rest of this step, or the whole of another one.
  const used = hasRoom(after, targetMs) && slice.end < windowOfDay(cursor.day).end ? after : NOTHING
  const next = { ...cursor, from: slice.end, sliceMs: nextSliceMs(slice, read, used, targetMs) }
  return { next, dropped } satisfies Slices
})

const giveUp = (slice: Window): StepOutcome => {
  const shorter = narrowerMs(slice)
  const window = `${formatInstant(slice.start)} to ${formatInstant(slice.end)}`
  return shorter === null
    ? { kind: "fails", reason: `${window} holds too much for one step`, remedy: { kind: "wait", ms: 0 } }
    : { kind: "narrows", sliceMs: shorter }
}

/** Publishes what the buffer holds before `through`; answers how many samples that is. */
const publish = Effect.fnUntraced(function*({ buffer, cursor, since, through, writtenBy }: {
  readonly cursor: BackfillCursor
  readonly through: number
  readonly buffer: DayBuffer
  readonly since: DayState
  readonly writtenBy: string
}) {
  if (buffer.rows() === 0) return 0
  const window: Window = { start: cursor.from, end: through }
  let samples = 0
  const series = Stream.suspend(() => {
    samples = 0
    return Stream.fromIterable(buffer.points())
  }).pipe(
    Stream.mapEffect((point) =>
      // What this step compressed and cannot read back is a defect, not an error of the day.
      Effect.map(Effect.orDie(Effect.fromResult(buffer.columns(point))), (columns): Series => {
        const inside = sliceColumns(columns, window)
        samples += inside.timestamps.length
        return { point, ...inside }
      })
    ),
    Stream.filter((one) => one.timestamps.length > 0)
  )
  const { day, site } = cursor
  const corrections = yield* correctionsSince(since, site, series)
  yield* publishDay({ site, day, source: "backfill", writtenBy, series, evict: null, base: since.etag, corrections })
  return samples
})

const whyEmpty = Effect.fnUntraced(function*(cursor: BackfillCursor, dropped: Dropped) {
  const source = yield* SampleSource
  const points = yield* source.points(cursor.site)
  if (points.length === 0) return `the source has no points to collect for site ${cursor.site}`
  const left = formatDropped(dropped)
  return `the source answered no samples for ${points.length} points on ${formatDay(cursor.day)}` +
    (left === "" ? "" : `; dropped rows: ${left}`)
})

/** The outcome of a step that failed, in the error's words. After a lost race the same slices are read again. */
export const failureOf = (error: WorkError): StepOutcome =>
  isLostRace(error) ? { kind: "repeats", reason: error.message } : {
    kind: "fails",
    reason: error.message,
    remedy: error._tag === "SampleSourceError" ? remedyOf(error) : { kind: "wait", ms: 0 }
  }

const remedyOf = ({ reason }: SampleSourceError): Remedy => {
  switch (reason._tag) {
    case "BadCredentials":
      return { kind: "stopJob" }
    case "UnknownSite":
    case "RequestRefused":
      return { kind: "skipDay" }
    case "Throttled":
      return { kind: "wait", ms: reason.retryAfterMs }
    case "Transient":
    case "BadPayload":
    case "StalledCursor":
      return { kind: "wait", ms: 0 }
  }
}

/** The outcome as the run log states it. */
export const describeOutcome = (cursor: BackfillCursor, outcome: StepOutcome): RunOutcome => {
  const day = formatDay(cursor.day)
  switch (outcome.kind) {
    case "fails":
      return { status: "failed", reason: `${day}: ${outcome.reason}` }
    case "repeats":
      return { status: "warning", reason: `${day}: asking again, because ${outcome.reason}` }
    case "narrows":
      return { status: "warning", reason: `${day}: too much for one step; asking for ${outcome.sliceMs} ms at a time` }
    case "continues":
    case "ends": {
      const left = formatDropped(outcome.dropped)
      const dropped = left === "" ? "" : `; dropped rows: ${left}`
      const through = outcome.kind === "ends" ? "all of the day" : `to ${formatInstant(outcome.through)}`
      return outcome.kind === "ends" && outcome.emptyReason !== ""
        ? { status: "warning", reason: `${day}: ${outcome.emptyReason}` }
        : { status: "completed", reason: `${day}: ${through}${dropped}` }
    }
  }
}
