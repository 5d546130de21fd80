/**
 * Files as odd writers make them, byte by byte: what other readers read is read, and nothing that a writer says beside
 * the values decides what exists. Three rows of the point a and three of b, unless a test says otherwise.
 */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import { dayStart } from "../../../src/domain/time/calendar.ts"
import {
  binary,
  bool,
  type Column,
  type CODECS,
  crcOf,
  doubles,
  forge,
  type Group,
  i32,
  i64,
  longs,
  type Page,
  struct,
  texts,
  type Thrift
} from "../../parquet/forge.ts"
import { readPoints, readWhole } from "../../parquet/foreign.ts"
import { randomOf } from "../../random.ts"
import { makeBuilder } from "../../../src/adapters/parquet/write/day.ts"
import { day, randomSite } from "./sites.ts"

const start = dayStart(day)

type Row = readonly [point: string | Uint8Array, at: number, value: number]

const rows: ReadonlyArray<Row> = [0, 60_000, 120_000].flatMap((at, i): ReadonlyArray<Row> => [
  ["b", at, i],
  ["a", at, 10 + i]
])
const whole = [["a", [0, 10], [60_000, 11], [120_000, 12]], ["b", [0, 0], [60_000, 1], [120_000, 2]]]

const nameColumn = (of: ReadonlyArray<Row>): Column =>
  ({ name: "point_name", type: "BYTE_ARRAY", pages: [{ body: texts(of.map(([point]) => point)), values: of.length }] })
const timestampColumn = (of: ReadonlyArray<Row>): Column =>
  ({ name: "timestamp", type: "INT64", pages: [{ body: longs(of.map(([, at]) => start + at)), values: of.length }] })
const valueColumn = (of: ReadonlyArray<Row>): Column =>
  ({ name: "value", type: "DOUBLE", pages: [{ body: doubles(of.map(([, , value]) => value)), values: of.length }] })

const groupOf = (of: ReadonlyArray<Row>, change: (column: Column) => Column = (column) => column): Group =>
  ({ rows: of.length, columns: [nameColumn(of), timestampColumn(of), valueColumn(of)].map(change) })

const inColumn = (name: string, change: (column: Column) => Column) => (column: Column): Column =>
  column.name === name ? change(column) : column
const inPages = (change: (page: Page) => Page) => (column: Column): Column => ({
  ...column,
  pages: column.pages.map(change)
})

const plain = (bytes: Uint8Array) => readWhole(bytes).series.map(({ point, timestamps, values }) =>
  [point, ...Array.from(timestamps, (at, i) => [at - start, values[i]])])

const expectWhole = (bytes: Uint8Array, what = "") => {
  assert.deepStrictEqual(plain(bytes), whole, what)
  for (const { point, timestamps, values } of readWhole(bytes).series) {
    assert.deepStrictEqual(readPoints(bytes, new Set([point])), [{ point, timestamps, values }], `${what} ${point}`)
  }
}

