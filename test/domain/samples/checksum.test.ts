import { assert, it } from "@effect/vitest"
import { addChecksums, checksumDays, checksumSeries, emptyChecksum, formatChecksum, sumChecksums } from "../../../src/domain/samples/checksum.ts"
import type { Columns } from "../../../src/domain/samples/series.ts"
import { forSeeds } from "../../random.ts"
import { randomColumns } from "../../samples.ts"

const sum = (point: string, pieces: ReadonlyArray<Columns>) =>
  formatChecksum(pieces.map((piece) => checksumSeries({ point, ...piece })).reduce(addChecksums, emptyChecksum))

const single = ({ timestamps, values }: Columns, i: number): Columns => ({
  timestamps: timestamps.subarray(i, i + 1),
  values: values.subarray(i, i + 1)
})

it("is the same however the samples are cut and ordered", () => {
  forSeeds(300, (random) => {
    const columns = randomColumns(random, 20, 1_000)
    const pieces = Array.from(columns.timestamps.keys(), (i) => single(columns, i))
    for (let i = pieces.length - 1; i > 0; i--) {
      const j = random.integer(0, i)
      ;[pieces[i], pieces[j]] = [pieces[j] as Columns, pieces[i] as Columns]
    }
    assert.strictEqual(sum("p", pieces), sum("p", [columns]))
  })
})

it("changes with any bit of a value, any timestamp, the point, and any sample more or less", () => {
  forSeeds(300, (random) => {
    const columns = randomColumns(random, 20, 1_000)
    const length = columns.timestamps.length
    if (length === 0) return
    const seen = new Set([sum("p", [columns]), sum("q", [columns])])
    assert.strictEqual(seen.size, 2)
    const i = random.integer(0, length - 1)
    const values = columns.values.slice()
    const bytes = new Uint8Array(values.buffer)
    const byte = i * 8 + random.integer(0, 7)
    bytes[byte] = (bytes[byte] as number) ^ (1 << random.integer(0, 7))
    const timestamps = columns.timestamps.slice()
    timestamps[i] = (timestamps[i] as number) + random.pick([1, -1, 86_400_000])
    seen.add(sum("p", [{ timestamps: columns.timestamps, values }]))
    seen.add(sum("p", [{ timestamps, values: columns.values }]))
    seen.add(sum("p", [columns, single(columns, i)]))
    seen.add(sum("p", [{ timestamps: columns.timestamps.subarray(1), values: columns.values.subarray(1) }]))
    assert.strictEqual(seen.size, 6)
  })
})

it("tells apart samples whose values are exchanged", () => {
  const timestamps = Float64Array.of(1, 2)
  assert.notStrictEqual(
    sum("p", [{ timestamps, values: Float64Array.of(1, 2) }]),
    sum("p", [{ timestamps, values: Float64Array.of(2, 1) }])
  )
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
  const [a, b] = [{ timestamps: Float64Array.of(1), values: Float64Array.of(0.1) }, { timestamps: Float64Array.of(2), values: Float64Array.of(-0) }]
  assert.strictEqual(sumChecksums([sum("p", [a]), sum("q", [b]), formatChecksum(emptyChecksum)]), formatChecksum(addChecksums(
    checksumSeries({ point: "p", ...a }),
    checksumSeries({ point: "q", ...b })
  )))
  assert.strictEqual(sumChecksums([]), "0000000000000000")
})

it("is of each day by itself, and adds up to that of all days", () => {
  const DAY = 86_400_000
  const columns = { timestamps: Float64Array.of(DAY, 2 * DAY - 1, 3 * DAY, 3 * DAY + 5), values: Float64Array.of(1, 2, 3, 4) }
  const days = checksumDays({ point: "p", ...columns }, { start: DAY, end: 5 * DAY })
  const pieces = [[0, 2], [2, 2], [2, 4], [4, 4]] as const
  assert.deepStrictEqual(
    days.map(formatChecksum),
    pieces.map(([from, to]) => sum("p", [{ timestamps: columns.timestamps.slice(from, to), values: columns.values.slice(from, to) }]))
  )
  assert.strictEqual(formatChecksum(days.reduce(addChecksums, emptyChecksum)), sum("p", [columns]))
})

it("is written as 16 hexadecimal digits", () => {
  assert.strictEqual(formatChecksum(emptyChecksum), "0000000000000000")
  assert.match(sum("p", [{ timestamps: Float64Array.of(1), values: Float64Array.of(1) }]), /^[0-9a-f]{16}$/)
  assert.deepStrictEqual(addChecksums({ high: 2 ** 32 - 1, low: 2 ** 32 - 1 }, { high: 1, low: 2 }), { high: 0, low: 1 })
})
