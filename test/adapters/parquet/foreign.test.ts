/** Objects of other tools, as DuckDB writes them in the layouts of older archives. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type ForeignGroup, readFooter } from "../../../src/adapters/parquet/foreign/footer.ts"
import { planFetches } from "../../../src/adapters/parquet/foreign/rows.ts"
import { dayStart } from "../../../src/domain/time/calendar.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { readPoints, readWhole } from "../../parquet/foreign.ts"
import { seriesAt } from "../../samples.ts"
import { day } from "./sites.ts"

const folder = mkdtempSync(join(tmpdir(), "foreign-"))
let instance: DuckDBInstance

beforeAll(async () => {
  instance = await DuckDBInstance.create()
})

afterAll(() => {
  instance.closeSync()
  rmSync(folder, { recursive: true })
})

/** 30 points × 1,000 samples, one every 60 s; point 7 has a null and a NaN among its values. */
const write = async (timestamp: string, rest: string): Promise<Uint8Array> => {
  const file = join(folder, "object.parquet")
  const connection = await instance.connect()
  await connection.run(`COPY (
    SELECT ${timestamp} AS timestamp, 'plant/' || lpad(p::VARCHAR, 2, '0') AS point_name,
      CASE WHEN p = 7 AND i = 3 THEN NULL WHEN p = 7 AND i = 4 THEN 'NaN'::DOUBLE ELSE p + i / 8 END AS value,
      'demo' AS site_name
    FROM (SELECT unnest(range(1000)) AS i), (SELECT unnest(range(30)) AS p), (SELECT ${dayStart(day)}::BIGINT AS start)
    ${rest}`)
  connection.closeSync()
  return readFileSync(file)
}

const expected = (p: number): Series => {
  const kept = Array.from({ length: 1_000 }, (_, i) => i).filter((i) => !(p === 7 && (i === 3 || i === 4)))
  const point = `plant/${String(p).padStart(2, "0")}`
  return seriesAt(point, kept.map((i) => dayStart(day) + i * 60_000), (k) => p + (kept[k] as number) / 8)
}

/** What an object of 40 points' rows holds: cell by cell in SQL, from the row's number `i`. */
const writeRows = async (
  cells: { readonly timestamp: string; readonly value?: string; readonly name?: string },
  options = ""
): Promise<Uint8Array> => {
  const { name = "'p'", timestamp, value = "i::DOUBLE" } = cells
  const file = join(folder, "rows.parquet")
  const connection = await instance.connect()
  await connection.run(`COPY (SELECT ${timestamp} AS timestamp, ${name} AS point_name, ${value} AS value
    FROM (SELECT unnest(range(40)) AS i), (SELECT ${dayStart(day)}::BIGINT AS start))
    TO '${file}' (FORMAT parquet${options})`)
  connection.closeSync()
  return readFileSync(file)
}

const MS = "start + i * 60037"
const odd = Float64Array.from({ length: 40 }, (_, i) => dayStart(day) + i * 60_037)
const rows = Array.from(odd, (_, i) => i)

const readOne = (bytes: Uint8Array) => {
  const { dropped, series } = readWhole(bytes)
  assert.deepStrictEqual(series.map(({ point }) => point), ["p"])
  return { dropped, timestamps: series[0]?.timestamps, values: [...series[0]?.values ?? []] }
}

const to = (order: string, options: string) =>
  `${order}) TO '${join(folder, "object.parquet")}' (FORMAT parquet, ${options})`

