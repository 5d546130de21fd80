/**
 * A seeded generator for property tests: the same seed gives the same cases on every machine.
 */
import type { Columns } from "../../src/domain/samples/series.ts"

export interface Dice {
  /** A whole number from `least` to `most`, both included. */
  readonly whole: (least: number, most: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(items: ReadonlyArray<A>) => A
}

export const makeDice = (seed: number): Dice => {
  let state = seed >>> 0
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return { whole, chance: (probability) => next() < probability, pick: (items) => items[whole(0, items.length - 1)] as never }
}

/** Values that break what compares, sums or rounds. */
const VALUES = [0, -0, 1, -1, 0.1, 21.5, Math.fround(21.3), 1e300, -5e-324, Number.MAX_VALUE, 2 ** 53]

/** Few instants, so that columns collide often. */
export const randomColumns = (dice: Dice, longest = 12, span = 20): Columns => {
  const instants = [...new Set(Array.from({ length: dice.whole(0, longest) }, () => dice.whole(-span, span)))]
  const timestamps = Float64Array.from(instants.sort((a, b) => a - b))
  return { timestamps, values: timestamps.map(() => dice.pick(VALUES)) }
}

/** Runs the property on `runs` seeds and names the one that breaks it. */
export const forSeeds = (runs: number, property: (dice: Dice) => void): void => {
  for (let seed = 1; seed <= runs; seed++) {
    try {
      property(makeDice(seed))
    } catch (cause) {
      throw new Error(`the property fails with seed ${seed}`, { cause })
    }
  }
}
