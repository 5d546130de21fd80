/**
 * Any table, read whole by the three readers of `readers.ts`: columns by name, instants as ms, integers as numbers.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DuckDBInstance, DuckDBTimestampTZValue } from "@duckdb/node-api"
import { parquetReadObjects } from "hyparquet"
import { Compression, readParquet, writeParquet, WriterPropertiesBuilder } from "parquet-wasm"
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

export const tableReaders = { hyparquet, parquetWasm, duckdb }
