/**
 * What a site's syncs have not read yet is read: the newest hour, then what is missing before it. The plan of it is in
 * `domain/jobs/sync-plan.ts`. What was read is saved after each step.
 */
import { Effect, Option } from "effect"
import { gapsOf, lowOf, newestOf, readBefore, type ReadSoFar } from "../../domain/jobs/read-so-far.ts"
import type { Rereading } from "../../domain/jobs/reread-plan.ts"
import { startSync, stepSync, type SyncState } from "../../domain/jobs/sync-plan.ts"
import { dayOf, dayStart, HOUR_MS, MINUTE_MS } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { JobState, type Watermark } from "../../ports/JobState.ts"
import { compactDue } from "./compact.ts"
import { type Appender, isOverdue, type SiteSync } from "./site-sync.ts"

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

/** What was read until this run. */
export const readUntilNow = Effect.fnUntraced(function*({ now, options, site }: SiteSync, { ahead = [] }: Rereading) {
  const watermark = Option.getOrNull(yield* (yield* JobState).watermark({ kind: "synced", site }))
  const begin = watermark ?? (yield* beginningOf(site, now))
  return readBefore(watermark, begin, ahead, now, options.overlapMs)
})

interface Known {
  readonly before: ReadSoFar
  readonly remembered: Rereading
}

/** Reads what is missing, as far as there is time. */
export const readMissing = Effect.fnUntraced(function*(
  run: SiteSync,
  { before, remembered }: Known,
  write: Appender
) {
  const { now, options, site, tally } = run
  const jobs = yield* JobState
  const { askedAt } = tally.lateness
  const save = Effect.fnUntraced(function*(old: ReadSoFar, read: ReadSoFar) {
    if (read === old) return
    if (read.base.end > old.base.end) yield* jobs.advanceWatermark({ kind: "synced", site }, read.base.end)
    // Saved last: windows that the watermark has passed are not looked at.
    const { ahead } = read
    if (ahead.length + old.ahead.length > 0) {
      yield* jobs.saveRereading(site, { ...remembered, lateness: tally.lateness, ahead })
    }
  })
  let state = startSync(before, now, options.overlapMs)
  let isFilling = false
  for (let { slice } = state; slice !== null; slice = state.slice) {
    // A gap that cannot be read must not let the tail grow without end.
    if (state.task === "fill" && !isFilling) {
      isFilling = true
      yield* compactDue(run)
    }
    const after = stepSync(state, slice, (yield* write(slice, askedAt)).newest)
    yield* save(state.read, after.read)
    state = after
    tally.counts.behindMinutes = Math.round(missingMs(state.read) / MINUTE_MS)
    // A run that has filled nothing goes on: the next run would begin where this one did, and stop there too.
    if (state.slice !== null && state.hasFilled && (yield* isOverdue(run))) break
  }
  const { read } = state
  if (read.ahead.length > 0) tally.notes.push(missingNote(state))
  return { read, start: lowOf(newestOf(before), options.overlapMs) }
})

const missingMs = (read: ReadSoFar): number => gapsOf(read).reduce((sum, { end, start }) => sum + end - start, 0)

const missingNote = ({ read, slice }: SyncState): string => {
  const hours = Math.round(10 * missingMs(read) / HOUR_MS) / 10
  const why = slice === null ? "the source answers nothing" : "out of time"
  return `${why} at ${formatInstant(newestOf(read).start)}: ${hours} hours from ` +
    `${formatInstant(read.base.end)} on are missing; the next run goes on`
}
