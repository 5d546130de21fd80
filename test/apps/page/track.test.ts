/**
 * Lines break exactly where samples are missing: with all samples and with the extremes of pixels, which look far apart
 * where nothing is missing. Tracks side by side keep every sample where it was.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import { align } from "../../../src/apps/page/data/align.ts"
import { breakAtGaps, type Track, usualStep } from "../../../src/apps/page/data/track.ts"
import { pixelGrid } from "../../../src/domain/answers/pixels.ts"
import { reduceM4 } from "../../../src/domain/answers/m4.ts"
import { joinRows } from "../../../src/domain/answers/rollup.ts"
import { integer, property } from "../../properties.ts"

const MINUTE = 60_000

/** A sample a minute, with those of some minutes left out. */
const minutely = (count: number, isMissing: (minute: number) => boolean): Track => {
  const minutes = Array.from({ length: count }, (_, i) => i).filter((minute) => !isMissing(minute))
  return { timestamps: minutes.map((minute) => minute * MINUTE), values: minutes.map((minute) => minute % 7) }
}

const breaksOf = ({ timestamps, values }: Track): ReadonlyArray<number> =>
  timestamps.filter((_, i) => values[i] === null)

describe("gaps", () => {
  it("three missing samples break a line, two do not, and no sample is lost", () => {
    const track = minutely(120, (minute) => (minute > 30 && minute < 34) || (minute > 60 && minute < 63))
    const broken = breakAtGaps(track, null, MINUTE)
    assert.deepStrictEqual(breaksOf(broken), [30 * MINUTE + 1])
    assert.deepStrictEqual(broken.timestamps.filter((_, i) => broken.values[i] !== null), track.timestamps)
  })

  it("the distance of samples is found where the source names none", () => {
    const track = minutely(120, (minute) => minute > 30 && minute < 50)
    assert.strictEqual(usualStep(track, null), MINUTE)
    assert.deepStrictEqual(breaksOf(breakAtGaps(track, null, null)), [30 * MINUTE + 1])
    assert.deepStrictEqual(breaksOf(breakAtGaps({ timestamps: [0, 9e9], values: [1, 2] }, null, null)), [])
  })

  property(
    "the extremes of pixels break where the samples do, if the gap is wider than a pixel",
    Arbitrary.all([integer(20, 300), integer(0, 2_000), integer(4, 900)]),
    ([pixels, from, length]) => {
      const track = minutely(3_000, (minute) => minute > from && minute < from + length)
      const window = { start: 0, end: 3_000 * MINUTE }
      const grid = pixelGrid(window, pixels)
      const all = {
        timestamps: Float64Array.from(track.timestamps),
        values: Float64Array.from(track.values, Number)
      }
      const { timestamps, values } = reduceM4(joinRows(all, [], []), grid)
      const breaks = breaksOf(breakAtGaps({ timestamps: [...timestamps], values: [...values] }, grid, MINUTE))
      if (length * MINUTE > grid.width) assert.deepStrictEqual(breaks, [from * MINUTE + 1])
      else assert.isAtMost(breaks.length, 1)
    },
    60
  )
})

describe("tracks side by side", () => {
  property(
    "every track is found again, and is undefined where only others have a sample",
    Arbitrary.array(Arbitrary.array(integer(0, 30))),
    (lists) => {
      const tracks = lists.map((list) => {
        const timestamps = [...new Set(list)].toSorted((a, b) => a - b)
        return { timestamps, values: timestamps.map((at) => at % 3 === 0 ? null : at / 7) }
      })
      const [timestamps, ...columns] = align(tracks)
      assert.deepStrictEqual([...timestamps], [...new Set(lists.flat())].toSorted((a, b) => a - b))
      tracks.forEach((track, i) => {
        const cells = columns[i] ?? []
        assert.strictEqual(cells.length, timestamps.length)
        const found = [...timestamps].flatMap((at, row) => cells[row] === undefined ? [] : [[at, cells[row]] as const])
        assert.deepStrictEqual(found, track.timestamps.map((at, k) => [at, track.values[k] ?? null] as const))
      })
    }
  )
})
