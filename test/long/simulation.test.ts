/**
 * Laws 1 to 8 over thousands of histories that the quick run does not play.
 */
import { assert, describe, it } from "@effect/vitest"
import { playAll } from "../simulation/histories.ts"

const FIRST = 10_001
const HISTORIES = 5_000
const PER_TEST = 250

describe("simulated histories, many", () => {
  for (let first = FIRST; first < FIRST + HISTORIES; first += PER_TEST) {
    it(`laws 1 to 8: seeds ${first} to ${first + PER_TEST - 1}`, () => {
      assert.isAbove(playAll(first, PER_TEST), 100 * PER_TEST)
    })
  }
})
