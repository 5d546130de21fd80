/**
 * The laws of the `JobState` port, run on every adapter.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { type BackfillDay, type BackfillJob, type BackfillPlan, startJob } from "../../src/domain/jobs/backfill/job.ts"
import { startLateness } from "../../src/domain/jobs/lateness.ts"
import { startRereading } from "../../src/domain/jobs/reread-plan.ts"
import { DAY_MS, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import type { RunReport } from "../../src/domain/jobs/run.ts"
import { JobConflict, JobState, type Watermark } from "../../src/ports/JobState.ts"

const now = 1_795_000_000_123
const plan: BackfillPlan = { sites: ["plant", "ätherisch: 2"], startDay: 20_000, endDay: 20_009 }

let created = 0
const newJob = (): BackfillJob => startJob(plan, now + created++)

const next = (job: BackfillJob, change: Partial<BackfillJob>): BackfillJob =>
  ({ ...job, version: job.version + 1, ...change })

const dayOf = (site: string, day: number, change: Partial<BackfillDay> = {}): BackfillDay => ({
  site,
  day,
  status: "completed",
  samples: 1_440,
  dropped: { null: 3, collision: 1 },
  attempts: 2,
  reason: "",
  ...change
})

const report = (id: string, finishedAt: number, change: Partial<RunReport> = {}): RunReport => ({
  id,
  kind: "archival",
  site: "plant",
  status: "completed",
  reason: "",
  startedAt: finishedAt - 1_000,
  finishedAt,
  samples: 12,
  dropped: { nan: 1 },
  counts: { pages: 2, seconds: 0.25 },
  ...change
})

/** Each test ends its jobs: only one may be live. */
const end = (job: BackfillJob) =>
  Effect.flatMap(JobState, (jobs) => jobs.saveJob(next(job, { status: "cancelled", reason: "the test is over" }), []))

const isConflict = (error: unknown): boolean => error instanceof JobConflict

