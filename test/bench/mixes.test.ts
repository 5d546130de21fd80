/** The sites of the benchmarks are the same in every run, and have the properties that the figures rest on. */
import { assert, describe, it } from "@effect/vitest"
import { mixA, mixB } from "../../bench/mixes.ts"
import { daysOfColumns, readRecording } from "../../bench/mixes/recordings.ts"
import { DAY_MS } from "../../src/domain/time/calendar.ts"
import { sameColumns, series } from "../samples.ts"

const DAY = 20_000
const options = { seed: 3, points: 300 }
const mixes = [mixA(options), mixB(options)]

describe("benchmark sites", () => {
  it("two runs give the same bits, another seed others", () => {
    for (const make of [mixA, mixB]) {
      const once = make(options).day(DAY, 17)
      assert.isTrue(sameColumns(once, make(options).day(DAY, 17)))
      assert.isFalse(sameColumns(once, make({ ...options, seed: 4 }).day(DAY, 17)))
    }
  })

  it("a day is strictly ascending, inside its day, and lacks 3 % of its samples", () => {
    for (const mix of mixes) {
      let samples = 0
      for (let point = 0; point < options.points; point++) {
        const { timestamps, values } = mix.day(DAY, point)
        samples += timestamps.length
        assert.isTrue(timestamps.every((at, i) => at > (i === 0 ? DAY * DAY_MS - 1 : timestamps[i - 1] as number)))
        assert.isBelow(timestamps.at(-1) as number, (DAY + 1) * DAY_MS)
        assert.isTrue(values.every(Number.isFinite))
      }
      assert.closeTo(samples / (options.points * 1_440), 0.97, 0.01)
    }
  })

  it("meters never fall, over midnight either", () => {
    for (const mix of mixes) {
      const meters = mix.names.flatMap((name, point) => name.includes("/accumulator/") ? [point] : [])
      assert.isAbove(meters.length, 20)
      for (const point of meters) {
        const values = [...mix.day(DAY, point).values, ...mix.day(DAY + 1, point).values]
        assert.isTrue(values.every((value, i) => i === 0 || value >= (values[i - 1] as number)))
      }
    }
  })

  it("points of mix B share the timestamps of their device, those of mix A do not", () => {
    const [a, b] = mixes.map((mix) => {
      const first = new Set(mix.day(DAY, 0).timestamps)
      return mix.day(DAY, 1).timestamps.filter((at) => first.has(at)).length
    })
    assert.isBelow(a as number, 50)
    assert.isAbove(b as number, 1_200)
  })
})

describe("recordings", () => {
  it("a wide recording becomes one series a column, without what is no number", () => {
    const lines = ["Datetime,A b, C", "3/11/2017 23:59,1.5,0", "3/12/2017 0:00,#VALUE!,-2", "3/12/2017 0:01,,3", ""]
    const [one, two] = readRecording(lines.join("\n"))
    assert.deepStrictEqual([one?.point, two?.point], ["A b", "C"])
    assert.deepStrictEqual(Array.from(one?.values ?? []), [1.5])
    assert.deepStrictEqual(Array.from(two?.timestamps ?? []), [1_489_276_740_000, 1_489_276_800_000, 1_489_276_860_000])
    assert.deepStrictEqual(two === undefined ? [] : daysOfColumns(two).map(({ values }) => values.length), [1, 2])
  })

  it("a long recording is sorted, and the later row stands", () => {
    const [one] = readRecording("point,timestamp_ms,value\np,2000,1\np,1000,2\np,2000,3\n")
    assert.deepStrictEqual(one, series("p", [[1_000, 2], [2_000, 3]]))
  })
})
