/**
 * Checksums of samples: the same for the same samples, however they are cut and ordered, and another for any other. The
 * changes that storage and code could make are tried one by one on random columns.
 */
import { assert, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import {
  addChecksums,
  checksumDays,
  checksumSeries,
  emptyChecksum,
  formatChecksum,
  sumChecksums
} from "../../../src/domain/samples/checksum.ts"
import type { Columns } from "../../../src/domain/samples/series.ts"
import { DAY_MS } from "../../../src/domain/time/calendar.ts"
import { flipBit } from "../../bytes.ts"
import { columns, integer, oneOf, property } from "../../properties.ts"
import { checksumOf, columnsOf, samplesOf, series } from "../../samples.ts"

const sum = (point: string, pieces: ReadonlyArray<Columns>) => checksumOf(pieces.map((piece) => ({ point, ...piece })))

const single = (columns: Columns, i: number): Columns => columnsOf(samplesOf(columns).slice(i, i + 1))

property(
  "is the same however the samples are cut and ordered",
  Arbitrary.all({ columns, order: Arbitrary.array(integer(0, 99), { minLength: 12, maxLength: 12 }) }),
  ({ columns, order }) => {
    const pieces = Array.from(columns.timestamps.keys()).sort((i, j) => (order[i] ?? 0) - (order[j] ?? 0))
      .map((i) => single(columns, i))
    assert.strictEqual(sum("p", pieces), sum("p", [columns]))
  }
)

property(
  "changes with any bit of a value, any timestamp, the point, and any sample more or less",
  Arbitrary.all({ columns, at: integer(0, 11), bit: integer(0, 63), later: oneOf([1, -1, DAY_MS]) }),
  ({ at, bit, columns, later }) => {
    const i = at % columns.timestamps.length
    if (Number.isNaN(i)) return
    const values = new Float64Array(flipBit(new Uint8Array(columns.values.slice().buffer), i * 64 + bit).buffer)
    const timestamps = columns.timestamps.with(i, (columns.timestamps[i] as number) + later)
    const sums = [
      sum("p", [columns]),
      sum("q", [columns]),
      sum("p", [{ ...columns, values }]),
      sum("p", [{ ...columns, timestamps }]),
      sum("p", [columns, single(columns, i)]),
      sum("p", [columnsOf(samplesOf(columns).toSpliced(i, 1))])
    ]
    assert.strictEqual(new Set(sums).size, sums.length)
  },
  600
)

it("tells apart samples whose values are exchanged", () => {
  assert.notStrictEqual(checksumOf([series("p", [[1, 1], [2, 2]])]), checksumOf([series("p", [[1, 2], [2, 1]])]))
})

it("does not collide on 100,000 samples that differ by little", () => {
  const seen = new Set<string>()
  const at = Float64Array.of(0)
  const value = Float64Array.of(0)
  const start = Date.UTC(2026, 10, 23)
  for (let i = 0; i < 100_000; i++) {
    at[0] = start + (i % 1_440) * 60_000
    value[0] = Math.floor(i / 1_440) / 2
    seen.add(sum("demo/a", [{ timestamps: at, values: value }]))
  }
  assert.strictEqual(seen.size, 100_000)
})

it("of several sets of samples adds up from their texts", () => {
  const [p, q] = [series("p", [[1, 0.1]]), series("q", [[2, -0]])] as const
  const texts = [checksumOf([p]), checksumOf([q]), formatChecksum(emptyChecksum)]
  assert.strictEqual(sumChecksums(texts), formatChecksum(addChecksums(checksumSeries(p), checksumSeries(q))))
  assert.strictEqual(sumChecksums([]), "0000000000000000")
})

it("is of each day by itself, and adds up to that of all days", () => {
  const ofDays = [[[DAY_MS, 1], [2 * DAY_MS - 1, 2]], [], [[3 * DAY_MS, 3], [3 * DAY_MS + 5, 4]], []] as const
  const all = series("p", ofDays.flat())
  const days = checksumDays(all, { start: DAY_MS, end: 5 * DAY_MS })
  assert.deepStrictEqual(days.map(formatChecksum), ofDays.map((samples) => checksumOf([series("p", samples)])))
  assert.strictEqual(formatChecksum(days.reduce(addChecksums, emptyChecksum)), checksumOf([all]))
})

it("is written as 16 hexadecimal digits", () => {
  assert.strictEqual(formatChecksum(emptyChecksum), "0000000000000000")
  assert.match(checksumOf([series("p", [[1, 1]])]), /^[0-9a-f]{16}$/)
  const largest = { high: 2 ** 32 - 1, low: 2 ** 32 - 1 }
  assert.deepStrictEqual(addChecksums(largest, { high: 1, low: 2 }), { high: 0, low: 1 })
})
