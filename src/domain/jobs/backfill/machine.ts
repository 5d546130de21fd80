/**
 * The state machine of a backfill job: whether a delivered step may act, and the state of the job after it.
 */
import { Option } from "effect"
import { addDropped, type Dropped } from "../../samples/page.ts"
import { byIndex, countStatus, indexOf, nextOpen } from "./days.ts"
import {
  type BackfillCursor,
  type BackfillDay,
  type BackfillJob,
  type BackfillPlan,
  countDays,
  cursorAt,
  FIRST_SLICE_MS,
  partitionAt,
  type Staged
} from "./job.ts"

/** A day has failed after this many failed attempts in a row. */
export const MAX_ATTEMPTS = 5
/** A job stops after this many failed days in a row, because more of them would only repeat the same failure. */
export const MAX_FAILED_IN_A_ROW = 3
/** The delay before the second attempt, seconds. It doubles with each further attempt. */
export const FIRST_RETRY_SECONDS = 30

/** What to do with a step that was delivered. */
export type StepDecision =
  | { readonly kind: "act"; readonly job: BackfillJob; readonly cursor: BackfillCursor }
  /** The step is finished already, but the next one may never have been sent. */
  | { readonly kind: "resend"; readonly job: BackfillJob }
  | { readonly kind: "ignore"; readonly reason: string }

/** Decides on a delivered step: only step `checkpoint + 1` of the current job acts, while the job is in progress. */
export const decideStep = (
  job: Option.Option<BackfillJob>,
  step: { readonly jobId: string; readonly step: number }
): StepDecision => {
  const ignore = (reason: string): StepDecision => ({ kind: "ignore", reason })
  if (Option.isNone(job) || job.value.id !== step.jobId) return ignore(`${step.jobId} is not the current job`)
  const current = job.value
  if (current.status !== "in_progress" || current.cursor === null) return ignore(`the job is ${current.status}`)
  if (step.step === current.checkpoint + 1) return { kind: "act", job: current, cursor: current.cursor }
  if (step.step === current.checkpoint) return { kind: "resend", job: current }
  return ignore(
    step.step < current.checkpoint
      ? `step ${step.step} is finished already`
      : `step ${step.step} is ahead of checkpoint ${current.checkpoint}`
  )
}

/** What a step did: the samples that it took, the rows that it dropped, and the length of the next slice. */
export type StepOutcome =
  /** It staged up to `through` (ms). Where that is the end of the day, the next step publishes. */
  | {
    readonly kind: "continues"
    readonly through: number
    readonly staged: Staged | null
    readonly samples: number
    readonly dropped: Dropped
    readonly sliceMs: number
  }
  /** It published the day. `emptyReason` says why the day is empty, in case no step found a sample. */
  | {
    readonly kind: "ends"
    readonly samples: number
    readonly dropped: Dropped
    readonly sliceMs: number
    readonly emptyReason: string
  }
  /** The slice had too much for one step: nothing was published, and a shorter slice is next. */
  | { readonly kind: "narrows"; readonly sliceMs: number }
  /** Another writer of the day came first: nothing is lost, the day is read again. */
  | { readonly kind: "repeats"; readonly reason: string }
  | { readonly kind: "fails"; readonly reason: string; readonly remedy: Remedy }

/** What may help after a failure. */
export type Remedy =
  /** Time: at least so many ms, where the source says so. */
  | { readonly kind: "wait"; readonly ms: number }
  /** Nothing helps for this day. */
  | { readonly kind: "skipDay" }
  /** Nothing helps for any day. */
  | { readonly kind: "stopJob" }

/** A step that has ended. */
export interface EndedStep {
  readonly outcome: StepOutcome
  /** When it ended, ms. */
  readonly endedAt: number
}

/** The job and the day as they are saved after a step. */
export interface Advance {
  readonly job: BackfillJob
  readonly day: BackfillDay
}

/**
 * The state after a step.
 *
 * @param cursor where the step worked
 * @param days the days that are saved
 */
export const advance = (
  job: BackfillJob,
  cursor: BackfillCursor,
  days: ReadonlyArray<BackfillDay>,
  { endedAt, outcome }: EndedStep
): Advance => {
  const known = byIndex(job, days)
  const index = indexOf(job, cursor)
  const before: BackfillDay = known.get(index) ??
    { site: cursor.site, day: cursor.day, status: "in_progress", samples: 0, dropped: {}, attempts: 0, reason: "" }
  const day = dayAfter(before, outcome)
  const saved: BackfillJob = {
    ...job,
    version: job.version + 1,
    checkpoint: job.checkpoint + 1,
    samples: job.samples + day.samples - before.samples,
    lastUpdated: endedAt,
    dueAt: endedAt,
    workedMs: job.workedMs + (outcome.kind === "fails" ? 0 : Math.max(0, endedAt - job.dueAt))
  }
  if (day.status === "in_progress") {
    const moved: BackfillJob = { ...saved, cursor: cursorAfter(cursor, outcome) }
    const delay = outcome.kind === "fails" ? retryDelayMs(day.attempts, outcome.remedy) : 0
    return { job: { ...moved, dueAt: endedAt + delay }, day }
  }
  const all = known.set(index, day)
  const stop = stopReason(all, index, outcome)
  if (stop !== null) return { job: { ...saved, status: "failed", reason: stop }, day }
  const sliceMs = cursorAfter(cursor, outcome).sliceMs
  const next = nextOpen(job, all, index + 1)
  return next === null
    ? { job: { ...saved, ...conclude(job, all), cursor: null }, day }
    : { job: { ...saved, cursor: cursorAt(next, sliceMs) }, day }
}

