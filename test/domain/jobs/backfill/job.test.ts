/**
 * Backfill requests: which days may be backfilled, and which requests are refused with which reason.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { countDays, planBackfill, samePlan, startJob } from "../../../../src/domain/jobs/backfill/job.ts"
import { dayFromDate, dayStart, HOUR_MS } from "../../../../src/domain/time/calendar.ts"

/** 2026-11-23T14:00Z */
const now = dayStart(dayFromDate(2026, 11, 23)) + 14 * HOUR_MS
const sites = ["plant"]
const plan = (startDate: string, endDate: string, at = now, maxDays?: number) =>
  planBackfill({ startDate, endDate, sites }, at, maxDays)

describe("planBackfill", () => {
  for (
    const [startDate, endDate, days] of [
      ["2026-11-22", "2026-11-22", 1],
      ["2026-10-24", "2026-11-22", 30],
      ["2025-11-22", "2026-11-22", 366],
      ["2024-02-29", "2024-03-01", 2]
    ] as const
  ) {
    it(`${startDate} to ${endDate} is ${days} days, both included`, () => {
      assert.strictEqual(countDays(Result.getOrThrow(plan(startDate, endDate))), days)
    })
  }

  for (
    const [startDate, endDate, message] of [
      ["2026-02-30", "2026-03-01", /^start_date: "2026-02-30" is not a day/],
      ["2026-03-01", "", /^end_date: "" is not a day/],
      ["2026-03-01", "2026-3-2", /^end_date: "2026-3-2" is not a day/],
      ["2026-11-02", "2026-11-01", /^end_date: "2026-11-01" is before start_date 2026-11-02/],
      ["2026-11-01", "2026-11-23", /^end_date: "2026-11-23" is not closed yet; .* 2026-11-22$/],
      ["2026-11-01", "2027-01-01", /^end_date: "2027-01-01" is not closed yet/],
      ["2025-11-21", "2026-11-22", /^start_date: "2025-11-21" to end_date is 367 days; a job may have at most 366/]
    ] as const
  ) {
    it(`${startDate} to ${endDate} is refused, naming field and text`, () => {
      const result = plan(startDate, endDate)
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result)) assert.match(result.failure.message, message)
    })
  }

  it("keeps to a smaller limit where one is set", () => {
    assert.isTrue(Result.isSuccess(plan("2026-11-01", "2026-11-10", now, 10)))
    assert.isTrue(Result.isFailure(plan("2026-11-01", "2026-11-11", now, 10)))
  })

  it("takes a day for closed two hours after its end", () => {
    const midnight = dayStart(dayFromDate(2026, 11, 24))
    const closed = (at: number) => Result.isSuccess(plan("2026-11-23", "2026-11-23", at))
    assert.isFalse(closed(midnight))
    assert.isFalse(closed(midnight + 2 * HOUR_MS - 1))
    assert.isTrue(closed(midnight + 2 * HOUR_MS))
  })

  it("names no site twice, and refuses none", () => {
    const twice = planBackfill({ startDate: "2026-11-01", endDate: "2026-11-02", sites: ["b", "a", "b"] }, now)
    assert.deepStrictEqual(Result.getOrThrow(twice).sites, ["b", "a"])
    assert.isTrue(Result.isFailure(planBackfill({ startDate: "2026-11-01", endDate: "2026-11-02", sites: [] }, now)))
  })

  it("is the same plan only with the same days and sites", () => {
    const a = Result.getOrThrow(plan("2026-11-01", "2026-11-05"))
    assert.isTrue(samePlan(a, { ...a }))
    assert.isFalse(samePlan(a, { ...a, startDay: a.startDay + 1 }))
    assert.isFalse(samePlan(a, { ...a, endDay: a.endDay - 1 }))
    for (const sites of [["x"], ["plant", "x"]]) assert.isFalse(samePlan(a, { ...a, sites }))
  })
})

describe("startJob", () => {
  it("begins at the first site's first day", () => {
    const job = startJob(Result.getOrThrow(plan("2026-11-01", "2026-11-05")), now)
    assert.include(job, { status: "in_progress", version: 1, checkpoint: 0, samples: 0, startedAt: now })
    const day = dayFromDate(2026, 11, 1)
    assert.include(job.cursor, { site: "plant", day, from: dayStart(day) })
  })
})
