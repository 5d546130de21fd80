/**
 * The state machine of a backfill: single steps show each rule, and random histories with lost, repeated and crashed
 * steps show that no slice is skipped or counted twice.
 */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import {
  type BackfillCursor,
  type BackfillDay,
  type BackfillJob,
  type BackfillPlan,
  countDays,
  startJob
} from "../../../../src/domain/jobs/backfill/job.ts"
import { countStatus } from "../../../../src/domain/jobs/backfill/days.ts"
import {
  advance,
  cancelJob,
  decideStep,
  FIRST_RETRY_SECONDS,
  MAX_ATTEMPTS,
  MAX_FAILED_IN_A_ROW,
  resumeJob,
  type StepOutcome
} from "../../../../src/domain/jobs/backfill/machine.ts"
import { DAY_MS, dayStart, HOUR_MS } from "../../../../src/domain/time/calendar.ts"
import { forSeeds, type Random } from "../../../random.ts"

const now = 1_795_000_000_000
const plan = (days: number, sites: ReadonlyArray<string> = ["plant"]): BackfillPlan =>
  ({ sites, startDay: 20_000, endDay: 20_000 + days - 1 })

const ends = (samples: number, sliceMs = DAY_MS): StepOutcome =>
  ({ kind: "ends", samples, dropped: {}, sliceMs, emptyReason: "silent" })
const continues = (through: number, samples: number, sliceMs: number): StepOutcome =>
  ({ kind: "continues", through, staged: null, samples, dropped: {}, sliceMs })
const fails = (kind: "wait" | "skipDay" | "stopJob", ms = 0): StepOutcome => ({
  kind: "fails",
  reason: "HTTP 500",
  remedy: kind === "wait" ? { kind, ms } : { kind }
})

/** A job with its days, as a store holds them. */
class Held {
  job: BackfillJob
  readonly days = new Map<string, BackfillDay>()

  constructor(job: BackfillJob) {
    this.job = job
  }

  get list(): ReadonlyArray<BackfillDay> {
    return [...this.days.values()]
  }

  put(days: ReadonlyArray<BackfillDay>): void {
    for (const day of days) this.days.set(`${day.day} ${day.site}`, day)
  }

  step(outcome: StepOutcome, at = now): this {
    const cursor = this.job.cursor
    assert.isNotNull(cursor)
    if (cursor === null) return this
    const next = advance(this.job, cursor, this.list, { outcome, endedAt: at })
    this.job = next.job
    this.put([next.day])
    return this
  }
}

const held = (days: number, sites?: ReadonlyArray<string>) => new Held(startJob(plan(days, sites), now))

describe("decideStep", () => {
  const job: BackfillJob = { ...startJob(plan(3), now), checkpoint: 4 }
  const decide = (step: number, over: Partial<BackfillJob> = {}, jobId = job.id) =>
    decideStep(Option.some({ ...job, ...over }), { jobId, step }).kind

  it("law 5: only checkpoint + 1 of the live job acts; the finished step sends its successor again", () => {
    assert.deepStrictEqual([1, 3, 4, 5, 6].map((step) => decide(step)), ["ignore", "ignore", "resend", "act", "ignore"])
  })

  it("ignores every step of a job that is not live, not the newest, or not there", () => {
    for (const status of ["cancelled", "failed", "completed"] as const) {
      assert.deepStrictEqual([4, 5].map((step) => decide(step, { status })), ["ignore", "ignore"])
    }
    assert.strictEqual(decide(5, {}, "another"), "ignore")
    assert.strictEqual(decideStep(Option.none(), { jobId: job.id, step: 1 }).kind, "ignore")
  })
})

