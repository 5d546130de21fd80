/** The adapter on D1 keeps the laws of `JobState`, also where D1 loses a tenth of its answers. */
import { env } from "cloudflare:workers"
import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import * as JobStateD1 from "../../src/adapters/jobs/JobStateD1.ts"
import { type BackfillJob, startJob } from "../../src/domain/jobs/backfill/job.ts"
import { cancelJob } from "../../src/domain/jobs/backfill/machine.ts"
import { JobState } from "../../src/ports/JobState.ts"
import { suite } from "../conformance/JobState.ts"
import { randomOf } from "../random.ts"
import { flaky } from "./flaky.ts"

suite("D1", JobStateD1.layer(env.DB))

const plan = { sites: ["plant"], startDay: 20_000, endDay: 20_099 }

it.live("a database that loses a tenth of its answers loses no save and doubles none", () => {
  const db = flaky(env.DB, 0.1, randomOf(7))
  return Effect.gen(function*() {
    const jobs = yield* JobState
    let job: BackfillJob = startJob(plan, 1_795_000_000_000)
    yield* jobs.saveJob(job, [])
    for (let i = 0; i < 60; i++) {
      job = { ...job, version: job.version + 1, checkpoint: i + 1, samples: job.samples + i }
      const done = { status: "completed", samples: i, dropped: {}, attempts: 0, reason: "" } as const
      yield* jobs.saveJob(job, [{ site: "plant", day: 20_000 + i, ...done }])
      yield* jobs.advanceWatermark({ kind: "synced", site: "flaky" }, 1_000 + i)
      assert.isTrue(yield* jobs.acquireLease(job.id, "me", i, i + 10))
    }
    assert.deepStrictEqual(Option.getOrNull(yield* jobs.job), job)
    const samples = (yield* jobs.days(job.id)).map((day) => day.samples)
    assert.deepStrictEqual(samples, Array.from({ length: 60 }, (_, i) => i))
    assert.strictEqual(Option.getOrNull(yield* jobs.watermark({ kind: "synced", site: "flaky" })), 1_059)
    assert.isAbove(db.failures(), 10)
    yield* jobs.saveJob({ ...job, version: job.version + 1, status: "cancelled" }, [])
  }).pipe(Effect.provide(JobStateD1.layer(db)))
})

it.effect("a stored state that cannot be read is shown with the reason, and can be replaced", () =>
  Effect.gen(function*() {
    const jobs = yield* JobState
    const job = startJob(plan, 1_795_000_000_001)
    yield* jobs.saveJob(job, [])
    yield* Effect.promise(() => env.DB.batch([
      env.DB.prepare("UPDATE backfill_job SET body = ?2 WHERE id = ?1").bind(job.id, `{"v":1,"body":{"dueAt":1e21}}`),
      env.DB.prepare("INSERT INTO backfill_day (job_id, day, site, body) VALUES (?1, 20000, 's', ?2)")
        .bind(job.id, JSON.stringify({ v: 2, body: {} })),
      env.DB.prepare("INSERT INTO run (kind, finished_at, id, body) VALUES ('derive', 5, 'broken', 'no JSON')")
    ]))
    const stored = Option.getOrThrow(yield* jobs.job)
    assert.include(stored, { id: job.id, status: "in_progress", version: 1, cursor: null })
    assert.match(stored.reason, /its stored state cannot be read/)
    const [day] = yield* jobs.days(job.id)
    assert.include(day, { site: "s", day: 20_000, status: "failed" })
    const [run] = yield* jobs.runs("derive", 1)
    assert.include(run, { id: "broken", status: "failed", finishedAt: 5 })
    yield* jobs.saveJob(cancelJob(stored, 1_795_000_000_002, "replaced"), [])
    assert.include(Option.getOrThrow(yield* jobs.job), { status: "cancelled", reason: "replaced" })
    const next = startJob(plan, 1_795_000_000_003)
    yield* jobs.saveJob(next, [])
    assert.deepStrictEqual(yield* jobs.job, Option.some(next))
    yield* jobs.saveJob(cancelJob(next, 1_795_000_000_004, "the test is over"), [])
  }).pipe(Effect.provide(JobStateD1.layer(env.DB))))

it.effect("a state that could not be read back is not stored", () =>
  Effect.gen(function*() {
    const jobs = yield* JobState
    const job = { ...startJob(plan, 1_795_000_000_005), dueAt: 1e21 }
    assert.strictEqual((yield* Effect.flip(jobs.saveJob(job, [])))._tag, "JobStateError")
    assert.notStrictEqual(Option.getOrThrow(yield* jobs.job).id, job.id)
  }).pipe(Effect.provide(JobStateD1.layer(env.DB))))

it.effect("stored names of watermarks and leases stay as older versions wrote them", () =>
  Effect.gen(function*() {
    const jobs = yield* JobState
    for (const kind of ["synced", "started", "described"] as const) {
      yield* jobs.advanceWatermark({ kind, site: "kept" }, 1)
    }
    yield* jobs.acquireLease("kept", "me", 0, 1)
    const names = (table: string) =>
      Effect.map(
        Effect.promise(() => env.DB.prepare(`SELECT name FROM ${table} WHERE name LIKE '%kept' ORDER BY name`).all()),
        ({ results }) => results.map(({ name }) => name)
      )
    assert.deepStrictEqual(yield* names("watermark"), ["kept", "points/kept", "start/kept"])
    assert.deepStrictEqual(yield* names("lease"), ["backfill:kept"])
  }).pipe(Effect.provide(JobStateD1.layer(env.DB))))
