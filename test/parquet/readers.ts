/**
 * Three readers that share no code with each other: DuckDB (C++), parquet-wasm (Rust) and hyparquet (JavaScript). Tests
 * hand them every object they write. Each reads any table whole: instants as ms, integers as numbers.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DuckDBInstance, DuckDBTimestampTZValue } from "@duckdb/node-api"
import { parquetReadObjects } from "hyparquet"
import { Compression, readParquet, writeParquet, WriterPropertiesBuilder } from "parquet-wasm"
import type { Series } from "../../src/domain/samples/series.ts"
import { samplesOf } from "../samples.ts"
import { compressors } from "./compressors.ts"

export type Table = ReadonlyArray<Readonly<Record<string, unknown>>>

const plain = (cell: unknown): unknown =>
  cell instanceof Date
    ? cell.getTime()
    : cell instanceof DuckDBTimestampTZValue
    ? Number(cell.micros / 1_000n)
    : typeof cell === "bigint"
    ? Number(cell)
    : cell

const plainRows = (rows: Table): Table =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, plain(cell)])))

const hyparquet = async (bytes: Uint8Array): Promise<Table> =>
  plainRows(await parquetReadObjects({
    file: { byteLength: bytes.length, slice: (start, end) => bytes.slice(start, end).buffer },
    compressors
  }))

/** Decodes in Rust and writes plain pages, which need no decoder to speak of. */
const parquetWasm = (bytes: Uint8Array): Promise<Table> => {
  const properties = new WriterPropertiesBuilder().setCompression(Compression.UNCOMPRESSED).setDictionaryEnabled(false)
  return hyparquet(writeParquet(readParquet(bytes), properties.build()))
}

const duckdb = async (bytes: Uint8Array): Promise<Table> => {
  const folder = mkdtempSync(join(tmpdir(), "parquet-"))
  const file = join(folder, "object.parquet")
  writeFileSync(file, bytes)
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    const result = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`)
    return plainRows(result.getRowObjects())
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(folder, { recursive: true })
  }
}

export const readers = { hyparquet, parquetWasm, duckdb }

/** The rows of series, as every object holds them. */
export const rowsOf = (all: ReadonlyArray<Series>, site: string): Table =>
  all.flatMap((one) =>
    samplesOf(one).map(([timestamp, value]) => ({ timestamp, point_name: one.point, value, site_name: site })))

/** Fails with the first cell that differs; numbers are compared to the bit. */
export const assertSameTable = (actual: Table, expected: Table, label: string): void => {
  if (actual.length !== expected.length) {
    throw new Error(`${label}: ${actual.length} rows, expected ${expected.length}`)
  }
  for (const [i, row] of expected.entries()) {
    const found = actual[i] ?? {}
    const names = new Set([...Object.keys(row), ...Object.keys(found)])
    for (const name of names) {
      if (Object.is(found[name], row[name])) continue
      throw new Error(`${label}: ${name} of row ${i} is ${String(found[name])}, expected ${String(row[name])}`)
    }
  }
}