describe("advance", () => {
  it("goes day by day, and site by site within a day", () => {
    const job = held(2, ["b", "a"])
    const seen: Array<string> = []
    while (job.job.cursor !== null) {
      seen.push(`${job.job.cursor.day} ${job.job.cursor.site}`)
      job.step(ends(10), now + seen.length * 1_000)
    }
    assert.deepStrictEqual(seen, ["20000 b", "20000 a", "20001 b", "20001 a"])
    assert.include(job.job, { status: "completed", reason: "", samples: 40 })
    assert.include(job.job, { checkpoint: 4, version: 5, workedMs: 4_000 })
  })

  it("takes a large day step by step", () => {
    const job = held(1)
    const through = dayStart(20_000) + 6 * HOUR_MS
    job.step({ kind: "continues", through, staged: null, samples: 7, dropped: { null: 1 }, sliceMs: 3 * HOUR_MS })
    assert.include(job.job.cursor, { from: through, sliceMs: 3 * HOUR_MS, day: 20_000 })
    assert.include(job.list[0], { status: "in_progress", samples: 7 })
    job.step({ kind: "ends", samples: 0, dropped: { null: 2 }, sliceMs: DAY_MS, emptyReason: "silent" })
    assert.include(job.job, { status: "completed", samples: 7 })
    assert.deepStrictEqual(job.list[0]?.dropped, { null: 3 })
    assert.include(job.list[0], { status: "completed", reason: "" })
  })

  it("narrows a slice without counting an attempt", () => {
    const job = held(1).step({ kind: "narrows", sliceMs: 5 * HOUR_MS })
    assert.include(job.job.cursor, { from: dayStart(20_000), sliceMs: 5 * HOUR_MS })
    assert.include(job.list[0], { attempts: 0, status: "in_progress" })
  })

  it("carries the slice length on to the next day", () => {
    assert.include(held(2).step(ends(5, 4 * HOUR_MS)).job.cursor, { day: 20_001, sliceMs: 4 * HOUR_MS })
  })

  it("law 7: a day without samples is empty with its reason; a job of such days alone has failed", () => {
    const some = held(2).step(ends(0)).step(ends(1))
    assert.include(some.list[0], { status: "empty", reason: "silent" })
    assert.include(some.job, { status: "completed", reason: "1 of 2 days were empty" })
    const { job } = held(2).step(ends(0)).step(ends(0))
    assert.include(job, { status: "failed", reason: "every day was empty: silent", cursor: null })
  })
})

describe("advance after a failure", () => {
  it("tries a failing day again, later each time, then goes on without it; the job has failed", () => {
    const job = held(2)
    const delays: Array<number> = []
    for (let i = 1; i < MAX_ATTEMPTS; i++) {
      job.step(fails("wait"))
      assert.include(job.list[0], { status: "in_progress", attempts: i, reason: "HTTP 500" })
      assert.strictEqual(job.job.cursor?.day, 20_000)
      delays.push((job.job.dueAt - now) / 1_000)
    }
    assert.deepStrictEqual(delays, [1, 2, 4, 8].map((n) => n * FIRST_RETRY_SECONDS))
    job.step(fails("wait"))
    assert.include(job.list[0], { status: "failed", reason: "HTTP 500" })
    assert.include(job.job, { status: "in_progress", dueAt: now })
    assert.include(job.step(ends(3)).job, { status: "failed", reason: "1 of 2 days failed", cursor: null })
  })

  it("counts attempts from the last progress on, and waits as long as the source asks", () => {
    const job = held(1).step(fails("wait", 999_000.5))
    assert.strictEqual(job.job.dueAt, now + 999_001)
    job.step(continues(dayStart(20_000) + 1, 1, DAY_MS))
    assert.include(job.list[0], { attempts: 0, reason: "" })
    assert.strictEqual(job.job.dueAt, now)
  })

  it("does not try a day again where waiting does not help", () => {
    const job = held(2).step(fails("skipDay"))
    assert.include(job.list[0], { status: "failed", attempts: 1 })
    assert.strictEqual(job.job.cursor?.day, 20_001)
  })

  it("bad credentials stop the job", () => {
    const job = held(9).step(ends(1)).step(fails("stopJob"))
    assert.include(job.job, { status: "failed", reason: "HTTP 500" })
    assert.include(job.list[1], { status: "failed" })
    assert.strictEqual(job.job.cursor?.day, 20_001)
  })

  it("too many failed days in a row stop the job; failures between good days do not", () => {
    const bad = held(99)
    for (let i = 0; i < MAX_FAILED_IN_A_ROW; i++) bad.step(fails("skipDay"))
    const reason = `${MAX_FAILED_IN_A_ROW} days in a row failed; the last: HTTP 500`
    assert.include(bad.job, { status: "failed", reason })
    const mixed = held(10)
    for (let i = 0; i < 10; i++) mixed.step(i % 2 === 0 ? fails("skipDay") : ends(1))
    assert.include(mixed.job, { status: "failed", reason: "5 of 10 days failed", cursor: null })
  })
})