const dayAfter = (day: BackfillDay, outcome: StepOutcome): BackfillDay => {
  switch (outcome.kind) {
    case "narrows":
      return day
    case "repeats":
      return { ...day, samples: 0, dropped: {} }
    case "fails": {
      const attempts = day.attempts + 1
      const open = outcome.remedy.kind === "wait" && attempts < MAX_ATTEMPTS
      return { ...day, attempts, status: open ? "in_progress" : "failed", reason: outcome.reason }
    }
    case "continues":
    case "ends": {
      const samples = day.samples + outcome.samples
      const dropped = addDropped(day.dropped, outcome.dropped)
      const got: BackfillDay = { ...day, samples, dropped, attempts: 0, reason: "" }
      if (outcome.kind === "continues") return got
      return samples > 0 ? { ...got, status: "completed" } : { ...got, status: "empty", reason: outcome.emptyReason }
    }
  }
}

const cursorAfter = (cursor: BackfillCursor, outcome: StepOutcome): BackfillCursor => {
  switch (outcome.kind) {
    case "fails":
      return cursor
    case "repeats":
      return cursorAt(cursor, cursor.sliceMs)
    case "continues":
      return { ...cursor, from: outcome.through, staged: outcome.staged, sliceMs: outcome.sliceMs }
    case "narrows":
    case "ends":
      return { ...cursor, sliceMs: outcome.sliceMs }
  }
}

const retryDelayMs = (attempts: number, remedy: Remedy): number =>
  Math.max(FIRST_RETRY_SECONDS * 1_000 * 2 ** (attempts - 1), remedy.kind === "wait" ? Math.ceil(remedy.ms) : 0)

/** Why the job stops after the day at `index`; null where it goes on. */
const stopReason = (days: ReadonlyMap<number, BackfillDay>, index: number, outcome: StepOutcome): string | null => {
  if (outcome.kind !== "fails") return null
  if (outcome.remedy.kind === "stopJob") return outcome.reason
  let inARow = 0
  while (days.get(index - inARow)?.status === "failed") inARow++
  return inARow < MAX_FAILED_IN_A_ROW ? null : `${inARow} days in a row failed; the last: ${outcome.reason}`
}

/** How a job ends: completed where no day failed and at least one had samples. */
const conclude = (
  plan: BackfillPlan,
  days: ReadonlyMap<number, BackfillDay>
): Pick<BackfillJob, "status" | "reason"> => {
  const total = countDays(plan)
  const { empty, failed } = countStatus([...days.values()])
  if (empty === total) return { status: "failed", reason: `every day was empty: ${days.get(0)?.reason ?? ""}` }
  if (failed > 0) return { status: "failed", reason: `${failed} of ${total} days failed` }
  return { status: "completed", reason: empty === 0 ? "" : `${empty} of ${total} days were empty` }
}

/** A job in progress becomes cancelled. It keeps its cursor, so that it can be resumed. */
export const cancelJob = (job: BackfillJob, now: number, reason: string): BackfillJob => ({
  ...job,
  status: "cancelled",
  version: job.version + 1,
  lastUpdated: now,
  reason
})

/**
 * A cancelled or failed job becomes a job in progress again. A cancelled one goes on at its cursor. A failed one asks
 * again for its failed days, from their start, and where no day had samples for its empty days too.
 *
 * @returns the job, and in `changed` the days to save with it
 */
export const resumeJob = (
  job: BackfillJob,
  days: ReadonlyArray<BackfillDay>,
  now: number
): { readonly job: BackfillJob; readonly changed: ReadonlyArray<BackfillDay> } => {
  const live: BackfillJob = {
    ...job,
    status: "in_progress",
    version: job.version + 1,
    lastUpdated: now,
    dueAt: now,
    reason: ""
  }
  if (job.status === "cancelled") return { job: live, changed: [] }
  const askEmpty = countStatus(days).completed === 0
  const changed = days
    .filter((day) => day.status === "failed" || (askEmpty && day.status === "empty"))
    .map((day): BackfillDay => ({
      ...day,
      status: "in_progress",
      samples: 0,
      dropped: {},
      attempts: 0,
      reason: `asked again after: ${day.reason}`
    }))
  const all = byIndex(job, [...days, ...changed])
  const first = nextOpen(job, all, 0) ?? partitionAt(job, 0)
  let samples = 0
  for (const day of all.values()) samples += day.samples
  return { changed, job: { ...live, samples, cursor: cursorAt(first, job.cursor?.sliceMs ?? FIRST_SLICE_MS) } }
}
