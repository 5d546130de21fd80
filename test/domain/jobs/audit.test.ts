/**
 * The plan and the comparison of an audit, against plain maps of samples.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import {
  auditWindow,
  compareColumns,
  cureOf,
  type DayFindings,
  halfWidth,
  MAX_AUDIT_ROWS,
  widthAfter
} from "../../../src/domain/jobs/audit.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { columns, integer, property } from "../../properties.ts"
import { samplesOf } from "../../samples.ts"

const DAY = 20_000
const START = DAY * DAY_MS

const pairs = Arbitrary.all([columns, columns])

property("compareColumns counts what a map of instants counts", pairs, ([source, stored]) => {
  const [a, b] = [new Map(samplesOf(source)), new Map(samplesOf(stored))]
  const shared = [...a].filter(([at]) => b.has(at))
  assert.deepStrictEqual(compareColumns(source, stored), {
    missing: a.size - shared.length,
    differing: shared.filter(([at, value]) => !Object.is(b.get(at), value)).length,
    extra: b.size - shared.length
  })
})

describe("windows", () => {
  const widths = Arbitrary.all([integer(0, 2 * DAY_MS), integer(1, 3 * DAY_MS), integer(0, 5)])

  property("follow one another to the end, and none goes past the end of a day", widths, (drawn) => {
    const [start, length, doublings] = drawn
    const range = { start: START + start, end: START + start + length }
    let width = HOUR_MS * 2 ** doublings
    let from = range.start
    for (let i = 0; from < range.end; i++) {
      assert.isBelow(i, 200)
      const window = auditWindow(from, width, range.end)
      assert.strictEqual(window.start, from)
      assert.isAbove(window.end, from)
      assert.isAtMost(window.end, range.end)
      assert.strictEqual(Math.floor(window.start / DAY_MS), Math.floor((window.end - 1) / DAY_MS))
      from = window.end
      width = widthAfter(width, i % 2 === 0 ? 0 : MAX_AUDIT_ROWS)
    }
  })

  it("grow while they hold little, and are halved down to a minute", () => {
    assert.strictEqual(widthAfter(HOUR_MS, MAX_AUDIT_ROWS / 4), 2 * HOUR_MS)
    assert.strictEqual(widthAfter(HOUR_MS, MAX_AUDIT_ROWS / 4 + 1), HOUR_MS)
    assert.strictEqual(widthAfter(DAY_MS, 0), DAY_MS)
    const halves: Array<number> = []
    for (let width: number | null = HOUR_MS; width !== null; width = halfWidth({ start: START, end: START + width })) {
      halves.push(width)
    }
    assert.strictEqual(halves.at(-1), MINUTE_MS)
    assert.strictEqual(halves.length, 7)
  })
})

it("syncs read a day again while their last pass is to come and it is not published; else it takes a backfill", () => {
  const found: DayFindings = {
    day: DAY,
    sourceSamples: 2,
    storedSamples: 1,
    isPublished: false,
    missing: 1,
    differing: 0,
    extra: 0
  }
  assert.strictEqual(cureOf(found, START), "reread")
  assert.strictEqual(cureOf({ ...found, missing: 0, differing: 1 }, START), "reread")
  assert.strictEqual(cureOf(found, START + 1), "backfill")
  assert.strictEqual(cureOf({ ...found, isPublished: true }, START), "backfill")
  assert.strictEqual(cureOf({ ...found, missing: 0, extra: 1 }, START + 1), "none")
})
