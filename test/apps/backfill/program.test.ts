/**
 * Proves that a backfill completes exactly, whatever is lost, repeated or crashes, and says why if it does not: over
 * the memory adapters of `world.ts`, whose source has a known truth and whose ports can crash at any call.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { SentSteps } from "../../../src/adapters/memory/StepQueueMemory.ts"
import { progressAnswer, startedAnswer } from "../../../src/apps/backfill/answers.ts"
import { cancel, resume, start, status } from "../../../src/apps/backfill/program.ts"
import { handleStep, sweep } from "../../../src/apps/backfill/steps.ts"
import { formatDay } from "../../../src/domain/time/calendar.ts"
import { hotStore } from "../../hot-store.ts"
import { pointExtents } from "../../../src/domain/samples/extent.ts"
import { ColdStore } from "../../../src/ports/ColdStore.ts"
import { JobState } from "../../../src/ports/JobState.ts"
import { BadCredentials, Transient, UnknownSite } from "../../../src/ports/SampleSource.ts"
import { Staging } from "../../../src/ports/Staging.ts"
import { series } from "../../samples.ts"
import { coldRows, deliver, drain, FIRST, layer, NOW, options, SAMPLES_A_DAY, trueRows, Worlds } from "./world.ts"

const request = (days: number, forceRestart = false) => ({
  startDate: formatDay(FIRST),
  endDate: formatDay(FIRST + days - 1),
  forceRestart
})

const begin = Effect.fnUntraced(function*(days: number, over = options) {
  yield* TestClock.setTime(NOW)
  return yield* start(request(days), over)
})

const progress = Effect.flatMap(
  status,
  (found) => found === null ? Effect.die("no job was started") : Effect.succeed(progressAnswer(found))
)

/** Every day of the sites is in the cold store and the catalog, exactly as the source has it. */
const assertComplete = Effect.fnUntraced(function*(days: number, sites: ReadonlyArray<string>, note = "") {
  const hot = yield* hotStore
  for (const site of sites) {
    for (let day = FIRST; day < FIRST + days; day++) {
      assert.deepStrictEqual(yield* coldRows(site, day), trueRows(site, day), `${note} ${site} ${day}`)
    }
    const catalog = yield* hot.catalog.list(site, { start: 0, end: NOW })
    assert.deepStrictEqual(catalog.map(({ rows }) => rows), Array.from({ length: days }, () => SAMPLES_A_DAY), note)
  }
})

describe("a backfill", () => {
  it.effect("takes closed days to the cold store, site by site, and says how far it is", () =>
    Effect.gen(function*() {
      assert.isNull(yield* status)
      const both = { ...options, sites: ["north", "south"] }
      const started = yield* begin(3, both)
      assert.deepStrictEqual(startedAnswer(started), {
        status: "started",
        backfill_id: started.job.id,
        start_date: "2024-10-04",
        end_date: "2024-10-06",
        estimated_days: 6,
        message: "backfill started: 6 of 6 days of 2 sites to do"
      })
      yield* deliver(0, both)
      const early = yield* progress
      assert.include(
        early,
        { status: "in_progress", current_site: "south", days_completed: 1, progress_percent: "16.67" }
      )
      yield* drain(both)
      const done = yield* progress
      assert.include(done, {
        status: "completed",
        current_date: null,
        days_completed: 6,
        days_total: 6,
        progress_percent: "100.00",
        records_processed: 6 * SAMPLES_A_DAY,
        reason: ""
      })
      assert.lengthOf(done.runs, 6)
      assert.include(done.runs[0], {
        site_name: "south",
        status: "completed",
        reason: "2024-10-06: all of the day",
        samples: SAMPLES_A_DAY
      })
      yield* assertComplete(3, ["north", "south"])
    }).pipe(Effect.provide(layer())))

  it.effect("law 9: takes a large day in several steps, and writes it once", () =>
    Effect.gen(function*() {
      const { faults } = yield* Worlds
      faults.pageMs = 60_000
      yield* begin(2)
      const first = yield* deliver(0)
      assert.include(first, { kind: "acted" })
      assert.isNull(yield* coldRows("north", FIRST))
      const early = yield* progress
      assert.isTrue(early.records_processed > 0 && early.records_processed < SAMPLES_A_DAY, "a part of the day")
      yield* drain()
      assert.include(yield* progress, { status: "completed", records_processed: 2 * SAMPLES_A_DAY })
      assert.isAbove((yield* (yield* JobState).runs("backfill", 99)).length, 3)
      yield* assertComplete(2, ["north"])
      const catalog = yield* (yield* hotStore).catalog.list("north", { start: 0, end: NOW })
      assert.deepStrictEqual(catalog.map(({ generation }) => generation), [1, 1])
    }).pipe(Effect.provide(layer())))

  it.effect("gives up a slice that takes too long for a shorter one, and a day whose shortest does", () =>
    Effect.gen(function*() {
      const { faults } = yield* Worlds
      faults.pageMs = 12 * 60_000
      yield* begin(1)
      yield* deliver(0)
      assert.match((yield* progress).runs[0]?.reason ?? "", /too much for one step; asking for 900000 ms at a time/)
      yield* drain()
      const done = yield* progress
      assert.include(done, { status: "failed", reason: "1 of 1 days failed" })
      assert.match(done.failed_days[0]?.reason ?? "", /holds too much for one step/)
    }).pipe(Effect.provide(layer())))
})