describe("cancelJob and resumeJob", () => {
  it("a cancelled job goes on where it stood", () => {
    const job = held(3).step(fails("skipDay"))
    job.step(continues(dayStart(20_001) + HOUR_MS, 5, HOUR_MS))
    const cancelled = cancelJob(job.job, now + 5, "cancelled by request")
    assert.include(cancelled, { status: "cancelled", version: 4, lastUpdated: now + 5, reason: "cancelled by request" })
    const resumed = resumeJob(cancelled, job.list, now + 9)
    assert.deepStrictEqual(resumed.changed, [])
    assert.deepStrictEqual(resumed.job, { ...job.job, version: 5, lastUpdated: now + 9, dueAt: now + 9 })
  })

  it("a failed job asks again for the days that failed, from their start, and keeps the others", () => {
    const job = held(4).step(ends(10))
    job.step(continues(dayStart(20_001) + HOUR_MS, 5, HOUR_MS))
    job.step(fails("skipDay")).step(ends(0)).step(fails("skipDay"))
    assert.include(job.job, { status: "failed", samples: 15 })
    const resumed = resumeJob(job.job, job.list, now + 9)
    assert.deepStrictEqual(resumed.changed.map(({ day, samples, status }) => [day, samples, status]), [
      [20_001, 0, "in_progress"],
      [20_003, 0, "in_progress"]
    ])
    assert.include(resumed.job, { status: "in_progress", samples: 10, version: job.job.version + 1, reason: "" })
    assert.include(resumed.job.cursor, { day: 20_001, from: dayStart(20_001) })
    job.job = resumed.job
    job.put(resumed.changed)
    job.step(ends(6))
    assert.strictEqual(job.job.cursor?.day, 20_003)
    assert.include(job.step(ends(7)).job, { status: "completed", samples: 23, reason: "1 of 4 days were empty" })
  })

  it("a job whose days were all empty asks for all of them again", () => {
    const job = held(2).step(ends(0)).step(ends(0))
    const resumed = resumeJob(job.job, job.list, now)
    assert.lengthOf(resumed.changed, 2)
    assert.strictEqual(resumed.job.cursor?.day, 20_000)
  })
})

/**
 * A job whose steps are lost, repeated and crash, and a naive account of what its days published: up to where, and how
 * many samples.
 */
class History {
  readonly held: Held
  readonly through = new Map<string, number>()
  readonly samples = new Map<string, number>()
  /** Steps that were sent and not yet delivered. */
  readonly queue = [1]
  readonly random: Random

  constructor(random: Random) {
    this.random = random
    this.held = held(1 + random.below(5), ["a", "b", "c"].slice(0, 1 + random.below(3)))
  }

  get job(): BackfillJob {
    return this.held.job
  }

  save(job: BackfillJob, days: ReadonlyArray<BackfillDay>): void {
    assert.strictEqual(job.version, this.job.version + 1)
    assert.isAtLeast(job.checkpoint, this.job.checkpoint)
    this.held.job = job
    this.held.put(days)
    assert.strictEqual(job.samples, this.held.list.reduce((all, day) => all + day.samples, 0))
  }

