/**
 * Laws 1 to 8 over thousands of histories that no run played before.
 */
import { assert, describe, it } from "@effect/vitest"
import { seeds } from "../random.ts"
import { playAll } from "../simulation/histories.ts"

const HISTORIES = 5_000
const PER_TEST = 250

const played = seeds(0, HISTORIES)

describe("simulated histories, many", () => {
  for (let i = 0; i < played.length; i += PER_TEST) {
    const batch = played.slice(i, i + PER_TEST)
    it(`laws 1 to 8: seeds ${batch[0]} to ${batch.at(-1)}`, () => {
      assert.isAbove(playAll(batch), 100 * batch.length)
    })
  }
})
