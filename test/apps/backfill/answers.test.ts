/**
 * Proves what `/backfill/status` says of a job: by hand-made jobs and days, whose numbers and instants are known.
 */
import { assert, describe, it } from "@effect/vitest"
import { type BackfillDay, type BackfillJob, startJob } from "../../../src/domain/jobs/backfill/job.ts"
import { progressAnswer } from "../../../src/apps/backfill/answers.ts"
import { dayFromDate, dayStart } from "../../../src/domain/time/calendar.ts"
import { formatInstant } from "../../../src/domain/time/instant.ts"

const startDay = dayFromDate(2026, 9, 1)
const startedAt = dayStart(dayFromDate(2026, 11, 23))
const job: BackfillJob = {
  ...startJob({ sites: ["plant"], startDay, endDay: startDay + 72 }, startedAt),
  samples: 33_000,
  workedMs: 66_000,
  lastUpdated: startedAt + 100_000,
  dueAt: startedAt + 100_000
}
const days = (count: number, status: BackfillDay["status"], from = 0): ReadonlyArray<BackfillDay> =>
  Array.from({ length: count }, (_, i) => ({
    site: "plant",
    day: startDay + from + i,
    status,
    samples: 1_000,
    dropped: i === 0 ? { null: 2 } : {},
    attempts: status === "completed" ? 0 : 3,
    reason: status === "completed" ? "" : `why ${i}`
  }))

describe("progressAnswer", () => {
  it("says how far a job is and when it will be done", () => {
    const now = startedAt + 200_000
    const progress = progressAnswer({ job, days: days(33, "completed"), runs: [], at: now })
    assert.include(progress, {
      status: "in_progress",
      backfill_id: job.id,
      start_date: "2026-09-01",
      end_date: "2026-11-12",
      current_date: "2026-09-01",
      days_completed: 33,
      days_total: 73,
      progress_percent: "45.21",
      records_processed: 33_000,
      started_at: "2026-11-23T00:00:00.000Z",
      last_updated: "2026-11-23T00:01:40.000Z",
      // 66 s of work for 33 days: 40 more take 80 s.
      estimated_completion: formatInstant(now + 80_000)
    })
    assert.deepStrictEqual(progress.dropped_rows, [{ site: "plant", date: "2026-09-01", dropped: "2 null" }])
  })

  it("lists failed, empty and retrying days with their reasons", () => {
    const all = [...days(1, "completed"), ...days(1, "empty", 1), ...days(2, "failed", 2), ...days(1, "in_progress", 4)]
    const progress = progressAnswer({ job, days: all, runs: [], at: startedAt })
    assert.deepStrictEqual(progress.empty_days, [{ site: "plant", date: "2026-09-02", reason: "why 0", attempts: 3 }])
    assert.deepStrictEqual(progress.failed_days.map(({ date, reason }) => [date, reason]), [
      ["2026-09-03", "why 0"],
      ["2026-09-04", "why 1"]
    ])
    assert.deepStrictEqual(progress.retrying_days.map(({ date }) => date), ["2026-09-05"])
    assert.strictEqual(progress.days_completed, 2)
  })

  it("estimates nothing before a day has ended, nor of a job that has", () => {
    const begun = progressAnswer({ job, days: [], runs: [], at: startedAt })
    assert.include(begun, { estimated_completion: null, progress_percent: "0.00" })
    const ended: BackfillJob = { ...job, status: "completed", cursor: null }
    const done = progressAnswer({ job: ended, days: days(73, "completed"), runs: [], at: startedAt })
    assert.include(done, { estimated_completion: null, current_date: null, progress_percent: "100.00" })
  })
})