describe("the messages of a backfill", () => {
  it.effect("law 5: repeated and reordered messages change nothing", () =>
    Effect.gen(function*() {
      const sent = yield* SentSteps
      yield* begin(3)
      for (let round = 0; round < 40 && sent.pending().length > 0; round++) {
        const message = sent.pending()[0]
        if (message !== undefined && round < 30) sent.put(message)
        yield* deliver(round % sent.pending().length)
      }
      yield* drain()
      assert.include(yield* progress, { status: "completed", records_processed: 3 * SAMPLES_A_DAY })
      const catalog = yield* (yield* hotStore).catalog.list("north", { start: 0, end: NOW })
      assert.deepStrictEqual(catalog.map(({ generation }) => generation), [1, 1, 1])
      yield* assertComplete(3, ["north"])
    }).pipe(Effect.provide(layer())))

  it.effect("law 1: a lost message is sent again by the sweeper, once no lease holds the job and it is due", () =>
    Effect.gen(function*() {
      const sent = yield* SentSteps
      const jobs = yield* JobState
      const { job } = yield* begin(2)
      sent.take(0)
      const now = NOW
      yield* jobs.acquireLease(job.id, "another", now, now + 90_000)
      assert.isFalse(yield* sweep())
      yield* TestClock.adjust("90 seconds")
      assert.isTrue(yield* sweep())
      assert.lengthOf(sent.pending(), 1)
      yield* drain()
      assert.include(yield* progress, { status: "completed" })
      assert.isFalse(yield* sweep(), "a job that has ended needs no step")
    }).pipe(Effect.provide(layer())))

  it.effect("a finished step that comes again sends its successor again", () =>
    Effect.gen(function*() {
      const sent = yield* SentSteps
      const { job } = yield* begin(2)
      yield* deliver(0)
      sent.take(0)
      assert.deepStrictEqual(yield* handleStep({ jobId: job.id, step: 1 }, options), { kind: "resent" })
      assert.deepStrictEqual(sent.pending().map(({ step }) => step), [{ jobId: job.id, step: 2 }])
    }).pipe(Effect.provide(layer())))

  it.effect("the sweeper waits until a failed attempt is due again", () =>
    Effect.gen(function*() {
      const sent = yield* SentSteps
      const { source } = yield* Worlds
      source.faults.failPages = new Transient({ detail: "HTTP 503", attempts: 4 })
      yield* begin(1)
      yield* deliver(0)
      assert.strictEqual(sent.take(0)?.dueAt, NOW + 30_000, "the successor is sent with the delay")
      assert.isFalse(yield* sweep())
      yield* TestClock.adjust("29999 millis")
      assert.isFalse(yield* sweep())
      yield* TestClock.adjust("1 millis")
      assert.isTrue(yield* sweep())
    }).pipe(Effect.provide(layer())))

  it.effect("a step that another holder works at is left to it", () =>
    Effect.gen(function*() {
      const jobs = yield* JobState
      const { job } = yield* begin(1)
      yield* jobs.acquireLease(job.id, "another", NOW, NOW + 90_000)
      assert.deepStrictEqual(yield* handleStep({ jobId: job.id, step: 1 }, options), { kind: "busy" })
      assert.isNull(yield* coldRows("north", FIRST))
    }).pipe(Effect.provide(layer())))
})

