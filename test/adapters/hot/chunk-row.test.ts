/**
 * Rows of chunks: random strips of long and short series are packed and read back. Every sample comes back in order, no
 * row is longer than a parameter may be, and never are there more rows than a day has keys for.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { encodeRows, openRow, type SlotColumns } from "../../../src/adapters/hot/chunk-row.ts"
import { hexFromBytes } from "../../../src/adapters/cloudflare/hex.ts"
import { PIECES, STRIP } from "../../../src/adapters/hot/keys.ts"
import { mergeAll } from "../../../src/domain/samples/merge.ts"
import type { Columns } from "../../../src/domain/samples/series.ts"
import { forSeeds, type Random, randomOf } from "../../random.ts"
import { anyDouble, assertSameColumns, regular } from "../../samples.ts"

/** As D1 gives it. */
const hexOf = (bytes: Uint8Array): string => hexFromBytes(bytes).toUpperCase()

const START = 20_780 * 86_400_000

const slotOf = (slot: number, count: number, step: number, value: (i: number) => number): SlotColumns =>
  ({ slot, columns: regular("", { start: START, count, step, value }) })

const roundTrip = (series: ReadonlyArray<SlotColumns>): number => {
  const rows = encodeRows(series)
  assert.isNotNull(rows)
  const found = new Map<number, Array<Columns>>()
  for (const [key, { data, first, last, starts, timelines }] of (rows ?? []).entries()) {
    assert.isAtMost(data.length + timelines.length, 740_000, "as hex it fits a parameter")
    const row = Result.getOrThrow(
      openRow({ key, starts, timelines: hexOf(timelines), data: hexOf(data) })
    )
    for (const slot of row.slots) {
      const columns = Result.getOrThrow(row.decode(slot))
      assert.isAtLeast(columns.timestamps[0] ?? NaN, first)
      assert.isAtMost(columns.timestamps.at(-1) ?? NaN, last)
      found.set(slot, [...found.get(slot) ?? [], columns])
    }
  }
  assert.deepStrictEqual([...found.keys()].sort((a, b) => a - b), series.map(({ slot }) => slot))
  for (const { columns, slot } of series) assertSameColumns(mergeAll(found.get(slot) ?? []), columns, `slot ${slot}`)
  return rows?.length ?? 0
}

const randomSlot = (random: Random, slot: number): SlotColumns => {
  const count = 1 + random.below(random.pick([10, 2_000, 90_000]))
  const noisy = random.happens(0.2)
  return slotOf(slot, count, 1 + random.below(900), (i) => noisy ? random.next() * 1e9 * Math.PI : i % 7)
}

describe("the rows of a strip and day", () => {
  it("come back as they were, whatever is long, short or noisy", () => {
    forSeeds(15, (random) => {
      const slots = Array.from({ length: STRIP }, (_, slot) => slot).filter(() => random.happens(0.7))
      if (slots.length > 0) roundTrip(slots.map((slot) => randomSlot(random, slot)))
    })
  })

  for (const [points, hertz] of [[3, 10], [8, 4], [16, 2], [1, 40]] as const) {
    it(`${points} points at ${hertz} Hz fit the keys of one day`, () => {
      const count = 86_400 * hertz
      const rows = roundTrip(Array.from({ length: points }, (_, slot) =>
        slotOf(slot, count, 1_000 / hertz, (i) => Math.round(200 + 30 * Math.sin((i + slot) / 5_000)) / 10)))
      assert.isAtMost(rows, PIECES)
    })
  }

  it("long series share rows: the pieces of one lie beside those of the others", () => {
    const series = Array.from({ length: STRIP }, (_, slot) => slotOf(slot, 4 * 32_768, 600, (i) => i % 3))
    assert.isAtMost(roundTrip(series), 5)
  })

  it("what needs more rows than a day has keys for is refused as a whole", () => {
    const random = randomOf(1)
    let at = START
    const timestamps = Float64Array.from({ length: 290_000 }, () => at += 1 + random.below(290))
    const values = timestamps.map(() => anyDouble(random))
    assert.isNull(encodeRows(Array.from({ length: STRIP }, (_, slot) => ({ slot, columns: { timestamps, values } }))))
  })
})
