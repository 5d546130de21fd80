/**
 * How rough a history is, and what it is mostly about: drawn from its seed.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import type { Random } from "../random.ts"
import type { Demotion, Order } from "./scheduler.ts"

export type ActorKind = "sync" | "archival" | "derive" | "query" | "feed" | "backfill"

export interface Weather {
  readonly hotDays: number
  readonly maxDays: number
  readonly overlapMs: number
  /** Random that a call fails, at each of its two ends. */
  failure: number
  /** Random at each step that some process crashes. */
  crash: number
  /** Random that a built object is corrupt. */
  corruption: number
  /** Random at each step that the source corrects a value. */
  readonly corrections: number
  readonly order: Order
  readonly demotion: Demotion
  /** Everybody works at one day of one site, so that they meet. */
  readonly crowded: boolean
  /** Random at each step that something starts, and how often each kind of actor is the one. */
  readonly starts: number
  readonly mix: Readonly<Record<ActorKind, number>>
  /** Random at each step that time leaps, and how far at most. */
  readonly leaps: number
  readonly leapMs: ReadonlyArray<number>
}

/** The calls after which others most often go first: those between which a protocol is most fragile. */
const FRAGILE = [
  /^hears (cold\.(head|put)|hot\.(catalog|snapshot|scan|compact)) /,
  /^hears cold\.put /,
  /^hears source\.pages\.pull /
]

export const drawWeather = (random: Random): Weather => {
  const crowded = random.happens(0.6)
  return {
    hotDays: 1 + random.below(2),
    maxDays: 1 + random.below(3),
    overlapMs: random.pick([15, 30, 60]) * MINUTE_MS,
    failure: random.pick([0, 0.005, 0.03]),
    crash: random.pick([0, 0.003, 0.02]),
    corruption: random.pick([0, 0.1]),
    corrections: 0.04,
    order: random.pick(["even", "sticky", "ranked", "ranked"]),
    demotion: { anywhere: random.pick([0.01, 0.04]), fragile: random.pick(FRAGILE) },
    crowded,
    starts: random.pick([0.1, 0.2, 0.4]),
    mix: {
      sync: crowded ? 0.3 : random.pick([2, 4, 8, 16]),
      archival: random.pick([2, 4]),
      derive: random.pick([0, 1, 2]),
      query: random.pick([0.5, 2, 4]),
      feed: crowded ? random.pick([2, 4]) : random.pick([0, 1]),
      backfill: crowded ? random.pick([3, 6, 12]) : random.pick([0, 2, 4])
    },
    leaps: crowded ? 0.002 : 0.01,
    leapMs: crowded ? [MINUTE_MS, HOUR_MS] : [10 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS, DAY_MS]
  }
}
