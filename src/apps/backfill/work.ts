/**
 * The work of one backfill step: read slices of a day, publish what they held, say how far that came.
 */
import { Clock, Effect, Stream } from "effect"
import type { BackfillCursor } from "../../domain/jobs/backfill/job.ts"
import type { Remedy, StepOutcome } from "../../domain/jobs/backfill/machine.ts"
import { hasRoom, isSliceTooLarge, type Load, narrowerMs, nextSliceMs, sliceAt } from "../../domain/jobs/backfill/slice.ts"
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
import { publishDay } from "../publish.ts"
import type { Outcome, Tally } from "../run.ts"

export type WorkError = SampleSourceError | ColdStoreError | HotStoreError | StalePartition | JobStateError

export interface WorkOptions {
  /** The run that is written into the object. */
  readonly run: string
  /** How long to begin new slices, ms. */
  readonly targetMs: number
  /** Called once a page, to show that the step is alive. */
  readonly beat: Effect.Effect<void, JobStateError>
}

/** Works at the cursor. Whatever was published before a failure is published again by the next attempt, unchanged. */
export const workAt = Effect.fnUntraced(function*(cursor: BackfillCursor, tally: Tally, options: WorkOptions) {
  const buffer = makeDayBuffer()
  const read = yield* readSlices(cursor, buffer, tally, options)
  if (read.kind === "nothing") return read.outcome
  const { dropped, sliceMs, through } = read
  const samples = yield* publish(cursor, through, buffer, options.run)
  tally.samples += samples
  tally.dropped = dropped
  const outcome: StepOutcome = through < windowOfDay(cursor.day).end
    ? { kind: "continues", through, samples, dropped, sliceMs }
    : { kind: "ends", samples, dropped, sliceMs, emptyReason: samples > 0 ? "" : yield* whyEmpty(cursor, dropped) }
  return outcome
})

type Read =
  | { readonly kind: "slices"; readonly through: number; readonly dropped: Dropped; readonly sliceMs: number }
  | { readonly kind: "nothing"; readonly outcome: StepOutcome }

/** Reads whole slices until the day or the step's room ends, or something fails: what was read before that counts. */
const readSlices = Effect.fnUntraced(function*(
  start: BackfillCursor,
  buffer: DayBuffer,
  tally: Tally,
  options: WorkOptions
): Effect.fn.Return<Read, SampleSourceError | JobStateError, SampleSource> {
  const startedAt = yield* Clock.currentTimeMillis
  const { end } = windowOfDay(start.day)
  const load = Effect.map(Clock.currentTimeMillis, (now): Load => ({ rows: buffer.rows(), elapsedMs: now - startedAt }))
  let cursor = start
  let dropped: Dropped = {}
  const soFar = (): Read => ({ kind: "slices", through: cursor.from, dropped, sliceMs: cursor.sliceMs })
  // The first slice is read whatever the room, so that every step gets on.
  for (let before = yield* load; cursor.from === start.from || hasRoom(before, options.targetMs);) {
    if (cursor.from >= end) break
    const slice = sliceAt(cursor)
    const isFirst = cursor.from === start.from
    const result = yield* readSlice(start.site, slice, buffer, tally, load, options).pipe(
      Effect.catch((error) => isFirst ? Effect.fail(error) : Effect.as(Effect.logWarning(error.message), null))
    )
    // The next step meets the same failure with nothing read, and reports it.
    if (result === null) return soFar()
    const after = yield* load
    if (result.tooLarge) {
      cursor = { ...cursor, sliceMs: narrowerMs(slice) ?? cursor.sliceMs }
      return isFirst ? { kind: "nothing", outcome: giveUp(slice) } : soFar()
    }
    dropped = addDropped(dropped, result.dropped)
    const last: Load = { rows: after.rows - before.rows, elapsedMs: after.elapsedMs - before.elapsedMs }
    const fresh: Load = { rows: 0, elapsedMs: 0 }
    const room = hasRoom(after, options.targetMs) && slice.end < end ? after : fresh
    cursor = { ...cursor, from: slice.end, sliceMs: nextSliceMs(slice, last, room, options.targetMs) }
    before = after
  }
  return soFar()
})

