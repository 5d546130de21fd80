/**
 * Gives the local system its data: a backfill of closed days into the cold tier, then a sync from there to now.
 */
import { Clock, Effect, Option, Schedule, Schema } from "effect"
import * as JobStateD1 from "../../adapters/jobs/JobStateD1.ts"
import { BACKFILL_AFTER_MS, lastClosedDay } from "../../domain/tiers/boundary.ts"
import { dayStart, formatDay, parseDay } from "../../domain/time/calendar.ts"
import { JobState, type Watermark } from "../../ports/JobState.ts"
import { RunAnswer } from "../http/answers.ts"
import { ask } from "./client.ts"
import { fire } from "./crons.ts"
import { LocalError } from "./error.ts"
import { makeProgressBar } from "./progress.ts"
import type { LocalRuntime } from "./runtime.ts"

const BackfillStatus = Schema.Struct({
  status: Schema.Literals(["not_started", "in_progress", "completed", "cancelled", "failed"]),
  end_date: Schema.optional(Schema.NullOr(Schema.String)),
  current_date: Schema.optional(Schema.NullOr(Schema.String)),
  progress_percent: Schema.optional(Schema.String),
  records_processed: Schema.optional(Schema.Int),
  reason: Schema.optional(Schema.String),
  retrying_days: Schema.optional(Schema.Array(Schema.Struct({ date: Schema.String, reason: Schema.String })))
})
type BackfillStatus = typeof BackfillStatus.Type

const Triggered = Schema.Struct({
  status: Schema.Literals(["completed", "warning", "failed"]),
  runs: Schema.Array(RunAnswer)
})

/** How often the backfill is checked, and how long it may make no progress before that is a failure. */
const POLL = "250 millis"
const STALLED_AFTER_MS = 120_000
/** How often the sweeper runs: the queue is in memory, so an earlier start may have ended with a step in it. */
const SWEEP_EVERY_MS = 10_000

const fail = (subject: string, cause: unknown) => new LocalError({ operation: "preparing", subject, cause })

const status = (runtime: LocalRuntime) =>
  ask({ url: `${runtime.address("backfill")}/backfill/status`, answer: BackfillStatus })

const order = (runtime: LocalRuntime, path: string, body: object) =>
  ask({ method: "POST", url: `${runtime.address("backfill")}${path}`, body, answer: Schema.Unknown })

/** Watches the job until it is no longer in progress. */
const follow = Effect.fnUntraced(function*(runtime: LocalRuntime) {
  const bar = makeProgressBar("backfill")
  const sweeper = runtime.crons.filter(({ worker }) => worker === "backfill")
  let seen = { mark: "", at: yield* Clock.currentTimeMillis }
  let sweptAt = 0
  const look = Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    if (now - sweptAt >= SWEEP_EVERY_MS) {
      sweptAt = now
      yield* Effect.forEach(sweeper, ({ cron, worker }) => fire(runtime, worker, cron, now), { discard: true })
    }
    const job = yield* status(runtime)
    const mark = `${job.progress_percent}/${job.records_processed}`
    if (mark !== seen.mark) seen = { mark, at: now }
    const retrying = job.retrying_days?.map(({ date, reason }) => `; trying ${date} again: ${reason}`).join("") ?? ""
    if (now - seen.at > STALLED_AFTER_MS) {
      const where = `${job.progress_percent} % (${job.current_date})`
      return yield* fail("the backfill", `it makes no progress at ${where}${retrying}`)
    }
    bar.update(
      Number(job.progress_percent ?? 0),
      `${job.current_date ?? ""}  ${(job.records_processed ?? 0).toLocaleString("en")} samples${retrying}`
    )
    return job
  })
  return yield* look.pipe(
    Effect.repeat(Schedule.spaced(POLL).pipe(
      Schedule.while(({ input }: { readonly input: BackfillStatus }) => input.status === "in_progress")
    )),
    Effect.andThen(status(runtime)),
    Effect.ensuring(Effect.sync(bar.end))
  )
})

/** Starts the backfill, or continues one that an earlier start left unfinished; answers its last status. */
const backfill = Effect.fnUntraced(function*(runtime: LocalRuntime, days: number) {
  const now = yield* Clock.currentTimeMillis
  const before = yield* status(runtime)
  if (before.status === "not_started") {
    const last = lastClosedDay(now, BACKFILL_AFTER_MS)
    yield* order(runtime, "/backfill/start", { start_date: formatDay(last - days + 1), end_date: formatDay(last) })
  } else if (before.status === "failed") yield* order(runtime, "/backfill/resume", {})
  if (before.status === "completed" || before.status === "cancelled") return before
  const after = yield* follow(runtime)
  if (after.status === "failed") return yield* fail("the backfill", after.reason ?? "it failed")
  return after
})

/** Lets a site that was never synced begin where its backfill ended, so that there is no gap between the tiers. */
const meetBackfill = Effect.fnUntraced(function*(sites: ReadonlyArray<string>, coldEnd: number) {
  const jobs = yield* JobState
  for (const site of sites) {
    const synced: Watermark = { kind: "synced", site }
    if (Option.isNone(yield* jobs.watermark(synced))) yield* jobs.advanceWatermark(synced, coldEnd)
  }
})

const sync = Effect.fnUntraced(function*(runtime: LocalRuntime) {
  process.stderr.write("sync     from the last stored sample to now … ")
  const { runs, status } = yield* ask({ method: "POST", url: `${runtime.address("etl")}/trigger`, answer: Triggered })
  process.stderr.write(`${runs.reduce((sum, run) => sum + run.samples, 0).toLocaleString("en")} samples\n`)
  for (const { reason, site_name, status } of runs) {
    if (status !== "completed") process.stderr.write(`sync of ${site_name}: ${reason}\n`)
  }
  if (status === "failed") return yield* fail("the sync", runs.map(({ reason }) => reason).join("; "))
})

/**
 * Fills the stores: every closed day that was asked for is cold then, and everything since is hot.
 *
 * @returns the instant at which the backfill, and so the cold tier, ends
 */
export const prepare = Effect.fnUntraced(function*(runtime: LocalRuntime, days: number) {
  const job = yield* backfill(runtime, days)
  const lastDay = yield* Effect.fromResult(parseDay(job.end_date ?? "", "end_date")).pipe(
    Effect.mapError((cause) => fail("the backfill", cause))
  )
  const coldEnd = dayStart(lastDay + 1)
  const database = yield* Effect.promise(() => runtime.miniflare.getD1Database("DB", "etl"))
  yield* meetBackfill(runtime.simulator.sites, coldEnd).pipe(
    Effect.provide(JobStateD1.layer(database)),
    Effect.mapError((cause) => fail("the watermark", cause))
  )
  yield* sync(runtime)
  return coldEnd
})
