/**
 * The state machine of a backfill job: what a delivered step may do, and the state after it.
 */
import { Option } from "effect"
import {
  type BackfillCursor,
  type BackfillDay,
  type BackfillJob,
  type BackfillPlan,
  countDays,
  cursorAt,
  FIRST_SLICE_MS,
  type Place,
  placeAt
} from "./job.ts"
import { addDropped, type Dropped } from "../../samples/page.ts"

/** Failed attempts without progress after which a day has failed. */
export const MAX_ATTEMPTS = 5
/** Failed days one after another that stop the job: more of them would only repeat the same failure. */
export const MAX_FAILED_IN_A_ROW = 3
/** Delay before the second attempt, seconds; doubled for each further one. */
export const FIRST_RETRY_SECONDS = 30

const indexOf = (plan: BackfillPlan, place: Place): number =>
  (place.day - plan.startDay) * plan.sites.length + plan.sites.indexOf(place.site)

/** The rows of `days` by their index in the plan. */
const byIndex = (plan: BackfillPlan, days: ReadonlyArray<BackfillDay>): Map<number, BackfillDay> =>
  new Map(days.map((day) => [indexOf(plan, day), day]))

/** What to do with a step that was delivered. */
export type StepDecision =
  | { readonly kind: "act"; readonly job: BackfillJob; readonly cursor: BackfillCursor }
  /** The step is finished, but its successor may never have been sent. */
  | { readonly kind: "resend"; readonly job: BackfillJob }
  | { readonly kind: "ignore"; readonly reason: string }

/** Only step = checkpoint + 1 of the live job acts. */
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
      ? `step ${step.step} was finished long ago`
      : `step ${step.step} is ahead of checkpoint ${current.checkpoint}`
  )
}

/** What a step found. `samples` and `dropped` count what this step published and left out. */
export type StepOutcome =
  /** Published up to `through`, which lies inside the day. */
  | {
    readonly kind: "continues"
    readonly through: number
    readonly samples: number
    readonly dropped: Dropped
    readonly sliceMs: number
  }
  /** Published to the end of the day; `emptyReason` says why, should the whole day have no sample. */
  | {
    readonly kind: "ends"
    readonly samples: number
    readonly dropped: Dropped
    readonly sliceMs: number
    readonly emptyReason: string
  }
  /** A slice held too much for one step: nothing is lost, a shorter one is asked for. */
  | { readonly kind: "narrows"; readonly sliceMs: number }
  | { readonly kind: "fails"; readonly reason: string; readonly remedy: Remedy }

/** What may help after a failure: time (ms, the source's wish or 0), nothing for this day, nothing for the whole job. */
export type Remedy =
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "skipDay" }
  | { readonly kind: "stopJob" }

/** The job and the day as they are to be saved after a step. */
export interface Advance {
  readonly job: BackfillJob
  readonly day: BackfillDay
}

/**
 * The state after the step that worked at the cursor.
 *
 * @param days the days saved so far
 * @param now when the step ended; `elapsedMs` is how long it took
 */
export const advance = (
  job: BackfillJob,
  cursor: BackfillCursor,
  days: ReadonlyArray<BackfillDay>,
  outcome: StepOutcome,
  now: number,
  elapsedMs: number
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
    lastUpdated: now,
    dueAt: now,
    workedMs: job.workedMs + elapsedMs
  }
  if (day.status === "in_progress") {
    const moved: BackfillJob = { ...saved, cursor: cursorAfter(cursor, outcome) }
    const delay = outcome.kind === "fails" ? retryDelayMs(day.attempts, outcome.remedy) : 0
    return { job: { ...moved, dueAt: now + delay }, day }
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
    case "fails": {
      const attempts = day.attempts + 1
      const open = outcome.remedy.kind === "wait" && attempts < MAX_ATTEMPTS
      return { ...day, attempts, status: open ? "in_progress" : "failed", reason: outcome.reason }
    }
    case "continues":
    case "ends": {
      const samples = day.samples + outcome.samples
      const got: BackfillDay = { ...day, samples, dropped: addDropped(day.dropped, outcome.dropped), attempts: 0, reason: "" }
      if (outcome.kind === "continues") return got
      return samples > 0 ? { ...got, status: "completed" } : { ...got, status: "empty", reason: outcome.emptyReason }
    }
  }
}

const cursorAfter = (cursor: BackfillCursor, outcome: StepOutcome): BackfillCursor => {
  switch (outcome.kind) {
    case "fails":
      return cursor
    case "continues":
      return { ...cursor, from: outcome.through, sliceMs: outcome.sliceMs }
    case "narrows":
    case "ends":
      return { ...cursor, sliceMs: outcome.sliceMs }
  }
}

const retryDelayMs = (attempts: number, remedy: Remedy): number =>
  Math.max(FIRST_RETRY_SECONDS * 1_000 * 2 ** (attempts - 1), remedy.kind === "wait" ? Math.ceil(remedy.ms) : 0)

const stopReason = (days: ReadonlyMap<number, BackfillDay>, index: number, outcome: StepOutcome): string | null => {
  if (outcome.kind !== "fails") return null
  if (outcome.remedy.kind === "stopJob") return outcome.reason
  let inARow = 0
  while (days.get(index - inARow)?.status === "failed") inARow++
  return inARow < MAX_FAILED_IN_A_ROW ? null : `${inARow} days in a row failed; the last: ${outcome.reason}`
}

const isOpen = (day: BackfillDay | undefined): boolean => day === undefined || day.status === "in_progress"

const nextOpen = (plan: BackfillPlan, days: ReadonlyMap<number, BackfillDay>, from: number): Place | null => {
  const total = countDays(plan)
  for (let index = from; index < total; index++) if (isOpen(days.get(index))) return placeAt(plan, index)
  return null
}

/** A job is completed where no day failed and one at least had samples. */
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

/** How many days ended which way. */
export const countStatus = (
  days: ReadonlyArray<BackfillDay>
): { readonly completed: number; readonly empty: number; readonly failed: number } => {
  let completed = 0
  let empty = 0
  let failed = 0
  for (const day of days) {
    if (day.status === "completed") completed++
    else if (day.status === "empty") empty++
    else if (day.status === "failed") failed++
  }
  return { completed, empty, failed }
}

/** A live job, cancelled; it keeps its cursor, so that it can be resumed. */
export const cancelJob = (job: BackfillJob, now: number, reason: string): BackfillJob => ({
  ...job,
  status: "cancelled",
  version: job.version + 1,
  lastUpdated: now,
  reason
})

/**
 * A cancelled or failed job, live again. A cancelled one goes on where it stood. Of a failed one the failed days are
 * asked again from their start, and where no day had samples the empty ones are too.
 *
 * @returns the job and the days to save with it
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
  const first = nextOpen(job, all, 0) ?? placeAt(job, 0)
  let samples = 0
  for (const day of all.values()) samples += day.samples
  return { changed, job: { ...live, samples, cursor: cursorAt(first, job.cursor?.sliceMs ?? FIRST_SLICE_MS) } }
}
