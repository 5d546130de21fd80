/**
 * How rough a history is, and what it is mostly about: drawn from its seed.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import type { Chance } from "./random.ts"
import type { Order } from "./scheduler.ts"

export type ActorKind = "sync" | "archival" | "derive" | "query" | "feed" | "backfill"

export interface Weather {
  readonly hotDays: number
  readonly maxDays: number
  readonly overlapMs: number
  /** Chance that a call fails, at each of its two ends. */
  failure: number
  /** Chance at each step that some process crashes. */
  crash: number
  /** Chance that a built object is corrupt. */
  corruption: number
  readonly order: Order
  /** Everybody works at one day of one site, so that they meet. */
  readonly crowded: boolean
  /** Chance at each step that something starts, and how often each kind of actor is the one. */
  readonly starts: number
  readonly mix: Readonly<Record<ActorKind, number>>
  /** Chance at each step that time leaps, and how far at most. */
  readonly leaps: number
  readonly leapMs: ReadonlyArray<number>
}

export const drawWeather = (chance: Chance): Weather => {
  const crowded = chance.happens(0.6)
  return {
    hotDays: 1 + chance.below(2),
    maxDays: 1 + chance.below(3),
    overlapMs: chance.pick([15, 30, 60]) * MINUTE_MS,
    failure: chance.pick([0, 0.005, 0.03]),
    crash: chance.pick([0, 0.003, 0.02]),
    corruption: chance.pick([0, 0.1]),
    order: chance.pick(["even", "sticky", "ranked", "ranked"]),
    crowded,
    starts: chance.pick([0.1, 0.2, 0.4]),
    mix: {
      sync: crowded ? 0.3 : chance.pick([2, 4, 8, 16]),
      archival: chance.pick([2, 4]),
      derive: chance.pick([0, 1, 2]),
      query: chance.pick([0.5, 2, 4]),
      feed: crowded ? chance.pick([2, 4]) : chance.pick([0, 1]),
      backfill: crowded ? chance.pick([3, 6, 12]) : chance.pick([0, 2, 4])
    },
    leaps: crowded ? 0.002 : 0.01,
    leapMs: crowded ? [MINUTE_MS, HOUR_MS] : [10 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS, DAY_MS]
  }
}
