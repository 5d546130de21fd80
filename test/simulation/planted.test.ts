/**
 * The proof that the histories bite: every planted fault is found by the very seeds that the sound programs pass.
 */
import { assert, describe, it } from "@effect/vitest"
import { playAll } from "./histories.ts"
import { soundQuery } from "./planted-queries.ts"
import { plants } from "./planted.ts"

/** As many as `simulation.test.ts` plays. */
const HISTORIES = 500

describe("planted faults", () => {
  for (const plant of plants) {
    it(`the histories find: ${plant.name}`, async ({ annotate }) => {
      let found: unknown = null
      try {
        playAll(1, HISTORIES, plant)
      } catch (error) {
        found = error
      }
      assert.instanceOf(found, Error, `${HISTORIES} histories did not find it`)
      const [summary, replay] = found.message.split("\n")
      assert.match(summary ?? "", /^seed \d+, after \d+ steps: ./)
      assert.match(replay ?? "", /SIM_SEED=\d+ npx vitest run/)
      await annotate(summary ?? "")
    })
  }

  it("the query that the planted ones are made from is sound itself", () => {
    assert.isAbove(playAll(1, 50, { name: "none", programs: { query: soundQuery } }), 5_000)
  })
})
