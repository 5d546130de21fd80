/**
 * Rows: gathered in any order and in growing room, each slot gets back its own samples. Random rows are compared with a
 * map in which the later row of an instant replaces the earlier.
 */
import { assert, it } from "@effect/vitest"
import { forEachSlot, growRows, makeRows } from "../../../src/domain/samples/rows.ts"
import { forSeeds } from "../../random.ts"

it("gives every slot its samples, ascending, the later row of an instant standing, and counts the collisions", () => {
  forSeeds(500, (random) => {
    const slotCount = random.integer(1, 6)
    const row = (i: number) => [random.integer(0, slotCount - 1), random.integer(0, 12), i] as const
    const given = Array.from({ length: random.integer(0, 40) }, (_, i) => row(i))
    let rows = makeRows(0)
    given.forEach(([slot, at, value], i) => {
      if (i === rows.slots.length) rows = growRows(rows, i, i + random.integer(1, 9))
      rows.slots[i] = slot
      rows.timestamps[i] = at
      rows.values[i] = value
    })
    const expected = Array.from({ length: slotCount }, (_, slot) => {
      const own = given.filter((row) => row[0] === slot)
      const samples = [...new Map(own.map(([, at, value]) => [at, value]))].sort(([a], [b]) => a - b)
      return [slot, samples, own.length - samples.length] as const
    }).filter(([, samples]) => samples.length > 0)
    const found: Array<(typeof expected)[number]> = []
    forEachSlot(rows, given.length, slotCount, (slot, { timestamps, values }, collisions) => {
      found.push([slot, Array.from(timestamps, (at, i) => [at, values[i] as number]), collisions])
    })
    assert.deepStrictEqual(found, expected)
  })
})
