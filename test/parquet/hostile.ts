/**
 * Files of a few bytes that ask for hours, gigabytes or endless depths, by the claim that does it; and the words by
 * which each is refused.
 */
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib"
import {
  binary,
  type Column,
  type CODECS,
  doubles,
  type File,
  footerBytes,
  forge,
  i32,
  i64,
  list,
  longs,
  type Page,
  struct,
  texts,
  TYPES,
  type Thrift,
  varint
} from "./forge.ts"

/** 2026-03-07 */
const START = 1_772_841_600_000

/** A column of one value, repeated by a dictionary. */
const repeated = (body: Uint8Array, rows: number, runs: ReadonlyArray<number>): ReadonlyArray<Page> => [
  { kind: "dictionary", body, values: 1 },
  { body: Uint8Array.from(runs), values: rows, encoding: "RLE_DICTIONARY" }
]

const columns = (
  name: ReadonlyArray<Page>,
  timestamp: ReadonlyArray<Page>,
  value: ReadonlyArray<Page>
): ReadonlyArray<Column> => [
  { name: "point_name", type: "BYTE_ARRAY", pages: name },
  { name: "timestamp", type: "INT64", pages: timestamp },
  { name: "value", type: "DOUBLE", pages: value }
]

const good = columns(
  [{ body: texts(["a"]), values: 1 }],
  [{ body: longs([START]), values: 1 }],
  [{ body: doubles([1]), values: 1 }]
)

const one: File = { groups: [{ rows: 1, columns: good }] }

/** The good file with another value column. */
const withValue = (column: Partial<Column>): Uint8Array =>
  forge({ groups: [{ rows: 1, columns: [...good.slice(0, 2), { ...good[2] as Column, ...column }] }] })

const withValuePage = (page: Partial<Page>, column: Partial<Column> = {}): Uint8Array =>
  withValue({ ...column, pages: [{ body: doubles([1]), values: 1, ...page }] })

/** Rows that cost a few bytes, whatever their number. */
export const manyRows = (rows: number, runs: ReadonlyArray<number>, groups = 1): Uint8Array =>
  forge({
    groups: Array.from({ length: groups }, () => ({
      rows,
      columns: columns(
        repeated(texts(["a"]), rows, runs),
        repeated(longs([START]), rows, runs),
        repeated(doubles([1]), rows, runs)
      )
    }))
  })

const inFooter = (fields: Readonly<Record<number, Thrift>>): Uint8Array => forge({ ...one, fields })

/** A footer of nothing but these bytes. */
const bareFooter = (bytes: ReadonlyArray<number>): Uint8Array =>
  Uint8Array.from([0x50, 0x41, 0x52, 0x31, ...footerBytes({ type: 12, bytes })])

const nested = (depth: number, open: ReadonlyArray<number>): ReadonlyArray<number> =>
  Array.from({ length: depth }, () => open).flat()

/** A chain of groups, each the only child of the one before. */
const deepSchema = (depth: number): ReadonlyArray<Thrift> =>
  Array.from({ length: depth }, () => struct({ 3: i32(1), 4: binary("g"), 5: i32(1) }))

/** A row group whose chunks are all at one place. */
const groupAtOnePlace = (length: number): Thrift => {
  const chunk = ({ name, type }: Column): Thrift =>
    struct({ 3: struct({ 1: i32(TYPES[type]), 3: list([binary(name)]), 4: i32(0), 7: i64(length), 9: i64(4) }) })
  return struct({ 1: list(good.map(chunk)), 3: i64(1) })
}

/** The good file with other row groups. */
const withGroups = (group: Thrift, count: number): Uint8Array =>
  forge({ ...one, fields: { 4: list(Array.from({ length: count }, () => group)) } })

const bomb = (codec: keyof typeof CODECS, compress: (bytes: Uint8Array) => Uint8Array): Uint8Array =>
  withValuePage({ body: compress(new Uint8Array(50_000_000)), inflated: 8 }, { codec })

const claims2g = (codec: keyof typeof CODECS): Uint8Array =>
  withValuePage({ body: Uint8Array.of(1, 2, 3), inflated: 2 ** 31 - 1 }, { codec })

const differences = (header: ReadonlyArray<number>): Uint8Array =>
  forge({
    groups: [{
      rows: 1,
      columns: [...good.slice(0, 1), {
        name: "timestamp",
        type: "INT64",
        pages: [{ body: Uint8Array.from(header), values: 1, encoding: "DELTA_BINARY_PACKED" }]
      }, ...good.slice(2)]
    }]
  })

/** Sixteen bits each, the lowest first. */
const packed = (values: ReadonlyArray<number>): ReadonlyArray<number> =>
  values.flatMap((value) => [value & 255, value >> 8])

