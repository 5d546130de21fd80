/**
 * Hourly rollups: every field of every hour is compared with a naive reading of the samples of that hour.
 */
import { assert, it } from "@effect/vitest"
import { HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { rollUp } from "../../../src/domain/answers/rollup.ts"
import { randomOf } from "../../random.ts"
import { columnsOf, type Sample } from "../../samples.ts"

it("every hour equals a naive reading of its samples", () => {
  const random = randomOf(7)
  const rows: Array<Sample> = []
  for (let at = 123; at < 200 * HOUR_MS; at += 1 + random.below(3 * HOUR_MS * random.next())) {
    rows.push([at, random.integer(-40, 40) / 4])
  }
  const rollup = rollUp(columnsOf(rows))
  const hours = new Map<number, Array<Sample>>()
  for (const row of rows) {
    const hour = Math.floor(row[0] / HOUR_MS) * HOUR_MS
    hours.set(hour, [...hours.get(hour) ?? [], row])
  }
  assert.deepStrictEqual([...rollup.starts], [...hours.keys()])
  for (const [i, samples] of [...hours.values()].entries()) {
    const values = samples.map(([, value]) => value)
    const timeOf = (wanted: number) => samples.find(([, value]) => value === wanted)?.[0]
    assert.deepStrictEqual({
      count: rollup.counts[i], sum: rollup.sums[i], first: rollup.firsts[i], firstTime: rollup.firstTimes[i],
      last: rollup.lasts[i], lastTime: rollup.lastTimes[i], min: rollup.mins[i], minTime: rollup.minTimes[i],
      max: rollup.maxs[i], maxTime: rollup.maxTimes[i]
    }, {
      count: samples.length, sum: values.reduce((a, b) => a + b, 0), first: values[0], firstTime: samples[0]?.[0],
      last: values.at(-1), lastTime: samples.at(-1)?.[0],
      min: Math.min(...values), minTime: timeOf(Math.min(...values)),
      max: Math.max(...values), maxTime: timeOf(Math.max(...values))
    })
  }
})

it("no samples, no hours", () => {
  assert.strictEqual(rollUp({ timestamps: new Float64Array(0), values: new Float64Array(0) }).starts.length, 0)
})