describe("a crash of a backfill", () => {
  for (const crashAfter of [false, true]) {
    it.effect(`law 1: a crash ${crashAfter ? "after" : "before"} any port call loses nothing and doubles nothing`, () =>
      Effect.gen(function*() {
        let crashes = 0
        for (let crashAt = 1; crashAt < 80; crashAt++) {
          const finished = yield* Effect.gen(function*() {
            const world = yield* Worlds
            world.faults.pageMs = 30_000
            yield* begin(2)
            world.restart()
            world.faults.crashAt = crashAt
            world.faults.crashAfter = crashAfter
            yield* drain()
            const crashed = world.faults.crashAt === 0
            world.restart()
            assert.include(
              yield* progress,
              { status: "completed", records_processed: 2 * SAMPLES_A_DAY },
              `crash at ${crashAt}`
            )
            yield* assertComplete(2, ["north"], `crash at ${crashAt}`)
            return crashed
          }).pipe(Effect.provide(layer()))
          if (finished) crashes++
        }
        assert.isAbove(crashes, 60, "the crashes happened")
      }))
  }

  it.effect("a crash of the start between save and send is mended by the sweeper", () =>
    Effect.gen(function*() {
      const world = yield* Worlds
      yield* TestClock.setTime(NOW)
      world.faults.crashAt = 3
      const exit = yield* Effect.exit(start(request(1), options))
      assert.strictEqual(exit._tag, "Failure")
      world.restart()
      assert.include(yield* progress, { status: "in_progress" })
      yield* drain()
      yield* assertComplete(1, ["north"])
    }).pipe(Effect.provide(layer())))
})

describe("the commands of a backfill", () => {
  it.effect("refuses a second start while one is live; force_restart takes its place", () =>
    Effect.gen(function*() {
      const first = yield* begin(3)
      const refused = yield* Effect.flip(start(request(2), options))
      assert.include(refused, { _tag: "BackfillRunning", id: first.job.id })
      assert.include(yield* Effect.flip(resume()), { _tag: "BackfillRunning" })
      yield* TestClock.adjust("1 second")
      const second = yield* start(request(2, true), options)
      assert.notStrictEqual(second.job.id, first.job.id)
      yield* drain()
      assert.include(yield* progress, { status: "completed", backfill_id: second.job.id, days_total: 2 })
      assert.isNull(yield* coldRows("north", FIRST + 2), "the first job's steps are ignored")
    }).pipe(Effect.provide(layer())))

  it.effect("a cancel in the middle stops it, and the same start goes on where it stood", () =>
    Effect.gen(function*() {
      const sent = yield* SentSteps
      const { job } = yield* begin(3)
      yield* deliver(0)
      yield* deliver(0)
      yield* cancel()
      assert.include(yield* progress, { status: "cancelled", reason: "cancelled by request", days_completed: 2 })
      assert.include(yield* deliver(0), { kind: "ignored" })
      assert.lengthOf(sent.pending(), 0)
      assert.include(yield* Effect.flip(cancel()), { _tag: "BackfillEnded", status: "cancelled" })
      const again = yield* start(request(3), options)
      assert.deepStrictEqual([again.job.id, again.daysToDo], [job.id, 1])
      yield* drain()
      assert.include(yield* progress, { status: "completed", days_completed: 3, records_processed: 3 * SAMPLES_A_DAY })
      yield* assertComplete(3, ["north"])
    }).pipe(Effect.provide(layer())))

  it.effect("a cancel while a step is at work wins; what the step published is counted once, after the resume", () =>
    Effect.gen(function*() {
      const { faults } = yield* Worlds
      const context = yield* Effect.context<JobState>()
      const { job } = yield* begin(1)
      faults.onPage = Effect.suspend(() => {
        faults.onPage = Effect.void
        return Effect.provideContext(cancel(), context)
      })
      const late = yield* deliver(0)
      assert.include(late, { kind: "ignored", reason: `backfill job ${job.id} is no longer at version 1` })
      assert.include(yield* progress, { status: "cancelled", records_processed: 0 })
      assert.deepStrictEqual(yield* coldRows("north", FIRST), trueRows("north", FIRST), "what was published stays")
      yield* resume()
      yield* drain()
      assert.include(yield* progress, { status: "completed", backfill_id: job.id, records_processed: SAMPLES_A_DAY })
      const [entry] = yield* (yield* hotStore).catalog.list("north", { start: 0, end: NOW })
      assert.strictEqual(entry?.generation, 1)
    }).pipe(Effect.provide(layer())))
})