/** Names that each repeat all of the one before, by a prefix: `rows` × `length` bytes, if they were copied. */
export const repeatingNames = (rows: number, length: number): Uint8Array => {
  const head = [0x80, 0x01, 0x04, ...varint(rows)]
  const rest = Array.from({ length: Math.ceil((rows - 1) / 128) - 1 }, () => [0, 0, 0, 0, 0]).flat()
  // No prefix first, then all; and the whole text first, then nothing.
  const lengths = [...head, 0, 0, 16, 0, 0, 0, ...packed([length, ...Array.from({ length: 31 }, () => 0)]), ...rest]
  const suffixes = [
    ...head,
    ...varint(length * 2),
    ...varint(length * 2 - 1),
    16,
    16,
    16,
    16,
    ...packed([0, ...Array.from({ length: 127 }, () => length)]),
    ...rest
  ]
  const names = Uint8Array.from([...lengths, ...suffixes, ...new Uint8Array(length).fill(97)])
  const runs = [1, ...varint(rows * 2), 0]
  return forge({
    groups: [{
      rows,
      columns: columns(
        [{ body: names, values: rows, encoding: "DELTA_BYTE_ARRAY" }],
        repeated(longs([START]), rows, runs),
        repeated(doubles([1]), rows, runs)
      )
    }]
  })
}

const TOO_MUCH = "would take too much work"
const MANY = "has more than 1048576 rows"

