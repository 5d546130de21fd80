/**
 * Seeded chance for tests: the same seed gives the same cases on every machine.
 *
 * Properties, histories and fuzzers play fixed seeds, the same in every run, and a few fresh ones. A failure names its
 * seed, and with `SEED=123` in the environment they play that one alone.
 */

export interface Random {
  /** A double in [0, 1). */
  readonly next: () => number
  /** An integer in [0, n). */
  readonly below: (n: number) => number
  /** An integer from `least` to `most`, both included. */
  readonly integer: (least: number, most: number) => number
  readonly happens: (probability: number) => boolean
  readonly pick: <A>(list: ReadonlyArray<A>) => A
}

/** Mulberry32: small, fast and good enough to draw interleavings from. */
export const randomOf = (seed: number): Random => {
  let state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (n: number): number => Math.floor(next() * n)
  return {
    next,
    below,
    integer: (least, most) => least + below(most - least + 1),
    happens: (probability) => next() < probability,
    pick: (list) => {
      if (list.length === 0) throw new Error("nothing to pick from")
      return list[below(list.length)] as (typeof list)[number]
    }
  }
}

const replayed = process.env["SEED"]

const from = (first: number, count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => first + i)

const drawSeed = (): number => 1_000_000 + Math.floor(Math.random() * 2 ** 31)

/** Seeds in a row: from `first`, else from one drawn anew in each run; from the replayed one where there is one. */
export const seedsFrom = (count: number, first: number = drawSeed()): ReadonlyArray<number> =>
  from(replayed === undefined ? first : Number(replayed), count)

/** The seeds 1 to `fixed`, then `fresh` others that are drawn anew in each run. */
export const seeds = (fixed: number, fresh: number): ReadonlyArray<number> =>
  replayed !== undefined
    ? [Number(replayed)]
    : [...from(1, fixed), ...from(drawSeed(), fresh)]

/** Runs a property on `runs` fixed seeds and a tenth as many fresh ones, and names the seed that breaks it. */
export const forSeeds = (runs: number, property: (random: Random) => void): void => {
  for (const seed of seeds(runs, Math.ceil(runs / 10))) {
    try {
      property(randomOf(seed))
    } catch (cause) {
      throw new Error(`the property fails with SEED=${seed}: ${String(cause)}`, { cause })
    }
  }
}
