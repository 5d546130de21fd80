/**
 * Three readers that share no code with each other: DuckDB (C++), parquet-wasm (Rust) and hyparquet (JavaScript). Tests
 * hand them every object they write.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { parquetRead } from "hyparquet"
import { Compression, readParquet, writeParquet, WriterPropertiesBuilder } from "parquet-wasm"
import { compressors } from "./compressors.ts"

/** Rows as they lie in the file, as columns. */
export interface Rows {
  readonly timestamp: ReadonlyArray<number>
  readonly point_name: ReadonlyArray<string>
  readonly value: ReadonlyArray<number>
  readonly site_name: ReadonlyArray<string>
}

export type Reader = (bytes: Uint8Array) => Promise<Rows>

const COLUMNS = ["timestamp", "point_name", "value", "site_name"]

export const hyparquet: Reader = async (bytes) => {
  const columns: Array<Array<unknown>> = [[], [], [], []]
  await parquetRead({
    file: { byteLength: bytes.length, slice: (start, end) => bytes.slice(start, end).buffer },
    columns: COLUMNS,
    compressors,
    onComplete: (rows) => {
      for (const row of rows) row.forEach((cell, i) => columns[i]?.push(cell instanceof Date ? cell.getTime() : cell))
    }
  })
  const [timestamp, point_name, value, site_name] = columns
  return { timestamp, point_name, value, site_name } as unknown as Rows
}

/** Decodes in Rust and writes plain pages, which need no decoder to speak of. */
export const parquetWasm: Reader = (bytes) => {
  const properties = new WriterPropertiesBuilder().setCompression(Compression.UNCOMPRESSED).setDictionaryEnabled(false)
  return hyparquet(writeParquet(readParquet(bytes), properties.build()))
}

export const duckdb: Reader = async (bytes) => {
  const folder = mkdtempSync(join(tmpdir(), "parquet-"))
  const file = join(folder, "object.parquet")
  writeFileSync(file, bytes)
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    const result = await connection.runAndReadAll(
      `SELECT epoch_ms(timestamp)::DOUBLE, point_name, value, site_name FROM read_parquet('${file}')`
    )
    const [timestamp = [], point_name = [], value = [], site_name = []] = result.getColumns()
    return { timestamp, point_name, value, site_name } as unknown as Rows
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(folder, { recursive: true })
  }
}

export const readers: Readonly<Record<string, Reader>> = { hyparquet, parquetWasm, duckdb }

/** Two numbers are the same bit for bit (-0 is not 0); anything else by `===`. */
export const sameRows = (a: Rows, b: Rows): boolean =>
  (["timestamp", "point_name", "value", "site_name"] as const).every((column) =>
    a[column].length === b[column].length && a[column].every((cell, i) => Object.is(cell, b[column][i])))
