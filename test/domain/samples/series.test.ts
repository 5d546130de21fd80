/**
 * Columns: finding, slicing, cutting and counting. Random columns are compared with plain lists of their samples.
 */
import { assert } from "@effect/vitest"
import { Arbitrary } from "effect"
import {
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
import { columns, integer, property } from "../../properties.ts"
import { assertSameColumns, columnsOf, samplesOf } from "../../samples.ts"

const some = Arbitrary.array(columns, { maxLength: 3 })

property("finds the first timestamp at or after an instant", columns, ({ timestamps }) => {
  for (let ms = -22; ms <= 22; ms++) {
    const found = timestamps.findIndex((at) => at >= ms)
    assert.strictEqual(lowerBound(timestamps, ms), found < 0 ? timestamps.length : found)
  }
})

property(
  "slices exactly what the window holds, as a view",
  Arbitrary.all({ columns, start: integer(-25, 25), end: integer(-25, 25) }),
  ({ columns, ...window }) => {
    const slice = sliceColumns(columns, window)
    assertSameColumns(slice, columnsOf(samplesOf(columns).filter(([at]) => contains(window, at))))
    assert.strictEqual(slice.timestamps.buffer, columns.timestamps.buffer)
  }
)

property(
  "cuts into pieces that hold every sample once, each inside its multiple of the step",
  Arbitrary.all({ columns, step: integer(1, 15) }),
  ({ columns, step }) => {
    const pieces = cutColumns(columns, step)
    assertSameColumns(columnsOf(pieces.flatMap((piece) => samplesOf(piece.columns))), columns)
    for (const { columns: piece, index } of pieces) {
      assert.isAbove(piece.timestamps.length, 0)
      for (const at of piece.timestamps) assert.strictEqual(Math.floor(at / step), index)
    }
    assert.strictEqual(new Set(pieces.map(({ index }) => index)).size, pieces.length)
    assert.strictEqual(countSamples(pieces.map((piece) => piece.columns)), columns.timestamps.length)
  }
)

property("finds the days that have samples, and not the days between them", some, (drawn) => {
  const all = drawn.map((one) => ({ ...one, timestamps: one.timestamps.map((at) => at * DAY_MS / 3) }))
  const days = new Set(all.flatMap(({ timestamps }) => Array.from(timestamps, dayOf)))
  assert.deepStrictEqual(daysOfSamples(all), [...days].sort((a, b) => a - b))
})

property(
  "finds the smallest window of all samples, and the newest sample up to an instant",
  Arbitrary.all({ all: some, ms: integer(-22, 22) }),
  ({ all, ms }) => {
    const instants = all.flatMap(({ timestamps }) => [...timestamps]).sort((a, b) => a - b)
    const first = instants[0]
    const last = instants.at(-1)
    const window = first === undefined || last === undefined ? null : { start: first, end: last + 1 }
    assert.deepStrictEqual(windowOfSamples(all), window)
    assert.strictEqual(newestUpTo(all, ms), instants.findLast((at) => at <= ms) ?? null)
  }
)