export const suite = <E>(name: string, layer: Layer.Layer<JobState, E>) =>
  it.layer(layer)(`JobState (${name})`, (it) => {
    it.effect("law 8: a watermark is absent at first and never moves back", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const mark: Watermark = { kind: "synced", site: "w" }
        const found = Effect.map(jobs.watermark(mark), Option.getOrNull)
        assert.isNull(yield* found)
        yield* jobs.advanceWatermark(mark, now)
        yield* jobs.advanceWatermark(mark, now - 1)
        yield* jobs.advanceWatermark(mark, now)
        assert.strictEqual(yield* found, now)
        yield* jobs.advanceWatermark(mark, now + 1)
        assert.strictEqual(yield* found, now + 1)
        const others: ReadonlyArray<Watermark> = [
          { kind: "synced", site: "W" },
          { kind: "started", site: "w" },
          { kind: "described", site: "w" }
        ]
        for (const [i, other] of others.entries()) {
          assert.isTrue(Option.isNone(yield* jobs.watermark(other)))
          yield* jobs.advanceWatermark(other, i)
        }
        for (const [i, other] of others.entries()) {
          assert.deepStrictEqual(yield* jobs.watermark(other), Option.some(i))
        }
        assert.strictEqual(yield* found, now + 1)
      }))

    it.effect("what a site has read again comes back as it was saved last", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        assert.isTrue(Option.isNone(yield* jobs.rereading("plant")))
        const state = startRereading(now, DAY_MS)
        yield* jobs.saveRereading("plant", state)
        const lateness = { ...startLateness, askedAt: now, points: [{ point: "p/ä", lag: 1, seenAt: now }] }
        const later = { ...state, credit: 1.5, back: now - 1, lateness, ahead: [{ start: now - 2, end: now }] }
        yield* jobs.saveRereading("plant", later)
        yield* jobs.saveRereading("Plant", state)
        assert.deepStrictEqual(yield* jobs.rereading("plant"), Option.some(later))
        assert.deepStrictEqual(yield* jobs.rereading("Plant"), Option.some(state))
      }))

    it.effect("a lease is one holder's until it ends or is released, and only the holder releases it", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const acquire = (holder: string, at: number) => jobs.acquireLease("lease", holder, at, at + 90_000)
        assert.isTrue(yield* acquire("a", now))
        assert.isFalse(yield* acquire("b", now + 1))
        assert.isTrue(yield* acquire("a", now + 60_000), "the holder renews it")
        assert.isFalse(yield* acquire("b", now + 149_999))
        assert.isTrue(yield* acquire("b", now + 150_000), "it ends at its instant")
        yield* jobs.releaseLease("lease", "a")
        assert.isFalse(yield* acquire("a", now + 150_001))
        yield* jobs.releaseLease("lease", "b")
        assert.isTrue(yield* acquire("a", now + 150_002))
        assert.isTrue(yield* jobs.acquireLease("another", "b", now, now + 1))
      }))

    it.effect("a job and its days come back as they were saved, the days in order", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const job = newJob()
        yield* jobs.saveJob(job, [])
        assert.deepStrictEqual(Option.getOrNull(yield* jobs.job), job)
        assert.deepStrictEqual(yield* jobs.days(job.id), [])
        const failed = dayOf("plant", 20_000, { status: "failed", reason: "HTTP 500: \"no\"\n" })
        const other = dayOf("ätherisch: 2", 20_000)
        const later = dayOf("plant", 20_001)
        const progress = { checkpoint: 3, cursor: null, samples: 2 ** 40, workedMs: 77 }
        const second = next(job, { ...progress, reason: "' ümlaut 😀" })
        yield* jobs.saveJob(second, [other, later, failed])
        assert.deepStrictEqual(Option.getOrNull(yield* jobs.job), second)
        assert.deepStrictEqual(yield* jobs.days(job.id), [failed, other, later])
        const changed = dayOf("plant", 20_000, { samples: 5, dropped: {} })
        const third = next(second, {})
        yield* jobs.saveJob(third, [changed])
        assert.deepStrictEqual(yield* jobs.days(job.id), [changed, other, later])
        yield* end(third)
      }))

    const [length, sites] = [1_464, 4]
    it.effect(`${length} days are saved at once`, () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const many = Array.from({ length }, (_, i) => dayOf(`site ${i % sites}`, 20_000 + Math.floor(i / sites)))
        const job = newJob()
        yield* jobs.saveJob(job, many)
        assert.deepStrictEqual(yield* jobs.days(job.id), many)
        yield* end(job)
      }))

    it.effect("the job created last is the newest, whichever was saved last, and days belong to their job", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const older = newJob()
        const newer = newJob()
        yield* jobs.saveJob(older, [dayOf("plant", 20_000)])
        yield* end(older)
        yield* jobs.saveJob(newer, [])
        assert.strictEqual(Option.getOrNull(yield* jobs.job)?.id, newer.id)
        assert.deepStrictEqual(yield* jobs.days(newer.id), [])
        yield* end(newer)
        yield* jobs.saveJob({ ...older, version: 3, status: "failed" }, [])
        assert.strictEqual(Option.getOrNull(yield* jobs.job)?.id, newer.id)
        assert.lengthOf(yield* jobs.days(older.id), 1)
      }))

    it.effect("law 5: a save from any but the version before it conflicts, and changes nothing", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const job = newJob()
        assert.isTrue(isConflict(yield* Effect.flip(jobs.saveJob({ ...job, version: 2 }, []))), "it must exist")
        yield* jobs.saveJob(job, [])
        for (const version of [1, 3]) {
          const wrong = jobs.saveJob({ ...job, version, reason: "wrong" }, [dayOf("plant", 20_000)])
          assert.isTrue(isConflict(yield* Effect.flip(wrong)), `version ${version}`)
        }
        assert.deepStrictEqual(Option.getOrNull(yield* jobs.job), job)
        assert.deepStrictEqual(yield* jobs.days(job.id), [])
        yield* end(job)
      }))

    it.effect("a second live job conflicts", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const job = newJob()
        yield* jobs.saveJob(job, [])
        assert.isTrue(isConflict(yield* Effect.flip(jobs.saveJob(newJob(), []))))
        yield* end(job)
        const after = newJob()
        yield* jobs.saveJob(after, [])
        yield* end(after)
      }))

    it.effect("a job that a newer one has followed does not come back to life", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const first = newJob()
        yield* jobs.saveJob(first, [])
        yield* end(first)
        const second = newJob()
        yield* jobs.saveJob(second, [])
        yield* end(second)
        const revived = next(next(first, { status: "cancelled" }), { status: "in_progress" })
        assert.isTrue(isConflict(yield* Effect.flip(jobs.saveJob(revived, []))))
        const last = next(next(second, { status: "cancelled" }), { status: "in_progress" })
        yield* jobs.saveJob(last, [])
        yield* end(last)
      }))

    it.effect("law 7: the run log is newest first, by kind, and keeps failures with their reason", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const failed = report("b", now + 2, { status: "failed", reason: "401: \"bad key\"" })
        const warned = report("c", now + 3, { status: "warning", reason: "silent" })
        for (const run of [report("a", now + 1), warned, failed]) {
          yield* jobs.logRun(run)
        }
        yield* jobs.logRun(report("other", now + 9, { kind: "sync" }))
        yield* jobs.logRun(failed)
        const runs = yield* jobs.runs("archival", 10)
        assert.deepStrictEqual(runs.map(({ id }) => id), ["c", "b", "a"])
        assert.deepStrictEqual(runs[1], failed)
        assert.deepStrictEqual((yield* jobs.runs("archival", 2)).map(({ id }) => id), ["c", "b"])
        assert.deepStrictEqual(yield* jobs.runs("backfill", 5), [])
      }))

    it.effect("two runs that end in one millisecond are both kept", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        yield* jobs.logRun(report("x", now, { kind: "backfill" }))
        yield* jobs.logRun(report("y", now, { kind: "backfill" }))
        assert.deepStrictEqual((yield* jobs.runs("backfill", 9)).map(({ id }) => id), ["y", "x"])
      }))

    for (const perMinute of [1, 7, 50]) {
      it.effect(`a budget of ${perMinute} a minute: who waits as told is granted, and no minute holds more`, () =>
        Effect.gen(function*() {
          const jobs = yield* JobState
          const granted: Array<number> = []
          let at = now
          while (granted.length < Math.min(2 * perMinute + 1, 60)) {
            const wait = yield* jobs.takeRequest(`budget ${perMinute}`, perMinute, at)
            if (wait === 0) granted.push(at)
            at += wait
          }
          for (let i = 0; i + perMinute < granted.length; i++) {
            assert.isAtLeast((granted[i + perMinute] as number) - (granted[i] as number), MINUTE_MS)
          }
          const spent = (granted.at(-1) as number) - now
          assert.isAtMost(spent, Math.ceil(granted.length / perMinute) * MINUTE_MS, "the budget can be used up")
          assert.strictEqual(yield* jobs.takeRequest(`another of ${perMinute}`, perMinute, now), 0)
        }))
    }

    it.effect("a budget saves nothing up: after an idle hour as many requests are granted at once as at first", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const granted = Effect.fnUntraced(function*(at: number) {
          const waits = yield* Effect.forEach(Array.from({ length: 20 }), () => jobs.takeRequest("idle", 50, at))
          return waits.filter((wait) => wait === 0).length
        })
        const first = yield* granted(now)
        assert.isAbove(first, 0)
        assert.strictEqual(yield* granted(now + 60 * MINUTE_MS), first)
      }))

    it.effect("of writers with one version exactly one saves", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const job = newJob()
        yield* jobs.saveJob(job, [])
        const outcomes = yield* Effect.forEach(
          Array.from({ length: 8 }, (_, i) => i),
          (i) =>
            jobs.saveJob(next(job, { samples: i }), [dayOf("plant", 20_000, { samples: i })]).pipe(
              Effect.as(i),
              Effect.catchTag("JobConflict", () => Effect.succeed(null))
            ),
          { concurrency: "unbounded" }
        )
        const winners = outcomes.filter((one) => one !== null)
        assert.lengthOf(winners, 1)
        const saved = Option.getOrThrow(yield* jobs.job)
        assert.strictEqual(saved.samples, winners[0])
        assert.deepStrictEqual((yield* jobs.days(job.id)).map(({ samples }) => samples), winners)
        yield* end(saved)
      }))

    it.effect("of starts at the same time exactly one is live", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const rivals = Array.from({ length: 5 }, newJob)
        const outcomes = yield* Effect.forEach(
          rivals,
          (job) =>
            jobs.saveJob(job, []).pipe(Effect.as(job), Effect.catchTag("JobConflict", () => Effect.succeed(null))),
          { concurrency: "unbounded" }
        )
        const winners = outcomes.filter((one) => one !== null)
        assert.lengthOf(winners, 1)
        assert.deepStrictEqual(Option.getOrNull(yield* jobs.job), winners[0])
        yield* end(Option.getOrThrow(yield* jobs.job))
      }))

    it.effect("of rivals for a lease one gets it, and a budget is not overspent by asking at once", () =>
      Effect.gen(function*() {
        const jobs = yield* JobState
        const holders = Array.from({ length: 6 }, (_, i) => `h${i}`)
        const got = yield* Effect.forEach(holders, (holder) => jobs.acquireLease("rivals", holder, now, now + 1_000), {
          concurrency: "unbounded"
        })
        assert.lengthOf(got.filter((one) => one), 1)
        const waits = yield* Effect.forEach(Array.from({ length: 30 }), () => jobs.takeRequest("rush", 50, now), {
          concurrency: "unbounded"
        })
        assert.lengthOf(waits.filter((wait) => wait === 0), 5, "a tenth of the budget at once")
      }))
  })
