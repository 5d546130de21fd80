/**
 * Laws 1 to 8, for every interleaving that a seed can draw: see `history.ts`. Fixed seeds, and fresh ones in each run.
 */
import { assert, describe, it } from "@effect/vitest"
import { seeds } from "../random.ts"
import { playAll } from "./histories.ts"

const FIXED = 500
const FRESH = 50
const PER_TEST = 50

const played = seeds(FIXED, FRESH)

describe("simulated histories", () => {
  for (let i = 0; i < played.length; i += PER_TEST) {
    const batch = played.slice(i, i + PER_TEST)
    it(`laws 1 to 8: seeds ${batch[0]} to ${batch.at(-1)}`, () => {
      assert.isAbove(playAll(batch), 50 * batch.length)
    })
  }
})
