/**
 * How late the samples of a site come: counted by class as syncs find them, with the points that lag most.
 */
import type { Series } from "../samples/series.ts"
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS } from "../time/calendar.ts"

/** Upper ends of the classes of lags that are counted, ms; the last class has none. */
export const LAG_CLASSES_MS = [
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  ...[1, 2, 3, 4, 6, 8, 12, 16, 24, 36, 48, 72, 96, 168, 336].map((hours) => hours * HOUR_MS)
]

/** A point whose samples come later than this is one that lags. */
export const LAGGING_AFTER_MS = HOUR_MS
export const MAX_LAGGING_POINTS = 10

/** For so long the longest lag and the points that lag are remembered. */
const REMEMBERED_MS = 7 * DAY_MS

export interface LaggingPoint {
  readonly point: string
  /** The longest lag of its samples, ms. */
  readonly lag: number
  /** When a sample of it last came late, ms. */
  readonly seenAt: number
}

export interface Lateness {
  /** When the source was last asked for everything up to the present, ms; null before that. */
  readonly askedAt: number | null
  /** Samples by how late they were, by class; halved each day. */
  readonly lags: ReadonlyArray<number>
  /** When samples were last counted, ms. */
  readonly countedAt: number
  readonly longest: number
  readonly longestAt: number
  /** Those that lag most, the longest lag first. */
  readonly points: ReadonlyArray<LaggingPoint>
}

export const startLateness: Lateness = {
  askedAt: null,
  lags: [...LAG_CLASSES_MS, Infinity].map(() => 0),
  countedAt: 0,
  longest: 0,
  longestAt: 0,
  points: []
}

const classOf = (lag: number): number => {
  let at = 0
  while (at < LAG_CLASSES_MS.length && lag > (LAG_CLASSES_MS[at] as number)) at++
  return at
}

/**
 * Counts samples that were found at `now`.
 *
 * @param missedAt when the source was last asked in vain, ms: a lag is counted up to then, so that a sync that did not
 * run makes no sample late
 */
export const countLags = (
  lateness: Lateness,
  series: ReadonlyArray<Series>,
  missedAt: number,
  now: number
): Lateness => {
  const days = Math.max(0, dayOf(now) - dayOf(lateness.countedAt))
  const lags = lateness.lags.map((count) => Math.floor(count / 2 ** days))
  const lagging: Array<LaggingPoint> = []
  let longest = 0
  for (const { point, timestamps } of series) {
    for (const at of timestamps) {
      const place = classOf(missedAt - at)
      lags[place] = (lags[place] ?? 0) + 1
    }
    const lag = missedAt - (timestamps[0] ?? missedAt)
    longest = Math.max(longest, lag)
    if (lag > LAGGING_AFTER_MS) lagging.push({ point, lag, seenAt: now })
  }
  const isRemembered = now - lateness.longestAt < REMEMBERED_MS && lateness.longest > longest
  return {
    askedAt: lateness.askedAt,
    lags,
    countedAt: now,
    longest: isRemembered ? lateness.longest : longest,
    longestAt: isRemembered ? lateness.longestAt : now,
    points: worstPoints([...lateness.points, ...lagging], now)
  }
}

const worstPoints = (seen: ReadonlyArray<LaggingPoint>, now: number): ReadonlyArray<LaggingPoint> => {
  const byPoint = new Map<string, LaggingPoint>()
  for (const one of seen) {
    if (now - one.seenAt >= REMEMBERED_MS) continue
    const lag = Math.max(one.lag, byPoint.get(one.point)?.lag ?? 0)
    byPoint.set(one.point, { ...one, lag })
  }
  return [...byPoint.values()].sort((a, b) => b.lag - a.lag || b.seenAt - a.seenAt).slice(0, MAX_LAGGING_POINTS)
}

export const countedSamples = ({ lags }: Lateness): number => lags.reduce((sum, count) => sum + count, 0)

/** A lag that such a share of the samples does not exceed, as far as classes tell, ms; 0 where none were counted. */
export const lagOfShare = (lateness: Lateness, share: number): number => {
  const needed = share * countedSamples(lateness)
  let passed = 0
  for (const [i, count] of lateness.lags.entries()) {
    passed += count
    if (passed > 0 && passed >= needed) {
      return Math.min(LAG_CLASSES_MS[i] ?? Infinity, Math.max(lateness.longest, LAG_CLASSES_MS[i - 1] ?? 0))
    }
  }
  return 0
}
