/**
 * Laws 1 to 8, for every interleaving that a seed can draw: see `history.ts`.
 *
 * `SIM_SEED=123` replays one history.
 */
import { assert, describe, it } from "@effect/vitest"
import { playAll } from "./histories.ts"

const HISTORIES = 500
const PER_TEST = 50

const replayed = process.env["SIM_SEED"]

const batches = replayed !== undefined
  ? [{ first: Number(replayed), count: 1 }]
  : Array.from({ length: HISTORIES / PER_TEST }, (_, i) => ({ first: 1 + i * PER_TEST, count: PER_TEST }))

describe("simulated histories", () => {
  for (const { count, first } of batches) {
    it(`laws 1 to 8: seeds ${first} to ${first + count - 1}`, () => {
      assert.isAbove(playAll(first, count), 100 * count)
    })
  }
})