const readSlice = Effect.fnUntraced(function*(
  site: string,
  slice: Window,
  buffer: DayBuffer,
  tally: Tally,
  load: Effect.Effect<Load>,
  options: WorkOptions
) {
  const source = yield* SampleSource
  const rowsBefore = buffer.rows()
  let dropped: Dropped = {}
  let tooLarge = false
  yield* source.pages(site, slice).pipe(
    Stream.mapEffect(Effect.fnUntraced(function*(page: SourcePage) {
      for (const series of page.series) buffer.add(series)
      dropped = addDropped(dropped, page.dropped)
      tally.counts["pages"] = (tally.counts["pages"] ?? 0) + 1
      tally.counts["rows"] = (tally.counts["rows"] ?? 0) + page.rows
      yield* options.beat
      tooLarge = isSliceTooLarge(yield* load, buffer.rows() - rowsBefore)
      return tooLarge
    })),
    Stream.takeUntil((stop) => stop),
    Stream.runDrain
  )
  return { dropped, tooLarge }
})

const giveUp = (slice: Window): StepOutcome => {
  const shorter = narrowerMs(slice)
  const window = `${formatInstant(slice.start)} to ${formatInstant(slice.end)}`
  return shorter === null
    ? { kind: "fails", reason: `${window} holds too much for one step`, remedy: { kind: "wait", ms: 0 } }
    : { kind: "narrows", sliceMs: shorter }
}

/** Publishes what the buffer holds before `through`; answers how many samples that were. */
const publish = Effect.fnUntraced(function*(cursor: BackfillCursor, through: number, buffer: DayBuffer, writtenBy: string) {
  if (buffer.rows() === 0) return 0
  const window: Window = { start: cursor.from, end: through }
  let samples = 0
  const series = Stream.suspend(() => {
    samples = 0
    return Stream.fromIterable(buffer.points())
  }).pipe(
    Stream.mapEffect((point) =>
      // Pieces that this step compressed and cannot read back are a defect, not an error of the day.
      Effect.map(Effect.orDie(Effect.fromResult(buffer.columns(point))), (columns): Series => {
        const inside = sliceColumns(columns, window)
        samples += inside.timestamps.length
        return { point, ...inside }
      })
    ),
    Stream.filter((one) => one.timestamps.length > 0)
  )
  yield* publishDay({ site: cursor.site, day: cursor.day, source: "backfill", writtenBy, series, evict: null })
  return samples
})

const whyEmpty = Effect.fnUntraced(function*(cursor: BackfillCursor, dropped: Dropped) {
  const source = yield* SampleSource
  const points = yield* source.points(cursor.site)
  if (points.length === 0) return `the source has no points to collect for site ${cursor.site}`
  const left = formatDropped(dropped)
  return `the source answered no samples for ${points.length} points on ${formatDay(cursor.day)}` +
    (left === "" ? "" : `; rows left out: ${left}`)
})

/** The outcome of a step that failed, in the error's words. */
export const failureOf = (error: WorkError): StepOutcome => ({
  kind: "fails",
  reason: error.message,
  remedy: error._tag === "SampleSourceError" ? remedyOf(error) : { kind: "wait", ms: 0 }
})

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

/** The outcome as the run log tells it. */
export const describeOutcome = (cursor: BackfillCursor, outcome: StepOutcome): Outcome => {
  const day = formatDay(cursor.day)
  switch (outcome.kind) {
    case "fails":
      return { status: "failed", reason: `${day}: ${outcome.reason}` }
    case "narrows":
      return { status: "warning", reason: `${day}: too much for one step; asking for ${outcome.sliceMs} ms at once` }
    case "continues":
    case "ends": {
      const left = formatDropped(outcome.dropped)
      const dropped = left === "" ? "" : `; rows left out: ${left}`
      const through = outcome.kind === "ends" ? "all of the day" : `to ${formatInstant(outcome.through)}`
      return outcome.kind === "ends" && outcome.emptyReason !== ""
        ? { status: "warning", reason: `${day}: ${outcome.emptyReason}` }
        : { status: "completed", reason: `${day}: ${through}${dropped}` }
    }
  }
}