describe("what is said beside the values decides nothing", () => {
  const lies: ReadonlyArray<readonly [string, Thrift]> = [
    ["bounds that are too narrow", struct({ 5: binary("a"), 6: binary("a") })],
    ["bounds in the wrong order", struct({ 5: binary("a"), 6: binary("b") })],
    ["bounds of other names", struct({ 5: binary("z"), 6: binary("y"), 7: bool(true), 8: bool(true) })],
    ["old bounds", struct({ 1: binary("a"), 2: binary("a") })],
    ["empty bounds", struct({ 1: binary(""), 2: binary(""), 5: binary(""), 6: binary("") })],
    ["bounds that are no UTF-8", struct({ 5: binary(Uint8Array.of(0x61, 0xff)), 6: binary(Uint8Array.of(0xfe)) })],
    ["nothing but nulls", struct({ 3: i64(6) })],
    ["more nulls than rows", struct({ 3: i64(1_000_000), 4: i64(0) })],
    ["one name", struct({ 4: i64(1), 5: binary("b"), 6: binary("b") })]
  ]
  for (const [what, statistics] of lies) {
    it(what, () => {
      expectWhole(forge({ groups: [groupOf(rows, (column) => ({ ...column, statistics }))] }), "of a chunk")
      expectWhole(forge({ groups: [groupOf(rows, inPages((page) => ({ ...page, statistics })))] }), "of a page")
      expectWhole(
        forge({ groups: [groupOf(rows, inPages((page) => ({ ...page, statistics, kind: "v2" })))] }),
        "of a page of version 2"
      )
    })
  }

  it("counts of the file, of the chunk and of nulls", () => {
    expectWhole(forge({ groups: [groupOf(rows)], fields: { 3: i64(1) } }), "rows of the file")
    expectWhole(
      forge({ groups: [groupOf(rows, (column) => ({ ...column, fields: { 5: i64(2), 6: i64(1) } }))] }),
      "values of the chunk"
    )
    const nulls = inPages((page) => ({ ...page, kind: "v2", kindFields: { 2: i32(2), 3: i32(1) } }))
    expectWhole(forge({ groups: [groupOf(rows, nulls)] }), "nulls and rows of the page")
  })

  it("rows of a group: what the pages hold is read, none or few though they be said to be", () => {
    for (const said of [0, 2, 5]) expectWhole(forge({ groups: [{ ...groupOf(rows), rows: said }] }), `${said} rows`)
    const groups = [{ ...groupOf(rows.slice(0, 3)), rows: 0 }, groupOf(rows.slice(3))]
    expectWhole(forge({ groups }), "of one group in two")
  })

  it("rows of the object that are more than its groups hold are refused", () => {
    assert.throws(
      () => readWhole(forge({ groups: [groupOf(rows)], fields: { 3: i64(8) } })),
      "says 8 rows, and its row groups hold 6"
    )
  })

  it("rows of a group that are more than its pages hold, or than another column has, are refused", () => {
    assert.throws(
      () => readWhole(forge({ groups: [{ ...groupOf(rows), rows: 7 }] })),
      "says 7 rows, and its column point_name holds 6"
    )
    const short = inColumn("value", () => valueColumn(rows.slice(0, 4)))
    assert.throws(
      () => readWhole(forge({ groups: [{ ...groupOf(rows, short), rows: 4 }] })),
      "says 4 rows, and its column value holds 4"
    )
  })

  it("values that the page does not count are not passed over", () => {
    for (const name of ["point_name", "timestamp", "value"]) {
      const few = inColumn(name, inPages((page) => ({ ...page, values: 4 })))
      assert.throws(() => readWhole(forge({ groups: [groupOf(rows, few)] })), /holds 4|more values than it says/)
    }
    const fewer = inPages((page) => ({ ...page, values: 4 }))
    assert.throws(
      () => readWhole(forge({ groups: [{ ...groupOf(rows, fewer), rows: 4 }] })),
      "a page holds more values than it says"
    )
  })

})

