/**
 * Plays many histories and says how to replay the first that breaks a law.
 */
import { type Outcome, play } from "./history.ts"
import type { Plant } from "./programs.ts"

/** Steps under weather, before the calm in which everything comes to rest. */
export const STEPS = 300

const describe = ({ seed, steps, trace, violation }: Outcome, file: string): string =>
  [
    `SEED=${seed}, after ${steps} steps: ${violation}`,
    `replay it with: SEED=${seed} npx vitest run --project node test/simulation/${file}`,
    "the last calls:",
    ...trace
  ].join("\n")

/** Plays the histories of some seeds; throws at the first violation, with the line that replays it. */
export const playAll = (seeds: ReadonlyArray<number>, plant: Plant | null = null): number => {
  let queries = 0
  for (const seed of seeds) {
    const outcome = play(seed, STEPS, plant)
    if (outcome.violation !== null) {
      throw new Error(describe(outcome, plant === null ? "simulation.test.ts" : "planted.test.ts"))
    }
    queries += outcome.queries
  }
  return queries
}
