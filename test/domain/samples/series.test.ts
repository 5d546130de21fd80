/**
 * Columns: finding, slicing, cutting and counting. Random columns are compared with plain lists of their samples.
 */
import { assert, it } from "@effect/vitest"
import {
  type Columns,
  countSamples,
  cutColumns,
  daysOfSamples,
  lowerBound,
  newestUpTo,
  sliceColumns,
  windowOfSamples
} from "../../../src/domain/samples/series.ts"
import { DAY_MS, dayOf } from "../../../src/domain/time/calendar.ts"
import { contains } from "../../../src/domain/time/window.ts"
import { forSeeds } from "../../random.ts"
import { randomColumns } from "../../samples.ts"

const pairs = ({ timestamps, values }: Columns) => Array.from(timestamps, (at, i) => [at, values[i]] as const)

it("finds the first timestamp at or after an instant", () => {
  forSeeds(500, (random) => {
    const { timestamps } = randomColumns(random)
    for (let ms = -22; ms <= 22; ms++) {
      const found = timestamps.findIndex((at) => at >= ms)
      assert.strictEqual(lowerBound(timestamps, ms), found < 0 ? timestamps.length : found)
    }
  })
})

it("slices exactly what the window holds, as a view", () => {
  forSeeds(500, (random) => {
    const columns = randomColumns(random)
    const window = { start: random.integer(-25, 25), end: random.integer(-25, 25) }
    const slice = sliceColumns(columns, window)
    assert.deepStrictEqual(pairs(slice), pairs(columns).filter(([at]) => contains(window, at)))
    assert.strictEqual(slice.timestamps.buffer, columns.timestamps.buffer)
  })
})

it("cuts into pieces that hold every sample once, each inside its multiple of the step", () => {
  forSeeds(500, (random) => {
    const columns = randomColumns(random)
    const step = random.integer(1, 15)
    const pieces = cutColumns(columns, step)
    assert.deepStrictEqual(pieces.flatMap((piece) => pairs(piece.columns)), pairs(columns))
    for (const { columns: piece, index } of pieces) {
      assert.isAbove(piece.timestamps.length, 0)
      for (const at of piece.timestamps) assert.strictEqual(Math.floor(at / step), index)
    }
    assert.strictEqual(new Set(pieces.map(({ index }) => index)).size, pieces.length)
    assert.strictEqual(countSamples(pieces.map((piece) => piece.columns)), columns.timestamps.length)
  })
})

it("finds the days that have samples, and not the days between them", () => {
  forSeeds(500, (random) => {
    const series = Array.from({ length: random.integer(0, 3) }, () => {
      const { timestamps, values } = randomColumns(random)
      return { timestamps: timestamps.map((at) => at * DAY_MS / 3), values }
    })
    const days = new Set(series.flatMap(({ timestamps }) => Array.from(timestamps, dayOf)))
    assert.deepStrictEqual(daysOfSamples(series), [...days].sort((a, b) => a - b))
  })
})

it("finds the smallest window of all samples, and the newest sample up to an instant", () => {
  forSeeds(500, (random) => {
    const series = Array.from({ length: random.integer(0, 3) }, () => randomColumns(random))
    const instants = series.flatMap(({ timestamps }) => [...timestamps]).sort((a, b) => a - b)
    const first = instants[0]
    const last = instants.at(-1)
    const window = first === undefined || last === undefined ? null : { start: first, end: last + 1 }
    assert.deepStrictEqual(windowOfSamples(series), window)
    const ms = random.integer(-22, 22)
    assert.strictEqual(newestUpTo(series, ms), instants.findLast((at) => at <= ms) ?? null)
  })
})
