/** Objects of other tools, as DuckDB writes them in the layouts of older archives. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { foreignGroups, foreignNames, makeCollector, mayHold, passesOf } from "../../../src/adapters/parquet/foreign.ts"
import { indexOf, parseFooter } from "../../../src/adapters/parquet/metadata.ts"
import { dayStart } from "../../../src/domain/calendar.ts"
import type { Series } from "../../../src/domain/series.ts"
import { day, series } from "./sites.ts"

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
  return series(`plant/${String(p).padStart(2, "0")}`, kept.map((i) => dayStart(day) + i * 60_000), (k) => p + (kept[k] as number) / 8)
}

const read = (bytes: Uint8Array, points: ReadonlySet<string> | null) => {
  const metadata = parseFooter(bytes)
  assert.isNull(indexOf(metadata))
  const collector = makeCollector(metadata, points)
  let skipped = 0
  for (const group of foreignGroups(metadata)) {
    if (!mayHold(group, points)) skipped++
    const at = ({ length, offset }: { readonly length: number; readonly offset: number }) => bytes.subarray(offset, offset + length)
    const { point_name, timestamp, value } = group.columns
    collector.add(group, { point_name: at(point_name), timestamp: at(timestamp), value: at(value) })
  }
  return { series: collector.finish(), skipped }
}

const to = (order: string, options: string) => `${order}) TO '${join(folder, "object.parquet")}' (FORMAT parquet, ${options})`

describe("objects of other tools", () => {
  const layouts: ReadonlyArray<readonly [string, string, string]> = [
    ["time-ordered, Snappy, 10,000-row groups, INT64 ms", "start + i * 60000", to("ORDER BY 1, 2", "COMPRESSION snappy, ROW_GROUP_SIZE 10000")],
    ["seconds without a logical type, gzip", "start // 1000 + i * 60", to("ORDER BY 1 DESC", "COMPRESSION gzip")],
    ["timestamps in µs, Zstandard, v2", "make_timestamp((start + i * 60000) * 1000)", to("ORDER BY 2, 1", "COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 10000")],
    ["timestamps in ns, uncompressed", "make_timestamp_ns((start + i * 60000) * 1000000)", to("ORDER BY i % 7", "COMPRESSION uncompressed")]
  ]

  for (const [name, timestamp, rest] of layouts) {
    it(name, async () => {
      const bytes = await write(timestamp, rest)
      assert.deepStrictEqual(read(bytes, null).series, Array.from({ length: 30 }, (_, p) => expected(p)))
      assert.deepStrictEqual(read(bytes, new Set(["plant/07", "plant/7"])).series, [expected(7)])
    })
  }

  it("row groups whose names exclude the wanted point are passed over", async () => {
    const bytes = await write("start + i * 60000", to("ORDER BY 2, 1", "ROW_GROUP_SIZE 4096"))
    const { series, skipped } = read(bytes, new Set(["plant/29"]))
    assert.deepStrictEqual(series, [expected(29)])
    assert.isAbove(skipped, 0)
  })

  it("names are counted, and split into passes in order", async () => {
    const bytes = await write("start + i * 60000", to("ORDER BY 1, 2", "ROW_GROUP_SIZE 10000"))
    const metadata = parseFooter(bytes)
    const [group] = foreignGroups(metadata)
    assert(group !== undefined)
    const { length, offset } = group.columns.point_name
    assert.strictEqual(foreignNames(metadata, group, bytes.subarray(offset, offset + length)).length, group.rows)
    const passes = passesOf(new Map([["b", 600_000], ["a", 300_000], ["c", 500_000], ["d", 2_000_000], ["e", 1]]))
    assert.deepStrictEqual(passes.map((pass) => [...pass]), [["a", "b"], ["c"], ["d"], ["e"]])
  })
})
