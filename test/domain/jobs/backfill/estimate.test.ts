/**
 * How long a backfill still takes: simulated jobs of uneven sites, weekends, outages and slow steps, taken through the
 * real state machine, must be foretold within a fifth of their working time from the first tenth of their days on.
 */
import { assert, describe, it } from "@effect/vitest"
import { estimateRest } from "../../../../src/domain/jobs/backfill/estimate.ts"
import { type BackfillDay, type BackfillJob, countDays, startJob } from "../../../../src/domain/jobs/backfill/job.ts"
import { advance, type StepOutcome } from "../../../../src/domain/jobs/backfill/machine.ts"
import { DAY_MS, dayStart, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../../src/domain/time/calendar.ts"
import { forSeeds, type Random } from "../../../random.ts"

const START = Date.UTC(2026, 10, 23)

class History {
  job: BackfillJob
  now = START
  readonly days = new Map<string, BackfillDay>()

  constructor(sites: ReadonlyArray<string>, days: number) {
    this.job = startJob({ sites, startDay: 20_000, endDay: 20_000 + days - 1 }, START)
  }

  get list(): ReadonlyArray<BackfillDay> {
    return [...this.days.values()]
  }

  get rest(): number | null {
    return estimateRest(this.job, this.list)
  }

  /** A step that begins when it is due and takes `ms`. */
  step(outcome: StepOutcome, ms: number): void {
    const { cursor } = this.job
    if (cursor === null) throw new Error("the job has ended")
    this.now = Math.max(this.now, this.job.dueAt) + ms
    const next = advance(this.job, cursor, this.list, { outcome, endedAt: this.now })
    this.job = next.job
    this.days.set(`${next.day.day} ${next.day.site}`, next.day)
  }

  end(samples: number, ms: number): void {
    this.step({ kind: "ends", samples, dropped: {}, sliceMs: HOUR_MS, emptyReason: "none" }, ms)
  }

  fail(ms = MINUTE_MS): void {
    this.step({ kind: "fails", reason: "down", remedy: { kind: "wait", ms: HOUR_MS } }, ms)
  }

  get isDone(): boolean {
    return this.job.status !== "in_progress"
  }
}

/** A day in some steps, of which each page takes a second, more or less. */
const workADay = (history: History, random: Random, samples: number, steps: number): void => {
  const cursor = history.job.cursor
  if (cursor === null) return
  for (let i = 1; i <= steps; i++) {
    const share = Math.floor(samples / steps)
    const ms = Math.round((share / 50_000 + 1) * SECOND_MS * random.integer(80, 120) / 100)
    if (i === steps) return history.end(share, ms)
    const through = dayStart(cursor.day) + Math.round(i / steps * DAY_MS)
    history.step({ kind: "continues", staged: null, through, samples: share, dropped: {}, sliceMs: HOUR_MS }, ms)
  }
}

describe("an estimate", () => {
  it("is within a fifth of the truth from the first tenth on, whatever the sites and the outages", () => {
    forSeeds(10, (random) => {
      const sites = Array.from({ length: random.integer(1, 4) }, (_, i) => `site-${i}`)
      const perDay = sites.map(() => 10 ** (random.integer(30, 68) / 10))
      const history = new History(sites, random.integer(40, 120))
      const weekend = random.integer(5, 10) / 10
      const steps = random.integer(1, 4)
      const foretold: Array<{ readonly worked: number; readonly rest: number; readonly share: number }> = []
      while (!history.isDone) {
        const { cursor } = history.job
        if (cursor === null) break
        if (random.integer(0, 20) === 0) history.fail()
        const quiet = cursor.day % 7 < 2 ? weekend : 1
        workADay(history, random, Math.round((perDay[sites.indexOf(cursor.site)] ?? 0) * quiet), steps)
        const { rest } = history
        const share = history.list.length / countDays(history.job)
        if (rest !== null) foretold.push({ worked: history.job.workedMs, rest, share })
      }
      const total = history.job.workedMs
      assert.strictEqual(history.job.status, "completed")
      for (const { rest, share, worked } of foretold) {
        if (share >= 0.1) assert.closeTo(worked + rest, total, total / 5, `at ${share}`)
      }
    })
  })

  it("does not count what was waited for: an outage of hours changes nothing", () => {
    const [calm, troubled] = [new History(["a"], 20), new History(["a"], 20)]
    for (let i = 0; i < 5; i++) {
      calm.end(1_000, MINUTE_MS)
      if (i === 2) for (let tries = 0; tries < 4; tries++) troubled.fail(10 * MINUTE_MS)
      troubled.end(1_000, MINUTE_MS)
    }
    assert.isAbove(troubled.now - calm.now, 4 * HOUR_MS)
    assert.strictEqual(troubled.rest, calm.rest)
    assert.strictEqual(calm.rest, 15 * MINUTE_MS)
  })

  it("counts the time that steps lay in the queue", () => {
    const history = new History(["a"], 10)
    history.end(1_000, MINUTE_MS)
    history.now += 9 * MINUTE_MS
    history.end(1_000, MINUTE_MS)
    assert.closeTo(history.rest ?? 0, 8 * 11 / 2 * MINUTE_MS, 1)
  })

  it("is not made before the first day is done, while the job waits, nor when it has ended", () => {
    const history = new History(["a"], 2)
    assert.isNull(history.rest)
    history.end(1_000, MINUTE_MS)
    assert.isNotNull(history.rest)
    history.fail()
    assert.isNull(history.rest)
    history.end(1_000, MINUTE_MS)
    assert.isNull(history.rest)
  })

  it("goes by the newest days where a site has grown", () => {
    const history = new History(["a"], 100)
    for (let i = 0; i < 40; i++) history.end(0, SECOND_MS)
    for (let i = 0; i < 20; i++) history.end(5_000_000, 101 * SECOND_MS)
    assert.closeTo(history.rest ?? 0, 40 * 101 * SECOND_MS, 101 * SECOND_MS)
  })
})
