/**
 * The proof that the histories bite: every planted fault is found by a history that the sound programs pass, under the
 * seeds of `simulation.test.ts` and under fresh ones.
 */
import { assert, describe, it } from "@effect/vitest"
import { seedsFrom } from "../random.ts"
import { playAll } from "./histories.ts"
import { soundQuery } from "./planted-queries.ts"
import { plants } from "./planted.ts"
import type { Plant } from "./programs.ts"

/** Many times what the best hidden fault needs on average. */
const MOST = 1_500

/** What the histories say of a planted fault; null where none of them finds it. */
const findIn = (played: ReadonlyArray<number>, plant: Plant): Error | null => {
  try {
    playAll(played, plant)
    return null
  } catch (error) {
    return error as Error
  }
}

const seedOf = (said: string): number => Number(/^SEED=(\d+)/.exec(said)?.[1])

describe("planted faults", () => {
  for (const plant of plants) {
    const sound: Plant = { name: "none", ...(plant.weather === undefined ? {} : { weather: plant.weather }) }
    for (const [kind, first] of [["fixed", 1], ["fresh", undefined]] as const) {
      it(`histories of ${kind} seeds find: ${plant.name}`, async ({ annotate }) => {
        const played = seedsFrom(MOST, first)
        const found = findIn(played, plant)
        assert.isNotNull(found, `${MOST} histories from SEED=${played[0]} on did not find it`)
        const [summary, replay] = (found?.message ?? "").split("\n")
        assert.match(summary ?? "", /^SEED=\d+, after \d+ steps: ./)
        assert.match(replay ?? "", /SEED=\d+ npx vitest run/)
        playAll([seedOf(summary ?? "")], sound)
        await annotate(summary ?? "")
      })
    }
  }

  it("a seed replays its history call by call", () => {
    const [plant] = plants as [Plant]
    const trace = findIn(seedsFrom(MOST, 1), plant)?.message ?? ""
    assert.isAbove(trace.split("\n").length, 50)
    assert.strictEqual(findIn([seedOf(trace)], plant)?.message, trace)
  })

  it("the query that the planted ones are made from is sound itself", () => {
    assert.isAbove(playAll(seedsFrom(25, 1), { name: "none", programs: { query: soundQuery } }), 1_000)
  })
})