  /** Somebody resumes the job, or the sweeper sends its next step. */
  revive(): void {
    if (this.job.status === "cancelled" || this.job.status === "failed") {
      const resumed = resumeJob(this.job, this.held.list, now)
      for (const { day, site } of resumed.changed) {
        this.through.delete(`${day} ${site}`)
        this.samples.delete(`${day} ${site}`)
      }
      this.save(resumed.job, resumed.changed)
    }
    if (this.job.status === "in_progress") this.queue.push(this.job.checkpoint + 1)
  }

  /** Delivers one of the steps that were sent; now and then it is delivered again, or crashes before it is saved. */
  deliver(): void {
    const { below } = this.random
    const index = below(this.queue.length)
    const step = this.queue[index] as number
    if (below(8) > 0) this.queue.splice(index, 1)
    const decision = decideStep(Option.some(this.job), { jobId: this.job.id, step })
    if (decision.kind === "resend") this.queue.push(this.job.checkpoint + 1)
    if (decision.kind === "act" && below(10) > 0) this.act(decision.cursor)
  }

  act(cursor: BackfillCursor): void {
    const outcome = this.outcomeAt(cursor)
    const key = `${cursor.day} ${cursor.site}`
    const counted = this.through.get(key) ?? dayStart(cursor.day)
    assert.strictEqual(cursor.from, counted, "a slice was skipped or is read twice")
    const next = advance(this.job, cursor, this.held.list, { outcome, endedAt: now })
    assert.strictEqual(next.job.checkpoint, this.job.checkpoint + 1)
    this.save(next.job, [next.day])
    if (outcome.kind === "continues" || outcome.kind === "ends") {
      this.through.set(key, outcome.kind === "ends" ? dayStart(cursor.day + 1) : outcome.through)
      this.samples.set(key, (this.samples.get(key) ?? 0) + outcome.samples)
    }
    if (this.random.below(10) > 0 && next.job.status === "in_progress") this.queue.push(next.job.checkpoint + 1)
  }

  outcomeAt({ day, from }: BackfillCursor): StepOutcome {
    const { below } = this.random
    switch (below(7)) {
      case 0:
        return { kind: "narrows", sliceMs: HOUR_MS }
      case 1:
        return fails(below(9) === 0 ? "stopJob" : below(3) === 0 ? "skipDay" : "wait")
      case 2:
      case 3: {
        const through = Math.min(dayStart(day + 1) - 1, from + 1 + below(DAY_MS))
        return { kind: "continues", through, staged: null, samples: below(50), dropped: {}, sliceMs: HOUR_MS }
      }
      default:
        return ends(below(3) === 0 ? 0 : 1 + below(50))
    }
  }
}

it("whatever is lost, repeated, crashed, cancelled: no slice is skipped or counted twice, every day ends", () => {
  forSeeds(400, (random) => {
    const history = new History(random)
    const total = countDays(history.job)
    for (let move = 0; move < 2_000 && (history.job.status !== "completed" || move < 50); move++) {
      const chance = random.below(100)
      const isLive = history.job.status === "in_progress"
      if (chance < 4 && isLive) history.save(cancelJob(history.job, now, "by request"), [])
      else if (chance < 10 || history.queue.length === 0) history.revive()
      else history.deliver()
      if (history.job.cursor === null) {
        const { completed, empty, failed } = countStatus(history.held.list)
        assert.strictEqual(completed + empty + failed, total, "every day has ended")
      }
    }
    assert.strictEqual(history.job.status, "completed", history.job.reason)
    for (const day of history.held.list) {
      const key = `${day.day} ${day.site}`
      assert.strictEqual(history.through.get(key), dayStart(day.day + 1), `${key} was read to its end`)
      assert.strictEqual(day.samples, history.samples.get(key), key)
      assert.strictEqual(day.status, day.samples > 0 ? "completed" : "empty")
    }
    assert.lengthOf(history.held.list, total)
  })
})
