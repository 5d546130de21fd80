/**
 * `JobState` on KV, with the keys first designed: a mirror for one job and a cheap source for status pages. The keys are
 * described in docs/format-job-state.md.
 *
 * **Gotchas** Not atomic: a write is read, change, put. KV is eventually consistent for a minute and more, so two
 * isolates may hold one lease, spend one budget twice and both save a job.
 */
import { Effect, Layer, Option, type Result, type Schema } from "effect"
import { budgetTake, budgetTerms, budgetWait } from "../../domain/budget.ts"
import { type Day, formatDay } from "../../domain/calendar.ts"
import { comparePoints } from "../../domain/names.ts"
import { dayOfJobCodec, jobCodec, type JsonCodec, leaseCodec, numberCodec, runCodec } from "../../domain/job-codec.ts"
import type { RunKind, RunReport } from "../../domain/run.ts"
import { JobConflict, JobState, JobStateError } from "../../ports/JobState.ts"

/** How long the run log is kept, seconds. */
const RUNS_KEPT_SECONDS = 90 * 86_400
/** The shortest lifetime KV takes, seconds. */
const MIN_LIFETIME_SECONDS = 60

const STATE = "backfill:state"
const DAYS = "backfill:day:"
const dayKey = (day: Day, site: string): string => `${DAYS}${formatDay(day).replaceAll("-", "")}:${site}`
const watermarkKey = (site: string): string => `watermark:${site}`
const leaseKey = (name: string): string => `lease:${name}`
const budgetKey = (name: string): string => `budget:${name}`

/** Failures have a prefix of their own: `backfill:errors:`. */
const runPrefixes = (kind: RunKind): ReadonlyArray<string> => [`${kind}:runs:`, `${kind}:errors:`]
/** Keys ascend, so the time counts down: the newest run is listed first. */
const runKey = ({ finishedAt, id, kind, status }: RunReport): string =>
  `${kind}:${status === "failed" ? "errors" : "runs"}:${String(1e15 - finishedAt).padStart(16, "0")}:${id}`

export const layer = (kv: KVNamespace): Layer.Layer<JobState> =>
  Layer.sync(JobState, () => {
    const run = <A>(operation: string, key: string, call: () => Promise<A>): Effect.Effect<A, JobStateError> =>
      Effect.tryPromise({ try: call, catch: (cause) => new JobStateError({ operation, subject: key, cause }) })

    const get = Effect.fnUntraced(function*<A>(operation: string, key: string, codec: JsonCodec<A>) {
      const text = yield* run(operation, key, () => kv.get(key))
      if (text === null) return Option.none<A>()
      return Option.some(
        yield* Effect.fromResult(codec.read(text) satisfies Result.Result<A, Schema.SchemaError>).pipe(
          Effect.mapError((cause) => new JobStateError({ operation, subject: key, cause }))
        )
      )
    })
    const put = (operation: string, key: string, text: string, options: KVNamespacePutOptions = {}) =>
      run(operation, key, () => kv.put(key, text, options))

    /** The first `limit` keys of a prefix, ascending. */
    const keys = Effect.fnUntraced(function*(operation: string, prefix: string, limit: number) {
      const names: Array<string> = []
      for (let cursor: string | null = null; names.length < limit;) {
        const page: KVNamespaceListResult<unknown> = yield* run(operation, prefix, () => kv.list({ prefix, cursor }))
        names.push(...page.keys.map(({ name }) => name))
        if (page.list_complete) break
        cursor = page.cursor
      }
      return names.slice(0, limit)
    })
    const getAll = <A>(operation: string, names: ReadonlyArray<string>, codec: JsonCodec<A>) =>
      Effect.map(
        Effect.forEach(names, (name) => get(operation, name, codec), { concurrency: 6 }),
        (found) => found.flatMap(Option.toArray)
      )

    return JobState.of({
      atomic: false,
      watermark: (site) => get("watermark", watermarkKey(site), numberCodec),
      advanceWatermark: Effect.fnUntraced(function*(site, to) {
        const key = watermarkKey(site)
        const at = yield* get("advanceWatermark", key, numberCodec)
        if (Option.isNone(at) || at.value < to) yield* put("advanceWatermark", key, numberCodec.write(to))
      }),
      acquireLease: Effect.fnUntraced(function*(name, holder, now, until) {
        const key = leaseKey(name)
        const lease = Option.getOrNull(yield* get("acquireLease", key, leaseCodec))
        if (lease !== null && lease.holder !== holder && lease.until > now) return false
        const expirationTtl = Math.max(MIN_LIFETIME_SECONDS, Math.ceil((until - now) / 1_000))
        yield* put("acquireLease", key, leaseCodec.write({ holder, until }), { expirationTtl })
        return true
      }),
      releaseLease: Effect.fnUntraced(function*(name, holder) {
        const lease = Option.getOrNull(yield* get("releaseLease", leaseKey(name), leaseCodec))
        if (lease?.holder === holder) yield* run("releaseLease", name, () => kv.delete(leaseKey(name)))
      }),
      job: get("job", STATE, jobCodec),
      saveJob: Effect.fnUntraced(function*(job, changed) {
        const stored = Option.getOrNull(yield* get("saveJob", STATE, jobCodec))
        const version = stored?.id === job.id ? stored.version : 0
        const otherIsLive = stored !== null && stored.id !== job.id && stored.status === "in_progress"
        if (version !== job.version - 1 || otherIsLive) {
          return yield* new JobConflict({ id: job.id, version: job.version - 1 })
        }
        // Days first: a job never says more than they do.
        yield* Effect.forEach(
          changed,
          (day) => put("saveJob", dayKey(day.day, day.site), dayOfJobCodec.write({ jobId: job.id, day })),
          { concurrency: 6, discard: true }
        )
        yield* put("saveJob", STATE, jobCodec.write(job))
      }),
      days: Effect.fnUntraced(function*(jobId) {
        const found = yield* getAll("days", yield* keys("days", DAYS, Infinity), dayOfJobCodec)
        return found.filter((one) => one.jobId === jobId).map(({ day }) => day)
          .sort((a, b) => a.day - b.day || comparePoints(a.site, b.site))
      }),
      logRun: (report) => put("logRun", runKey(report), runCodec.write(report), { expirationTtl: RUNS_KEPT_SECONDS }),
      runs: Effect.fnUntraced(function*(kind, limit) {
        const names = yield* Effect.forEach(runPrefixes(kind), (prefix) => keys("runs", prefix, limit))
        const found = yield* getAll("runs", names.flat(), runCodec)
        return found.sort((a, b) => b.finishedAt - a.finishedAt || (a.id < b.id ? 1 : -1)).slice(0, limit)
      }),
      takeRequest: Effect.fnUntraced(function*(budget, perMinute, now) {
        const key = budgetKey(budget)
        const terms = budgetTerms(perMinute)
        const paidUntil = Option.getOrElse(yield* get("takeRequest", key, numberCodec), () => now)
        const wait = budgetWait(terms, paidUntil, now)
        if (wait === 0) yield* put("takeRequest", key, numberCodec.write(budgetTake(terms, paidUntil, now)))
        return wait
      })
    })
  })
