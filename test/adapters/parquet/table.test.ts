import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { parquetMetadata } from "hyparquet"
import * as AnswerFileParquet from "../../../src/adapters/answers/AnswerFileParquet.ts"
import type { Shaped } from "../../../src/domain/answers/shape.ts"
import { AnswerFile } from "../../../src/ports/AnswerFile.ts"
import { type Table, tableReaders } from "../../parquet/tables.ts"

const write = (columns: ReadonlyArray<string>, points: ReadonlyArray<readonly [string, Shaped]>) =>
  Effect.map(AnswerFile, (files) => {
    const file = files.begin(columns)
    return Uint8Array.from(
      [...points.map(([point, rows]) => file.add(point, rows)), file.finish()].flatMap((part) => [...part])
    )
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

const answers: Record<string, readonly [ReadonlyArray<string>, ReadonlyArray<readonly [string, Shaped]>]> = {
  "one column": [["value"], [
    ["b, \"ä\"", {
      timestamps: at(500),
      columns: [{ name: "value", values: at(500).map((ms, i) => i === 7 ? -0 : Math.sin(ms)) }]
    }],
    ["empty", { timestamps: at(0), columns: [{ name: "value", values: at(0) }] }],
    ["a", {
      timestamps: at(3),
      columns: [{ name: "value", values: Float64Array.of(5e-324, 1.7976931348623157e308, -273.15) }]
    }]
  ]],
  "zeros of both signs": [["value"], [
    ["a", { timestamps: at(400), columns: [{ name: "value", values: at(400).map((_, i) => i % 3 === 0 ? -0 : 0) }] }],
    ["b", { timestamps: at(400), columns: [{ name: "value", values: at(400).map((_, i) => i % 3 === 0 ? 0 : -0) }] }]
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
  for (const [reader, read] of Object.entries(tableReaders)) {
    it.effect(`${reader} reads ${name} bit for bit`, () =>
      Effect.gen(function*() {
        const bytes = yield* write(columns, points)
        const rows = yield* Effect.promise(() => read(bytes))
        assert.deepStrictEqual(rows.map((row) => ({ ...row })), rowsOf(points))
        assert.isTrue(
          rows.every((row, i) => Object.entries(row).every(([key, cell]) => Object.is(cell, rowsOf(points)[i]?.[key])))
        )
      }))
  }
}

it.effect("without rows a table has the same schema as with them", () =>
  Effect.gen(function*() {
    const rows: Shaped = {
      timestamps: at(1),
      columns: [{ name: "avg", values: at(1) }, { name: "count", values: at(1) }]
    }
    const schemas = yield* Effect.forEach([[], [["a", rows]]] as const, (points) =>
      Effect.map(write(["avg", "count"], points), (bytes) => parquetMetadata(bytes.buffer).schema))
    assert.deepStrictEqual(schemas[0], schemas[1])
    assert.strictEqual(schemas[0]?.length, 5)
  }))

it.effect("a long point is cut into row groups, whose bytes join", () =>
  Effect.gen(function*() {
    const long: Shaped = { timestamps: at(250_001), columns: [{ name: "value", values: at(250_001) }] }
    const rows = yield* Effect.promise(async () =>
      tableReaders.hyparquet(await Effect.runPromise(write(["value"], [["a", long]])))
    )
    assert.strictEqual(rows.length, 250_001)
    assert.strictEqual(rows[200_500]?.["timestamp"], long.timestamps[200_500])
  }))