export const HOSTILE: Readonly<Record<string, readonly [bytes: Uint8Array, words: string]>> = {
  "values of no bits": [manyRows(50_000_000, [0]), TOO_MUCH],
  "one run": [manyRows(50_000_000, [1, ...varint(100_000_000), 0]), TOO_MUCH],
  "many groups of a run": [manyRows(1_000_000, [1, ...varint(2_000_000), 0], 20), MANY],
  "more rows of a point than are sorted": [manyRows(2_000_000, [0]), MANY],
  "packed bits that are not there": [manyRows(1_000, [8, ...varint(2 ** 28 * 2 + 1), 0]), "cut within its runs"],
  "an endless run length": [manyRows(1_000, [8, ...new Uint8Array(100).fill(255)]), "cut within its runs"],
  "empty runs": [manyRows(1_000, [8, ...new Uint8Array(1_000)]), "cut within its runs"],
  "an entry beyond the dictionary": [manyRows(1_000, [8, ...varint(2_000), 7]), "entry 7 of a dictionary of 1"],
  "values of 255 bits": [manyRows(1_000, [255, 2, 0]), "values of 255 bits"],
  "row groups at one place": [withGroups(groupAtOnePlace(20), 20), "lie over each other"],
  "more row groups than are read": [
    withGroups(groupAtOnePlace(0), 32_769),
    "more than 32768 row groups"
  ],
  "rows of a group": [forge({ groups: [{ rows: 2 ** 50, columns: good }] }), "and its column point_name holds 1"],
  "values of a page": [withValuePage({ values: 2 ** 31 - 1 }), "its column value holds 2147483647"],
  "fewer values than none": [withValuePage({ values: -5 }), "claims -5 values"],
  "entries of a dictionary": [
    withValue({ pages: [{ kind: "dictionary", body: doubles([1]), values: 2 ** 31 - 1 }] }),
    "claims 2147483647 entries"
  ],
  "entries that are not there": [
    withValue({
      pages: [{ kind: "dictionary", body: doubles([1]), values: 900_000 }, {
        body: Uint8Array.of(0),
        values: 1,
        encoding: "RLE_DICTIONARY"
      }]
    }),
    "cut within its values"
  ],
  "two dictionaries": [
    withValue({ pages: [...repeated(doubles([1]), 0, [0]), ...repeated(doubles([1]), 1, [0])] }),
    "second dictionary"
  ],
  "no dictionary": [withValuePage({ body: Uint8Array.of(0), encoding: "PLAIN_DICTIONARY" }), "needs a dictionary"],
  "levels longer than the page": [
    withValuePage({ body: Uint8Array.of(255, 255, 255, 127, 2, 1) }, { isOptional: true }),
    "cut within its runs"
  ],
  "levels of version 2": [
    withValuePage({ kind: "v2", kindFields: { 5: i32(2 ** 30) } }),
    "more bytes of levels than it has"
  ],
  "levels of fewer bytes than none": [
    withValuePage({ kind: "v2", kindFields: { 5: i32(20), 6: i32(-20) } }),
    "more bytes of levels than it has"
  ],
  "a page longer than its chunk": [withValuePage({ length: 2 ** 30 }), "a page of 1073741824 bytes where"],
  "a page of fewer bytes than none": [withValuePage({ length: -8 }), "a page of -8 bytes"],
  "2 GB, Snappy": [claims2g("SNAPPY"), "claims 2147483647 bytes"],
  "2 GB, gzip": [claims2g("GZIP"), "claims 2147483647 bytes"],
  "2 GB, Zstandard": [claims2g("ZSTD"), "claims 2147483647 bytes"],
  "2 GB, Brotli": [claims2g("BROTLI"), "claims 2147483647 bytes"],
  "2 GB, LZ4": [claims2g("LZ4"), "claims 2147483647 bytes"],
  "2 GB, LZ4_RAW": [claims2g("LZ4_RAW"), "claims 2147483647 bytes"],
  "2 GB, uncompressed": [claims2g("UNCOMPRESSED"), "claims 2147483647 bytes"],
  "fewer bytes than none": [withValuePage({ inflated: -1 }), "claims -1 bytes"],
  "a bomb, gzip": [bomb("GZIP", gzipSync), "a page cannot be inflated by GZIP"],
  "a bomb, Zstandard": [bomb("ZSTD", zstdCompressSync), "a page cannot be inflated by ZSTD"],
  "a bomb, Brotli": [bomb("BROTLI", brotliCompressSync), "a page cannot be inflated by BROTLI"],
  "a bomb, LZ4": [
    withValuePage({ body: Uint8Array.from([0x1f, 0, 1, 0, ...new Uint8Array(200_000).fill(255), 0]), inflated: 8 }, {
      codec: "LZ4_RAW"
    }),
    "inflated by LZ4_RAW: an LZ4 block is cut"
  ],
  "Snappy that says more than the page": [
    withValuePage({ body: Uint8Array.of(255, 255, 255, 255, 7, 0, 0), inflated: 8 }, { codec: "SNAPPY" }),
    "2147483647 bytes were compressed"
  ],
  "a window of 2 GB": [
    withValuePage({ body: Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, 3, 0, 0, 1), inflated: 8 }, { codec: "ZSTD" }),
    "a page cannot be inflated by ZSTD"
  ],
  "LZO": [withValuePage({}, { codec: "LZO" }), "inflated by LZO: the codec is not read"],
  "a text of 4 GB": [
    forge({
      groups: [{
        rows: 1,
        columns: [
          { ...good[0] as Column, pages: [{ body: Uint8Array.of(255, 255, 255, 255, 97), values: 1 }] },
          ...good.slice(1)
        ]
      }]
    }),
    "cut within its values"
  ],
  "blocks of differences without end": [differences([0xff, 0xff, 0xff, 0xff, 0x0f, 1, 1, 0]), "blocks of"],
  "no miniblocks": [differences([0x80, 1, 0, 1, 0]), "blocks of 128 / 0"],
  "differences of 255 bits": [differences([0x80, 1, 4, 2, 0, 0, 255, 255, 255, 255]), "more values than it says"],
  "more differences than rows": [
    differences([0x80, 1, 4, ...varint(2 ** 31), 0, 0, 0, 0, 0, 0]),
    "more values than it says"
  ],
  "a list of 2 billion": [inFooter({ 7: list([], 2 ** 31 - 1) }), "its metadata is cut"],
  "2 billion columns": [bareFooter([0x29, 0xfc, ...varint(2 ** 31 - 1)]), "its metadata is cut"],
  "a text of 2 billion bytes": [bareFooter([0x68, ...varint(2 ** 31 - 1)]), "its metadata is cut"],
  "structs inside each other": [bareFooter(nested(100_000, [0x1c])), "nested more than 32 deep"],
  "lists inside each other": [bareFooter([0x19, ...nested(100_000, [0x19])]), "nested more than 32 deep"],
  "maps inside each other": [bareFooter([0x1b, ...nested(100_000, [1, 0xbb])]), "nested more than 32 deep"],
  "an endless number": [bareFooter([0x16, ...new Uint8Array(1_000_000).fill(255)]), "an endless number"],
  "a schema nested deeply": [
    forge({ ...one, fields: { 2: list([struct({ 4: binary("root"), 5: i32(1) }), ...deepSchema(20_000)]) } }),
    "the schema is cut"
  ],
  "2 billion children": [forge({ ...one, root: { 5: i32(2 ** 31 - 1) } }), "the schema is cut"],
  "a chunk of 2 PB": [withValue({ fields: { 7: i64(2 ** 51) } }), "more than 33554432"],
  "a chunk beyond the end": [withValue({ fields: { 9: i64(2 ** 50) } }), "are not in an object"],
  "a chunk before the beginning": [withValue({ fields: { 9: i64(-(2 ** 50)) } }), "lie over each other"],
  "a chunk of fewer bytes than none": [withValue({ fields: { 7: i64(-100) } }), "-100 bytes at"],
  "a footer longer than the object": [
    Uint8Array.from([0x50, 0x41, 0x52, 0x31, 0, 255, 255, 255, 127, 0x50, 0x41, 0x52, 0x31]),
    "a footer of 2147483655 bytes"
  ]
}
