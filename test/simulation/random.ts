/**
 * One seeded stream of chances per history: the same seed replays the same history, call by call.
 */

export interface Chance {
  /** A double in [0, 1). */
  readonly next: () => number
  /** An integer in [0, n). */
  readonly below: (n: number) => number
  readonly happens: (probability: number) => boolean
  readonly pick: <T>(list: ReadonlyArray<T>) => T
}

/** mulberry32: small, fast and good enough to draw interleavings from. */
export const chanceOf = (seed: number): Chance => {
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
    happens: (probability) => next() < probability,
    pick: (list) => {
      if (list.length === 0) throw new Error("nothing to pick from")
      return list[below(list.length)] as (typeof list)[number]
    }
  }
}