describe("the commands after the end of a backfill", () => {
  it.effect("another range, or force_restart, after a cancel is a new job", () =>
    Effect.gen(function*() {
      const { job } = yield* begin(3)
      yield* cancel()
      yield* TestClock.adjust("1 second")
      const other = yield* start(request(2), options)
      assert.notStrictEqual(other.job.id, job.id)
      yield* cancel()
      yield* TestClock.adjust("1 second")
      assert.notStrictEqual((yield* start(request(2, true), options)).job.id, other.job.id)
    }).pipe(Effect.provide(layer())))

  it.effect("there is nothing to cancel or resume before the first start, or after completion", () =>
    Effect.gen(function*() {
      assert.include(yield* Effect.flip(cancel()), { _tag: "NoBackfill" })
      assert.include(yield* Effect.flip(resume()), { _tag: "NoBackfill" })
      yield* begin(1)
      yield* drain()
      assert.include(yield* Effect.flip(resume()), { _tag: "BackfillEnded", status: "completed" })
    }).pipe(Effect.provide(layer())))
})

describe("what was not backfilled", () => {
  it.effect("law 7: an empty day is named with its reason", () =>
    Effect.gen(function*() {
      yield* begin(3)
      yield* drain()
      const done = yield* progress
      assert.include(done, { status: "completed", reason: "1 of 3 days were empty", days_completed: 3 })
      assert.deepStrictEqual(done.empty_days.map(({ date, reason }) => [date, reason]), [
        ["2024-10-05", "the source answered no samples for 1 points on 2024-10-05"]
      ])
      assert.strictEqual(
        done.runs.find(({ status }) => status === "warning")?.reason,
        `2024-10-05: ${done.empty_days[0]?.reason}`
      )
    }).pipe(Effect.provide(layer([`north ${FIRST + 1}`]))))

  it.effect("law 7: days that are all empty, for want of points, are a failure; a resume asks for all again", () =>
    Effect.gen(function*() {
      const { source } = yield* Worlds
      source.setPoints("north", [])
      source.faults.silent = true
      yield* begin(2)
      yield* drain()
      assert.include(yield* progress, {
        status: "failed",
        reason: "every day was empty: the source has no points to collect for site north"
      })
      source.faults.silent = false
      assert.strictEqual(
        startedAnswer(yield* start(request(2), options)).message,
        "backfill resumed: 2 of 2 days to do"
      )
      yield* drain()
      assert.include(yield* progress, { status: "completed", records_processed: 2 * SAMPLES_A_DAY })
    }).pipe(Effect.provide(layer())))

  it.effect("law 7: a wrong key stops the job with the error's words; the same start resumes it", () =>
    Effect.gen(function*() {
      const { source } = yield* Worlds
      yield* begin(3)
      yield* deliver(0)
      source.faults.failPages = new BadCredentials({ status: 401, detail: "JWT Signature Invalid" })
      yield* drain()
      const failed = yield* progress
      assert.strictEqual(failed.status, "failed")
      assert.match(failed.reason, /BadCredentials .*401.*JWT Signature Invalid/)
      assert.deepStrictEqual(failed.failed_days.map(({ date }) => date), ["2024-10-05"])
      assert.strictEqual(failed.runs[0]?.status, "failed")
      source.faults.failPages = null
      yield* start(request(3), options)
      yield* drain()
      assert.include(yield* progress, { status: "completed", records_processed: 3 * SAMPLES_A_DAY })
      yield* assertComplete(3, ["north"])
    }).pipe(Effect.provide(layer())))
})

describe("days that fail", () => {
  it.effect("law 7: one failing day does not stop the others; it is tried again with delay, then listed", () =>
    Effect.gen(function*() {
      const { source } = yield* Worlds
      yield* begin(3)
      yield* deliver(0)
      source.faults.failPages = new Transient({ detail: "HTTP 503", attempts: 4 })
      for (let attempt = 1; attempt < 5; attempt++) {
        yield* deliver(0)
        const now = yield* progress
        assert.deepStrictEqual(now.retrying_days.map(({ attempts }) => attempts), [attempt])
      }
      yield* deliver(0)
      source.faults.failPages = null
      yield* drain()
      const done = yield* progress
      assert.include(
        done,
        { status: "failed", reason: "1 of 3 days failed", days_completed: 2, progress_percent: "66.67" }
      )
      assert.match(done.failed_days[0]?.reason ?? "", /Transient .*HTTP 503/)
      yield* resume()
      yield* drain()
      assert.include(yield* progress, { status: "completed" })
      yield* assertComplete(3, ["north"])
    }).pipe(Effect.provide(layer())))

  it.effect("law 1: pages read before a failure are kept, and published where the day is given up", () =>
    Effect.gen(function*() {
      const { faults, source } = yield* Worlds
      faults.pageMs = 1_000
      yield* begin(1)
      // The first slice, of an hour, is one page; the rest of the day fails at its second.
      source.faults.failPages = new Transient({ detail: "HTTP 503", attempts: 4 })
      source.faults.failAfterPages = 1
      const acted = yield* deliver(0)
      assert.include(acted, { kind: "acted" })
      assert.isNull(yield* coldRows("north", FIRST))
      source.faults.failAfterPages = 0
      yield* drain()
      assert.include(yield* progress, { status: "failed", records_processed: 4 })
      assert.strictEqual((yield* coldRows("north", FIRST))?.["north/a"]?.timestamps.length, 2)
      source.faults.failPages = null
      yield* resume()
      yield* drain()
      yield* assertComplete(1, ["north"])
    }).pipe(Effect.provide(layer())))

  it.effect("a site that is not known fails its days, and after a few of them the job", () =>
    Effect.gen(function*() {
      const { source } = yield* Worlds
      source.faults.failPages = new UnknownSite({ detail: "HTTP 403" })
      yield* begin(9)
      yield* drain()
      const done = yield* progress
      assert.match(done.reason, /^3 days in a row failed; the last: .*UnknownSite/)
      assert.strictEqual(done.status, "failed")
      assert.lengthOf(done.failed_days, 3)
    }).pipe(Effect.provide(layer())))
})

