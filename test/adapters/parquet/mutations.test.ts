/**
 * Small files of three honest writers, with bytes of their metadata changed: each outcome is every row, kept or counted
 * as dropped, or a refusal by name; and always the right rows where only statistics were changed.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { parquetMetadata } from "hyparquet"
import { parquetHeader } from "hyparquet/src/column.js"
import { parquetWriteBuffer } from "hyparquet-writer"
import { Compression, readParquet, writeParquet, WriterPropertiesBuilder } from "parquet-wasm"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { dayStart } from "../../../src/domain/time/calendar.ts"
import type { Dropped } from "../../../src/domain/samples/page.ts"
import { forSeeds, type Random } from "../../random.ts"
import { readWhole } from "../../parquet/foreign.ts"
import { day } from "./sites.ts"

const ROWS = 60
const start = dayStart(day)
const names = Array.from({ length: ROWS }, (_, i) => `plant/${i % 3}`)
const values = Array.from({ length: ROWS }, (_, i) => i % 7 === 3 ? null : i / 8)

const files = new Map<string, Uint8Array>()
const folder = mkdtempSync(join(tmpdir(), "mutations-"))

const OPTIONS = [
  "COMPRESSION snappy",
  "COMPRESSION zstd, PARQUET_VERSION v2",
  "COMPRESSION gzip, PARQUET_VERSION v2",
  "COMPRESSION lz4_raw"
]

const writeDuckDb = async (): Promise<void> => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  for (const options of OPTIONS) {
    const file = join(folder, "object.parquet")
    await connection.run(
      `COPY (SELECT make_timestamp(${start}000 + i * 60000000) AS timestamp, 'plant/' || i % 3 AS point_name,
      CASE WHEN i % 7 = 3 THEN NULL ELSE i / 8 END AS value FROM range(${ROWS}) t(i))
      TO '${file}' (FORMAT parquet, ${options})`
    )
    files.set(`DuckDB ${options}`, new Uint8Array(readFileSync(file)))
  }
  connection.closeSync()
  instance.closeSync()
}

beforeAll(async () => {
  const plain = new Uint8Array(parquetWriteBuffer({
    columnData: [
      { name: "timestamp", data: names.map((_, i) => BigInt(start + i * 60_000)), type: "INT64" },
      { name: "point_name", data: names, type: "STRING" },
      { name: "value", data: values, type: "DOUBLE", nullable: true }
    ],
    rowGroupSize: 20
  }))
  files.set("hyparquet-writer", plain)
  for (const codec of ["LZ4_RAW", "BROTLI", "UNCOMPRESSED"] as const) {
    const properties = new WriterPropertiesBuilder().setCompression(Compression[codec]).setMaxRowGroupSize(25).build()
    files.set(`parquet-wasm ${codec}`, writeParquet(readParquet(plain), properties))
  }
  await writeDuckDb()
})

afterAll(() => rmSync(folder, { recursive: true }))

/** The places of metadata: page headers, and the footer with its length. */
const metadataPlaces = (bytes: Uint8Array): ReadonlyArray<number> => {
  const metadata = parquetMetadata(bytes)
  const places: Array<number> = []
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data: chunk } of columns) {
      if (chunk === undefined) continue
      const at = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset)
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: at }
      while (reader.offset < at + Number(chunk.total_compressed_size)) {
        const from = reader.offset
        const { compressed_page_size } = parquetHeader(reader)
        for (let place = from; place < reader.offset; place++) places.push(place)
        reader.offset += compressed_page_size
      }
    }
  }
  for (let place = bytes.length - 8 - metadata.metadata_length; place < bytes.length - 4; place++) places.push(place)
  return places
}

const mutate = (random: Random, bytes: Uint8Array, places: ReadonlyArray<number>): Uint8Array => {
  const changed = bytes.slice()
  for (let i = random.integer(1, 3); i > 0; i--) {
    const at = random.pick(places)
    changed[at] = random.happens(0.5) ? random.below(256) : (changed[at] as number) ^ 1 << random.below(8)
  }
  return changed
}

const countDropped = (dropped: Dropped): number => Object.values(dropped).reduce((sum, count) => sum + count, 0)

describe("files of other writers whose metadata is changed", () => {
  it("unchanged, all hold the same rows", () => {
    const [first] = [...files.values()].map((bytes) => readWhole(bytes))
    assert.deepStrictEqual(first?.dropped, { null: values.filter((value) => value === null).length })
    assert.lengthOf(first?.series ?? [], 3)
    assert.strictEqual(files.size, 8)
    for (const [writer, bytes] of files) {
      const { dropped, series } = readWhole(bytes)
      assert.deepStrictEqual({ dropped, series }, { dropped: first?.dropped, series: first?.series }, writer)
    }
  })

  it("no row is passed over in silence, and no failure is other than a refusal", () => {
    const all = Array.from(files, ([writer, bytes]) => ({ writer, bytes, places: metadataPlaces(bytes) }))
    let read = 0
    let refused = 0
    forSeeds(4_000, (random) => {
      const { bytes, places, writer } = random.pick(all)
      try {
        const { dropped, series } = readWhole(mutate(random, bytes, places))
        const kept = series.reduce((sum, { timestamps }) => sum + timestamps.length, 0)
        assert.isAtLeast(kept + countDropped(dropped), ROWS, writer)
        read++
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause
        refused++
      }
    })
    // Much of a footer decides nothing.
    assert.isAbove(read, 500)
    assert.isAbove(refused, 500)
  })

  it("bytes changed anywhere are read or refused", () => {
    const all = [...files.values()]
    forSeeds(2_000, (random) => {
      const bytes = random.pick(all)
      const places = Array.from({ length: 8 }, () => random.below(bytes.length))
      try {
        for (const { timestamps } of readWhole(mutate(random, bytes, places)).series) {
          assert.isAtMost(timestamps.length, ROWS)
        }
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause
      }
    })
  })
})
