/**
 * The proof that the histories bite: every planted fault is found by the very seeds that the sound programs pass.
 */
import { assert, describe, it } from "@effect/vitest"
import { playAll } from "./histories.ts"
import { soundQuery } from "./planted-queries.ts"
import { plants } from "./planted.ts"
import type { Plant } from "./programs.ts"

/** Those that `simulation.test.ts` plays in every run. */
const histories = Array.from({ length: 500 }, (_, i) => i + 1)

/** What the histories say of a planted fault; null where none of them finds it. */
const findIn = (played: ReadonlyArray<number>, plant: Plant): Error | null => {
  try {
    playAll(played, plant)
    return null
  } catch (error) {
    return error as Error
  }
}

describe("planted faults", () => {
  for (const plant of plants) {
    it(`the histories find: ${plant.name}`, async ({ annotate }) => {
      const found = findIn(histories, plant)
      assert.isNotNull(found, `${histories.length} histories did not find it`)
      const [summary, replay] = (found?.message ?? "").split("\n")
      assert.match(summary ?? "", /^SEED=\d+, after \d+ steps: ./)
      assert.match(replay ?? "", /SEED=\d+ npx vitest run/)
      await annotate(summary ?? "")
    })
  }

  it("a seed replays its history call by call", () => {
    const [plant] = plants as [Plant]
    const trace = findIn(histories, plant)?.message
    assert.isAbove(trace?.split("\n").length ?? 0, 50)
    assert.strictEqual(findIn(histories, plant)?.message, trace)
  })

  it("the query that the planted ones are made from is sound itself", () => {
    assert.isAbove(playAll(histories.slice(0, 50), { name: "none", programs: { query: soundQuery } }), 5_000)
  })
})