describe("rows and dates that are refused", () => {
  it.effect("law 7: rows that were left out are counted by reason", () =>
    Effect.gen(function*() {
      const { source } = yield* Worlds
      source.addRows("north", [{ point: "north/a", timestamp: FIRST * 86_400_000 + 5, value: null }])
      yield* begin(1)
      yield* drain()
      const done = yield* progress
      assert.deepStrictEqual(done.dropped_rows, [{ site: "north", date: "2024-10-04", dropped: "1 null" }])
      assert.strictEqual(done.runs[0]?.reason, "2024-10-04: all of the day; dropped rows: 1 null")
      yield* assertComplete(1, ["north"])
    }).pipe(Effect.provide(layer())))

  it.effect("refuses bad dates before anything is saved", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(NOW)
      const bad = { startDate: "2024-10-05", endDate: "2024-10-04", forceRestart: false }
      assert.include(yield* Effect.flip(start(bad, options)), { _tag: "InvalidRange", field: "end_date" })
      assert.isNull(yield* status)
    }).pipe(Effect.provide(layer())))
})

describe("a day that several steps read", () => {
  /** A job of one day of which the first step has staged a part. */
  const half = Effect.gen(function*() {
    const { faults } = yield* Worlds
    faults.pageMs = 60_000
    yield* begin(1)
    yield* deliver(0)
    return (yield* (yield* JobState).job).pipe(Option.getOrThrow).cursor?.staged
  })

  it.effect("is read again where a part is gone", () =>
    Effect.gen(function*() {
      const staged = yield* half
      assert.lengthOf(staged?.parts ?? [], 1)
      yield* (yield* Staging).discard({ site: "north", day: FIRST }, NOW)
      yield* drain()
      assert.include(yield* progress, { status: "completed", records_processed: SAMPLES_A_DAY })
      yield* assertComplete(1, ["north"])
      const reasons = (yield* progress).runs.map(({ reason }) => reason).join("\n")
      assert.match(reasons, /asking again, because part .* is gone/)
    }).pipe(Effect.provide(layer())))

  it.effect("is read again where another writer published it meanwhile, and counted once", () =>
    Effect.gen(function*() {
      yield* half
      const cold = yield* ColdStore
      const other = series("north/a", [[FIRST * 86_400_000, -1], [FIRST * 86_400_000 + 7, 7]])
      const built = yield* cold.build(
        { site: "north", day: FIRST, generation: 1, source: "archival", writtenBy: "another" },
        Stream.make(other)
      )
      yield* (yield* hotStore).catalog.publish(yield* cold.put(built, null), pointExtents(other), null)
      yield* drain()
      assert.include(yield* progress, { status: "completed", records_processed: SAMPLES_A_DAY })
      const rows = yield* coldRows("north", FIRST)
      assert.strictEqual(rows?.["north/a"]?.timestamps.length, SAMPLES_A_DAY / 2 + 1, "nothing of the other is lost")
      assert.strictEqual(rows?.["north/a"]?.values[0], trueRows("north", FIRST)["north/a"]?.values[0])
    }).pipe(Effect.provide(layer())))

  it.effect("leaves no part behind", () =>
    Effect.gen(function*() {
      const staged = yield* half
      yield* drain()
      const read = (yield* Staging).read({ site: "north", day: FIRST }, staged?.parts ?? [])
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(read)))._tag, "PartMissing")
    }).pipe(Effect.provide(layer())))
})
