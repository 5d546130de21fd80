/**
 * The hot/cold boundary and closed days: when a day is due, shown around midnight, where a rule that is off by a
 * millisecond is seen.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  BACKFILL_AFTER_MS,
  boundaryOf,
  CLOSED_AFTER_MS,
  lastClosedDay,
  planArchive
} from "../../../src/domain/tiers/boundary.ts"
import { DAY_MS, dayStart, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"

describe("planArchive", () => {
  const today = 20_100
  const night = today * DAY_MS + 2 * HOUR_MS

  it("a day is due when its last instant is older than the boundary", () => {
    const days = [today, today - 1, today - 19, today - 20, today - 21, today - 22, today - 400]
    const plan = planArchive(days, boundaryOf(night, 20), 100)
    assert.deepStrictEqual(plan.due, [today - 400, today - 22, today - 21])
    assert.deepStrictEqual(plan.postponed, [])
  })

  it("law 6: a sample 19 d 23 h 59 min old stays, whatever the hour of the run", () => {
    for (let minute = 0; minute < 24 * 60; minute += 7) {
      const now = today * DAY_MS + minute * MINUTE_MS
      const sample = now - 20 * DAY_MS + MINUTE_MS
      const { due } = planArchive([Math.floor(sample / DAY_MS)], boundaryOf(now, 20), 100)
      assert.deepStrictEqual(due, [])
    }
  })

  it("at midnight the day that just fell behind the boundary is due", () => {
    const boundary = boundaryOf(dayStart(today), 20)
    assert.deepStrictEqual(planArchive([today - 21, today - 20], boundary, 100).due, [today - 21])
  })

  it("takes the oldest first and says what it leaves", () => {
    const plan = planArchive([5, 3, 9, 1], boundaryOf(night, 20), 2)
    assert.deepStrictEqual([plan.due, plan.postponed], [[1, 3], [5, 9]])
  })
})

describe("lastClosedDay", () => {
  it("is a day that has been over for long enough: an hour for the sync, two for a backfill", () => {
    const today = 20_100
    const midnight = dayStart(today)
    assert.strictEqual(lastClosedDay(midnight + HOUR_MS - 1, CLOSED_AFTER_MS), today - 2)
    assert.strictEqual(lastClosedDay(midnight + HOUR_MS, CLOSED_AFTER_MS), today - 1)
    assert.strictEqual(lastClosedDay(midnight + 2 * HOUR_MS - 1, BACKFILL_AFTER_MS), today - 2)
    assert.strictEqual(lastClosedDay(midnight + 2 * HOUR_MS, BACKFILL_AFTER_MS), today - 1)
  })
})
