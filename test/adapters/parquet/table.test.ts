/** Answers as Parquet: three readers that share no code read every cell, to the bit. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { parquetMetadata } from "hyparquet"
import * as AnswerFileParquet from "../../../src/adapters/answers/AnswerFileParquet.ts"
import type { Shaped } from "../../../src/domain/answers/shape.ts"
import { AnswerFile } from "../../../src/ports/AnswerFile.ts"
import { assertSameTable, readers, type Table } from "../../parquet/readers.ts"

const write = (columns: ReadonlyArray<string>, points: ReadonlyArray<readonly [string, Shaped]>) =>
  Effect.map(AnswerFile, (files) => {
    const file = files.begin(columns)
    const pieces = [...points.map(([point, rows]) => file.add(point, rows)), file.finish()]
    return Uint8Array.from(pieces.flatMap((piece) => [...piece]))
  }).pipe(Effect.provide(AnswerFileParquet.layer))

const rowsOf = (points: ReadonlyArray<readonly [string, Shaped]>): Table =>
  points.flatMap(([point, { columns, timestamps }]) =>
    Array.from(timestamps, (timestamp, i) => ({
      point_name: point,
      timestamp,
      ...Object.fromEntries(columns.map(({ name, values }) => [name, Number.isFinite(values[i]) ? values[i] : null]))
    }))
  )

const at = (count: number) => Float64Array.from({ length: count }, (_, i) => Date.UTC(2026, 2, 29) + i * 60_001)

const valuesOf = (values: Float64Array): Shaped =>
  ({ timestamps: at(values.length), columns: [{ name: "value", values }] })

const answers: Record<string, readonly [ReadonlyArray<string>, ReadonlyArray<readonly [string, Shaped]>]> = {
  "one column": [["value"], [
    ["b, \"ä\"", valuesOf(at(500).map((ms, i) => i === 7 ? -0 : Math.sin(ms)))],
    ["empty", valuesOf(at(0))],
    ["a", valuesOf(Float64Array.of(5e-324, 1.7976931348623157e308, -273.15))]
  ]],
  "zeros of both signs": [["value"], [
    ["a", valuesOf(at(400).map((_, i) => i % 3 === 0 ? -0 : 0))],
    ["b", valuesOf(at(400).map((_, i) => i % 3 === 0 ? 0 : -0))]
  ]],
  "several columns with nulls": [["avg", "count"], [
    ["a", {
      timestamps: at(4),
      columns: [
        { name: "avg", values: Float64Array.of(NaN, 1, Infinity, NaN) },
        { name: "count", values: Float64Array.of(0, 2, 3, NaN) }
      ]
    }]
  ]],
  "no point": [["value"], []],
  "no row of several columns": [["avg", "min", "max", "count"], [["a", {
    timestamps: at(0),
    columns: (["avg", "min", "max", "count"] as const).map((name) => ({ name, values: at(0) }))
  }]]]
}

for (const [name, [columns, points]] of Object.entries(answers)) {
  for (const [reader, read] of Object.entries(readers)) {
    it.effect(`${reader} reads ${name} bit for bit`, () =>
      Effect.gen(function*() {
        const bytes = yield* write(columns, points)
        const rows = yield* Effect.promise(() => read(bytes))
        assertSameTable(rows, rowsOf(points), reader)
      }))
  }
}

it.effect("without rows a table has the same schema as with them", () =>
  Effect.gen(function*() {
    const columns = (["avg", "count"] as const).map((name) => ({ name, values: at(1) }))
    const rows = { timestamps: at(1), columns }
    const schemas = yield* Effect.forEach([[], [["a", rows]]] as const, (points) =>
      Effect.map(write(["avg", "count"], points), (bytes) => parquetMetadata(bytes.buffer).schema))
    assert.deepStrictEqual(schemas[0], schemas[1])
    assert.strictEqual(schemas[0]?.length, 5)
  }))

it.effect("a long point is cut into row groups, whose bytes join", () =>
  Effect.gen(function*() {
    const long = valuesOf(at(250_001))
    const bytes = yield* write(["value"], [["a", long]])
    const rows = yield* Effect.promise(() => readers.hyparquet(bytes))
    assert.strictEqual(rows.length, 250_001)
    assert.strictEqual(rows[200_500]?.["timestamp"], long.timestamps[200_500])
  }))