describe("what other readers read", () => {
  it("a schema whose root says REPEATED, REQUIRED or nothing", () => {
    const optional = (column: Column): Column => ({
      ...column,
      isOptional: true,
      pages: column.pages.map((page) => ({
        ...page,
        body: Uint8Array.from([2, 0, 0, 0, page.values * 2, 1, ...page.body])
      }))
    })
    for (const repetition of [0, 1, 2]) {
      expectWhole(forge({ groups: [groupOf(rows)], root: { 3: i32(repetition) } }), `root ${repetition}`)
      expectWhole(
        forge({ groups: [groupOf(rows, optional)], root: { 3: i32(repetition) } }),
        `root ${repetition}, optional columns`
      )
    }
  })

  it("sizes without the header of the dictionary", () => {
    const dictionary = inColumn("point_name", (column) => ({
      ...column,
      pages: [
        { kind: "dictionary", body: texts(["b", "a"]), values: 2 },
        { body: Uint8Array.of(1, 3, 0b101010), values: 6, encoding: "RLE_DICTIONARY" }
      ]
    }))
    for (const hidden of [0, 8, 14]) {
      expectWhole(
        forge({ groups: [groupOf(rows, inColumn("point_name", (column) => ({ ...dictionary(column), hidden })))] }),
        `${hidden} bytes`
      )
    }
  })

  const compressions: ReadonlyArray<readonly [keyof typeof CODECS, string, (bytes: Uint8Array) => Uint8Array]> = [
    ["ZSTD", "one frame", zstdCompressSync],
    [
      "ZSTD",
      "two frames",
      (bytes) => Buffer.concat([zstdCompressSync(bytes.subarray(0, 9)), zstdCompressSync(bytes.subarray(9))])
    ],
    [
      "ZSTD",
      "a frame to be skipped",
      (bytes) => Buffer.concat([Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7), zstdCompressSync(bytes)])
    ],
    [
      "ZSTD",
      "an empty frame and a full one",
      (bytes) => Buffer.concat([zstdCompressSync(new Uint8Array(0)), zstdCompressSync(bytes)])
    ],
    ["GZIP", "one member", gzipSync],
    ["GZIP", "two members", (bytes) => Buffer.concat([gzipSync(bytes.subarray(0, 9)), gzipSync(bytes.subarray(9))])],
    ["GZIP", "the format of zlib", deflateSync],
    ["BROTLI", "", brotliCompressSync],
    // A token of literals alone; longer lengths go on behind it.
    ["LZ4_RAW", "literals", (bytes) => Uint8Array.of(0xf0, bytes.length - 15, ...bytes)],
    ["LZ4", "a bare block", (bytes) => Uint8Array.of(0xf0, bytes.length - 15, ...bytes)],
    ["LZ4", "Hadoop's frames", (bytes) =>
      Buffer.concat([bytes.subarray(0, 9), bytes.subarray(9)].map((part) => {
        const block = part.length < 15
          ? Uint8Array.of(part.length << 4, ...part)
          : Uint8Array.of(0xf0, part.length - 15, ...part)
        return Uint8Array.of(0, 0, 0, part.length, 0, 0, 0, block.length, ...block)
      }))],
    ["SNAPPY", "literals", (bytes) => Uint8Array.of(bytes.length, 60 << 2, bytes.length - 1, ...bytes)]
  ]
  for (const [codec, what, compress] of compressions) {
    it(`${codec} ${what}`, () => {
      const compressed = (column: Column): Column => ({
        ...column,
        codec,
        pages: column.pages.map((page) => ({ ...page, body: compress(page.body), inflated: page.body.length }))
      })
      expectWhole(forge({ groups: [groupOf(rows, compressed)] }))
    })

    it(`${codec} ${what}, where pages of nulls alone have no byte`, () => {
      // Of a page of version 2 only the levels are left: a run of six rows without a value.
      const nulls = inColumn("value", (column) => ({
        ...column,
        isOptional: true,
        codec,
        pages: [
          {
            kind: "v2",
            body: Uint8Array.of(12, 0),
            values: 6,
            encoding: "RLE_DICTIONARY",
            kindFields: { 2: i32(6), 5: i32(2) }
          },
          { kind: "v2", body: Uint8Array.of(12, 0), values: 6, kindFields: { 2: i32(6), 5: i32(2) } },
          { kind: "v2", body: new Uint8Array(0), values: 6, kindFields: { 2: i32(6) } }
        ]
      }))
      const times = [...rows, ...rows, ...rows]
      const { dropped, series } = readWhole(forge({ groups: [groupOf(times, nulls)] }))
      assert.deepStrictEqual([dropped, series], [{ null: 18 }, []])
    })
  }

  it("an object of ours, as if another tool had written it", () => {
    for (let seed = 1; seed < 20; seed++) {
      const all = randomSite(randomOf(seed), 40)
      const builder = makeBuilder({ site: "demo", day, generation: 1, source: "archival", writtenBy: "run" })
      for (const one of all) assert.isUndefined(builder.add(one))
      const { dropped, series } = readWhole(builder.finish().bytes)
      const filled = all.filter(({ timestamps }) => timestamps.length > 0)
      assert.deepStrictEqual([dropped, series], [{}, filled], `seed ${seed}`)
    }
  })

  it("instants as INT96: nanoseconds of a Julian day", () => {
    const days = inColumn("timestamp", (column) => {
      const body = rows.flatMap(([, at]) => [
        ...new Uint8Array(BigInt64Array.of(BigInt(at) * 1_000_000n + 999_999n).buffer),
        ...new Uint8Array(Int32Array.of(2_440_588 + day).buffer)
      ])
      return { ...column, type: "INT96", pages: [{ body: Uint8Array.from(body), values: rows.length }] }
    })
    expectWhole(forge({ groups: [groupOf(rows, days)] }))
  })

  it("values as FLOAT16", () => {
    // 0, 10, 1, 11, 2 and 12.
    const halves = new Uint8Array(Uint16Array.of(0, 0x4900, 0x3c00, 0x4980, 0x4000, 0x4a00).buffer)
    const float16 = inColumn("value", (column) => ({
      ...column,
      type: "FIXED_LEN_BYTE_ARRAY",
      schema: { 2: i32(2), 10: struct({ 15: struct({}) }) },
      pages: [{ body: halves, values: rows.length }]
    }))
    expectWhole(forge({ groups: [groupOf(rows, float16)] }))
  })

  it("levels in the oldest packing, the highest bit first", () => {
    const packed = inColumn("value", (column) => ({
      ...column,
      isOptional: true,
      pages: [{ body: Uint8Array.of(0b11011100, ...doubles([0, 10, 11, 2, 12])), values: 6, kindFields: { 3: i32(4) } }]
    }))
    const { dropped, series } = readWhole(forge({ groups: [groupOf(rows, packed)] }))
    assert.deepStrictEqual(dropped, { null: 1 })
    assert.deepStrictEqual(series.map(({ values }) => [...values]), [[10, 11, 12], [0, 2]])
  })

  it("names that are no UTF-8 are no names: they do not become one", () => {
    const latin = ["ä", "ö"].map((letter) => Uint8Array.of(0x54, letter.charCodeAt(0)))
    const names = rows.map(([, at, value], i): Row => [latin[i % 2] ?? "", at, value])
    assert.deepStrictEqual(readWhole(forge({ groups: [groupOf([...names, ...rows])] })).dropped, { name: 6 })
    assert.deepStrictEqual(plain(forge({ groups: [groupOf([...names, ...rows])] })), whole)
    // A replacement character is a name like any other, and so is one behind a byte order mark.
    for (const [a, b] of [["\ufffd", "\ufffd\ufffd"], ["\ufeffa", "a"]] as const) {
      const odd = rows.map(([point, at, value]): Row => [point === "a" ? a : b, at, value])
      assert.deepStrictEqual(
        readWhole(forge({ groups: [groupOf(odd)] })).series.map(({ point }) => point).sort(),
        [a, b].sort()
      )
    }
  })

  it("a checksum of a page that is right; one that is wrong is refused", () => {
    for (const kind of ["v1", "v2"] as const) {
      const sums = (crc: (bytes: Uint8Array) => number) => inPages((page) => ({ ...page, kind, crc: crc(page.body) }))
      expectWhole(forge({ groups: [groupOf(rows, sums(crcOf))] }), kind)
      for (const name of ["point_name", "timestamp", "value"]) {
        const wrong = inColumn(name, sums((bytes) => crcOf(bytes) ^ 1))
        assert.throws(
          () => readWhole(forge({ groups: [groupOf(rows, wrong)] })),
          "the checksum of a page differs",
          name
        )
      }
    }
    const dictionary = inColumn("point_name", (column) => ({
      ...column,
      pages: [
        { kind: "dictionary", body: texts(["b", "a"]), values: 2, crc: 7 },
        { body: Uint8Array.of(1, 3, 0b101010), values: 6, encoding: "RLE_DICTIONARY" }
      ]
    }))
    assert.throws(() => readWhole(forge({ groups: [groupOf(rows, dictionary)] })), "the checksum of a page differs")
  })
})
