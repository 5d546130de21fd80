/**
 * The proof that the histories bite: every planted fault is found by the very seeds that the sound programs pass.
 */
import { assert, describe, it } from "@effect/vitest"
import { playAll } from "./histories.ts"
import { soundQuery } from "./planted-queries.ts"
import { plants } from "./planted.ts"
import type { Plant } from "./programs.ts"

/** As many as `simulation.test.ts` plays. */
const HISTORIES = 500

/** What the histories say of a planted fault; null where none of them finds it. */
const findIn = (count: number, plant: Plant): Error | null => {
  try {
    playAll(1, count, plant)
    return null
  } catch (error) {
    return error as Error
  }
}

describe("planted faults", () => {
  for (const plant of plants) {
    it(`the histories find: ${plant.name}`, async ({ annotate }) => {
      const found = findIn(HISTORIES, plant)
      assert.isNotNull(found, `${HISTORIES} histories did not find it`)
      const [summary, replay] = (found?.message ?? "").split("\n")
      assert.match(summary ?? "", /^seed \d+, after \d+ steps: ./)
      assert.match(replay ?? "", /SIM_SEED=\d+ npx vitest run/)
      await annotate(summary ?? "")
    })
  }

  it("a seed replays its history call by call", () => {
    const [plant] = plants as [Plant]
    const trace = findIn(HISTORIES, plant)?.message
    assert.isAbove(trace?.split("\n").length ?? 0, 50)
    assert.strictEqual(findIn(HISTORIES, plant)?.message, trace)
  })

  it("the query that the planted ones are made from is sound itself", () => {
    assert.isAbove(playAll(1, 50, { name: "none", programs: { query: soundQuery } }), 5_000)
  })
})
