/**
 * The work of one backfill step: reads slices of a day and stages what they held, or publishes the day, so that it is
 * written once. A day that one step can read is published by it.
 */
import { Clock, Effect, Option, Result, Stream } from "effect"
import type { BackfillCursor, DayState, Staged } from "../../domain/jobs/backfill/job.ts"
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
import { release } from "../../domain/samples/memory.ts"
import { type Series, sliceColumns } from "../../domain/samples/series.ts"
import { type Window, windowOfDay } from "../../domain/time/window.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { ColdStore, type ColdStoreError } from "../../ports/ColdStore.ts"
import type { StalePartition } from "../../ports/HotDays.ts"
import type { HotStoreError } from "../../ports/HotStoreError.ts"
import type { JobStateError } from "../../ports/JobState.ts"
import { SampleSource, type SampleSourceError } from "../../ports/SampleSource.ts"
import { type PartMissing, Staging, type StagingError } from "../../ports/Staging.ts"
import { correctionsSince, stateOfDay } from "../corrections.ts"
import { isLostRace, publishDay } from "../publish.ts"
import type { RunOutcome, RunTally } from "../run.ts"

export type WorkError =
  | SampleSourceError
  | ColdStoreError
  | HotStoreError
  | StalePartition
  | StagingError
  | PartMissing
  | JobStateError

export interface WorkOptions {
  /** The run that is named in the object. */
  readonly runId: string
  /** How long to begin new slices, ms. */
  readonly targetMs: number
  /** Called after every page, to show that the step is alive. */
  readonly beat: Effect.Effect<void, JobStateError>
}

/** Works at the cursor. What was done before a failure is done again by the next attempt, and changes nothing. */
export const workAt = Effect.fnUntraced(function*(cursor: BackfillCursor, tally: RunTally, options: WorkOptions) {
  const { end } = windowOfDay(cursor.day)
  const staged = cursor.staged ?? null
  if (cursor.from >= end && staged !== null) return yield* publishStaged(cursor, staged)
  const startedAt = yield* Clock.currentTimeMillis
  const since = staged?.since ?? (yield* stateOfDay(cursor.site, cursor.day, startedAt))
  const buffer = makeDayBuffer()
  const load = Effect.map(Clock.currentTimeMillis, (now): Load => ({ rows: buffer.rows(), elapsedMs: now - startedAt }))
  const slices = yield* readSlices(cursor, { ...options, buffer, tally, load })
  if (slices === null) return giveUp(sliceAt(cursor))
  const { dropped, next: { from: through, sliceMs } } = slices
  const series = seriesOf(buffer, { start: cursor.from, end: through })
  const samples = yield* countSamples(series)
  tally.samples += samples
  tally.dropped = dropped
  if (through >= end && staged === null) {
    if (samples > 0) yield* publish({ cursor, since, series, base: since.etag, writtenBy: options.runId })
    const emptyReason = samples > 0 ? "" : yield* whyEmpty(cursor, dropped)
    return { kind: "ends", samples, dropped, sliceMs, emptyReason } satisfies StepOutcome
  }
  const after = samples === 0 ? staged : yield* stage(cursor, { since, series, part: options.runId })
  return { kind: "continues", through, staged: after, samples, dropped, sliceMs } satisfies StepOutcome
})

/** What the buffer holds of a window, in the order of points. Every run of the stream decodes it anew. */
const seriesOf = (buffer: DayBuffer, window: Window): Stream.Stream<Series> =>
  Stream.suspend(() => Stream.fromIterable(buffer.points())).pipe(
    Stream.mapEffect((point) =>
      // What this step compressed and cannot read back is a defect, not an error of the day.
      Effect.map(Effect.orDie(Effect.fromResult(buffer.columns(point))), (columns): Series => ({
        point,
        ...sliceColumns(columns, window)
      }))
    ),
    Stream.filter((one) => one.timestamps.length > 0)
  )

const countSamples = (series: Stream.Stream<Series>) =>
  Stream.runFold(series, () => 0, (sum, one) => {
    const { length } = one.timestamps
    freeColumns([one])
    return sum + length
  })

/** Stages what a step has read; nothing counts on it until the job is saved with its name. */
const stage = Effect.fnUntraced(function*(cursor: BackfillCursor, { part, series, since }: {
  readonly since: DayState
  readonly series: Stream.Stream<Series>
  readonly part: string
}) {
  const staging = yield* Staging
  yield* staging.put(cursor, part, series, yield* Clock.currentTimeMillis)
  const before = cursor.staged ?? { run: part, parts: [], since }
  return { ...before, parts: [...before.parts, part] } satisfies Staged
})

/** Publishes the staged day, unless an earlier attempt of this step has done so. */
export const publishStaged = Effect.fnUntraced(function*(cursor: BackfillCursor, { parts, run, since }: Staged) {
  const { day, site, sliceMs } = cursor
  const staging = yield* Staging
  const [recorded] = yield* (yield* Catalog).list(site, windowOfDay(day))
  if (!(recorded?.kind === "own" && recorded.writtenBy === run)) {
    const live = Option.getOrNull(yield* (yield* ColdStore).head(site, day))
    // The object of an earlier attempt, whose record in the catalog is missing.
    const base = live?.kind === "own" && live.writtenBy === run ? live.etag : since.etag
    yield* publish({ cursor, since, series: staging.read(cursor, parts), base, writtenBy: run })
  }
  yield* staging.discard(cursor, yield* Clock.currentTimeMillis)
  return { kind: "ends", samples: 0, dropped: {}, sliceMs, emptyReason: "" } satisfies StepOutcome
})

const publish = Effect.fnUntraced(function*<E, R>({ base, cursor, series, since, writtenBy }: {
  readonly cursor: BackfillCursor
  readonly since: DayState
  readonly series: Stream.Stream<Series, E, R>
  readonly base: string | null
  readonly writtenBy: string
}) {
  const { day, site } = cursor
  const corrections = yield* correctionsSince(since, site, series)
  yield* publishDay({ site, day, source: "backfill", writtenBy, series, evict: null, base, corrections })
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

/** Frees columns that nobody else has, also where they share their memory with others. */
const freeColumns = (series: ReadonlyArray<Series>): void => {
  for (const { timestamps, values } of series) {
    release(timestamps.buffer)
    release(values.buffer)
  }
}

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
      freeColumns(page.series)
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

const whyEmpty = Effect.fnUntraced(function*(cursor: BackfillCursor, dropped: Dropped) {
  const source = yield* SampleSource
  const points = yield* source.points(cursor.site)
  if (points.length === 0) return `the source has no points to collect for site ${cursor.site}`
  const left = formatDropped(dropped)
  return `the source answered no samples for ${points.length} points on ${formatDay(cursor.day)}` +
    (left === "" ? "" : `; dropped rows: ${left}`)
})

/** The outcome of a step that failed, in the error's words. After a lost race the day is read again. */
export const failureOf = (error: WorkError): StepOutcome =>
  error._tag === "PartMissing" || isLostRace(error) ? { kind: "repeats", reason: error.message } : {
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