describe("objects of other tools", () => {
  const layouts: ReadonlyArray<readonly [string, string, string]> = [
    [
      "time-ordered, Snappy, 10,000-row groups, INT64 ms",
      "start + i * 60000",
      to("ORDER BY 1, 2", "COMPRESSION snappy, ROW_GROUP_SIZE 10000")
    ],
    ["seconds without a logical type, gzip", "start // 1000 + i * 60", to("ORDER BY 1 DESC", "COMPRESSION gzip")],
    [
      "timestamps in µs, Zstandard, v2",
      "make_timestamp((start + i * 60000) * 1000)",
      to("ORDER BY 2, 1", "COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 10000")
    ],
    [
      "timestamps in ns, uncompressed",
      "make_timestamp_ns((start + i * 60000) * 1000000)",
      to("ORDER BY i % 7", "COMPRESSION uncompressed")
    ],
    ["Brotli", "start + i * 60000", to("ORDER BY 1", "COMPRESSION brotli, ROW_GROUP_SIZE 10000")]
  ]

  for (const [name, timestamp, rest] of layouts) {
    it(name, async () => {
      const bytes = await write(timestamp, rest)
      const { dropped, series } = readWhole(bytes)
      assert.deepStrictEqual(series, Array.from({ length: 30 }, (_, p) => expected(p)))
      assert.deepStrictEqual(dropped, { null: 1, nan: 1 })
      assert.deepStrictEqual(readPoints(bytes, new Set(["plant/07", "plant/7"])), [expected(7)])
    })
  }

  it("each pass of a scan reads the groups that hold its points, by their rows", async () => {
    const file = join(folder, "passes.parquet")
    const connection = await instance.connect()
    await connection.run(
      `COPY (SELECT ${dayStart(day)} + i AS timestamp, 'p' || (i // 500000) AS point_name, i::DOUBLE AS value
      FROM (SELECT unnest(range(2500000)) AS i)) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 122880)`
    )
    connection.closeSync()
    const { groups, series } = readWhole(readFileSync(file))
    assert.deepStrictEqual(
      series.map(({ point, timestamps }) => [point, timestamps.length]),
      [0, 1, 2, 3, 4].map((p) => [`p${p}`, 500_000])
    )
    assert.deepStrictEqual(series.map(({ values }) => values.at(-1)), [
      499_999,
      999_999,
      1_499_999,
      1_999_999,
      2_499_999
    ])
    // Four points fill a pass; the fifth begins in the seventeenth of 21 groups.
    assert.deepStrictEqual(groups, [17, 5])
  })

  const instants: ReadonlyArray<readonly [string, string]> = [
    ["TIMESTAMP in ns", `make_timestamp_ns((${MS}) * 1000000 + 999999)`],
    ["TIMESTAMP in µs, with zone", `make_timestamptz((${MS}) * 1000 + 999)`],
    ["ns", `(${MS}) * 1000000`],
    ["µs", `(${MS}) * 1000`],
    ["ISO 8601 without a zone", `strftime(make_timestamp((${MS}) * 1000), '%Y-%m-%d %H:%M:%S.%g')`],
    ["ISO 8601 with a zone", `strftime(make_timestamp((${MS}) * 1000), '%Y-%m-%dT%H:%M:%S.%g') || 'Z'`],
    ["digits as texts", `(${MS})::VARCHAR`],
    ["seconds as doubles", `(${MS}) / 1000`],
    ["milliseconds as doubles", `(${MS})::DOUBLE`]
  ]
  for (const [name, timestamp] of instants) {
    it(`instants that are no multiple of much keep their millisecond: ${name}`, async () => {
      assert.deepStrictEqual(readOne(await writeRows({ timestamp })).timestamps, odd)
    })
  }

  it("seconds as INT32", async () => {
    const { timestamps } = readOne(await writeRows({ timestamp: "(start // 1000 + i)::INTEGER" }))
    assert.deepStrictEqual(timestamps, Float64Array.from(rows, (i) => dayStart(day) + i * 1_000))
  })

  const values: ReadonlyArray<readonly [string, string, (i: number) => number]> = [
    ["DECIMAL in INT64", "((i - 20) * 0.07)::DECIMAL(18, 2)", (i) => Number(((i - 20) * 0.07).toFixed(2))],
    ["DECIMAL in INT32", "(i * 0.1)::DECIMAL(9, 3)", (i) => Number((i * 0.1).toFixed(3))],
    ["DECIMAL in bytes", "(i * -0.1)::DECIMAL(38, 10)", (i) => Number((i * -0.1).toFixed(10)) + 0],
    ["unsigned INT64", "18446744073709551615::UBIGINT - i::UBIGINT * 4096", (i) => 2 ** 64 - i * 4_096],
    ["unsigned INT32", "(4294967295 - i)::UINTEGER", (i) => 4_294_967_295 - i],
    ["INT8", "(i - 20)::TINYINT", (i) => i - 20],
    ["FLOAT", "(i / 10)::FLOAT", (i) => Math.fround(i / 10)],
    ["BOOLEAN", "i % 3 = 0", (i) => i % 3 === 0 ? 1 : 0],
    ["texts", "(i / 8)::VARCHAR", (i) => i / 8]
  ]
  for (const [name, value, of] of values) {
    it(`values: ${name}`, async () => {
      assert.deepStrictEqual(readOne(await writeRows({ timestamp: MS, value })).values, rows.map(of))
    })
  }

  const refusals: ReadonlyArray<readonly [string, string, Parameters<typeof writeRows>[0]]> = [
    ["days", "timestamps are INT32 (DATE), not instants", { timestamp: "DATE '2026-03-07'" }],
    ["JSON for instants", "timestamps are BYTE_ARRAY (JSON), not instants", { timestamp: "'{}'::JSON" }],
    ["numbers for names", "names are INT32, not texts", { timestamp: MS, name: "7" }],
    ["instants for values", "values are INT64 (TIMESTAMP), not numbers", { timestamp: MS, value: "make_timestamp(i)" }],
    ["lists for values", "the column value is nested", { timestamp: MS, value: "[i]" }]
  ]
  for (const [name, words, cells] of refusals) {
    it(`refused: ${name}`, async () => {
      const bytes = await writeRows(cells)
      assert.throws(() => readWhole(bytes), words)
    })
  }

  it("rows that are no samples are left out and counted: no name, no instant, no value", async () => {
    const bytes = await writeRows({
      timestamp: `CASE WHEN i = 0 THEN NULL WHEN i = 1 THEN start + 120074 ELSE ${MS} END`,
      name: "CASE WHEN i = 30 THEN NULL WHEN i = 31 THEN '' WHEN i = 32 THEN 'a' || chr(10) ELSE 'p' END",
      value:
        "CASE WHEN i < 20 THEN i::VARCHAR WHEN i = 20 THEN '' WHEN i = 21 THEN 'x' WHEN i = 22 THEN '-inf' ELSE '1' END"
    })
    const { dropped, series } = readWhole(bytes)
    assert.deepStrictEqual(dropped, { name: 3, timestamp: 1, text: 2, infinite: 1, collision: 1 })
    assert.strictEqual(series[0]?.timestamps.length, 37 - 5)
  })

  it("an object without rows has no groups", async () => {
    const file = join(folder, "none.parquet")
    const connection = await instance.connect()
    await connection.run(
      `COPY (SELECT 1::BIGINT AS timestamp, 'p' AS point_name, 1.0::DOUBLE AS value WHERE false)
      TO '${file}' (FORMAT parquet)`
    )
    connection.closeSync()
    assert.deepStrictEqual(readWhole(readFileSync(file)), { series: [], dropped: {}, groups: [] })
  })

  it("a row group of more rows than are decoded at a time keeps every one of them", async () => {
    const file = join(folder, "large.parquet")
    const connection = await instance.connect()
    await connection.run(`COPY (SELECT ${dayStart(day)} + i AS timestamp, 'p' || i % 3 AS point_name,
        CASE WHEN i % 1000 = 7 THEN NULL ELSE i::DOUBLE END AS value
      FROM (SELECT unnest(range(300000)) AS i)) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 400000)`)
    connection.closeSync()
    const bytes = readFileSync(file)
    assert.deepStrictEqual(readFooter(bytes, bytes.length).groups.map(({ rows }) => rows), [300_000])
    const { dropped, series } = readWhole(bytes)
    assert.deepStrictEqual(dropped, { null: 300 })
    assert.deepStrictEqual(series.map(({ point }) => point), ["p0", "p1", "p2"])
    series.forEach(({ timestamps, values }, p) => {
      const kept = Array.from({ length: 100_000 }, (_, k) => 3 * k + p).filter((i) => i % 1_000 !== 7)
      assert.deepStrictEqual(values, Float64Array.from(kept))
      assert.deepStrictEqual(timestamps, Float64Array.from(kept, (i) => dayStart(day) + i))
    })
  })

  it("rows of another site are named", async () => {
    const bytes = await write("start + i * 60000", to("ORDER BY 1, 2", "ROW_GROUP_SIZE 10000"))
    assert.lengthOf(readWhole(bytes, "demo").series, 30)
    assert.throws(() => readWhole(bytes, "north"), "it holds rows of the site \"demo\"")
  })

  it("small groups are fetched together, large ones one by one", async () => {
    const bytes = await write("start + i * 60000", to("ORDER BY 1, 2", "ROW_GROUP_SIZE 2048"))
    const file = readFooter(bytes, bytes.length)
    assert.isAbove(file.groups.length, 10)
    const [fetch, ...others] = planFetches(file, file.groups)
    assert.deepStrictEqual([fetch?.groups, fetch?.ranges.length, others], [file.groups, 1, []])
    const large = file.groups.map(({ columns, rows }, i): ForeignGroup => ({
      rows,
      columns: new Map(
        Array.from(columns, ([name, chunk]) => [name, { ...chunk, offset: i * 2_500_000, length: 1_900_000 }])
      )
    }))
    assert.deepStrictEqual(
      planFetches({ ...file, end: 1e9 }, large).map(({ groups }) => groups),
      large.map((group) => [group])
    )
  })
})
