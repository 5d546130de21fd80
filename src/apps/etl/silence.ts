/**
 * Whether a site is silent. The points that reported last are judged, those that report often before the others, each
 * by its own interval: as its stored samples show it, or else as the source declares it.
 */
import { Effect } from "effect"
import { lagOfShare, type Lateness } from "../../domain/jobs/lateness.ts"
import {
  areSilent,
  GAPS_WANTED,
  type Reporting,
  reportingMost,
  SILENT_AFTER_MS,
  usualInterval
} from "../../domain/jobs/silence.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/time/calendar.ts"
import { Directory } from "../../ports/Directory.ts"
import { Intake } from "../../ports/Intake.ts"
import { Reads } from "../../ports/Reads.ts"

/** How far before the newest sample a point must have reported to be judged. */
const REPORTED_LAST_MS = 15 * MINUTE_MS

const POINTS_JUDGED = 16

/** How far back gaps are looked for: further where that shows too few. */
const LOOK_BACK_MS = [3 * HOUR_MS, 4 * DAY_MS]

/** More samples than this between them are points that report often. */
const MAX_SAMPLES = 200_000

/** The share of samples whose lag is usual. */
const USUAL_SHARE = 0.9

/** The intervals that stored samples show, by point; a point with too few gaps has none. */
const seenIntervals = Effect.fnUntraced(function*(site: string, points: ReadonlyArray<string>, newest: number) {
  const reads = yield* Reads
  const intervals = new Map<string, number>()
  for (const reach of LOOK_BACK_MS) {
    const unknown = points.filter((point) => !intervals.has(point))
    if (unknown.length === 0) break
    const window = { start: newest - reach, end: newest + 1 }
    const { hot } = yield* reads.snapshot(site, unknown, window, MAX_SAMPLES)
    const wanted = reach === LOOK_BACK_MS.at(-1) ? 1 : GAPS_WANTED
    for (const { point, timestamps } of hot) {
      const interval = usualInterval(timestamps)
      if (interval !== null && timestamps.length > wanted) intervals.set(point, interval)
    }
  }
  return intervals
})

const declaredIntervals = Effect.fnUntraced(function*(site: string) {
  const points = yield* (yield* Directory).points(site, "")
  return new Map(points.flatMap(({ intervalSeconds, name }) =>
    intervalSeconds === null ? [] : [[name, intervalSeconds * SECOND_MS] as const]))
})

/** Whether the site is silent at `now` whose newest sample is of the instant `newest`. */
export const isSilent = Effect.fnUntraced(function*(site: string, newest: number, lateness: Lateness, now: number) {
  if (now - newest <= SILENT_AFTER_MS) return false
  const reported = yield* (yield* Intake).recent(site, { start: newest + 1 - REPORTED_LAST_MS, end: newest + 1 })
  const judged = reportingMost(reported, POINTS_JUDGED)
  const names = judged.map(({ point }) => point)
  const seen = yield* seenIntervals(site, names, newest).pipe(
    // So many samples of so few points: they report often enough to be silent by now.
    Effect.catchTag("SnapshotTooLarge", () => Effect.succeed(new Map(names.map((name) => [name, 0]))))
  )
  const declared = seen.size === names.length ? new Map<string, number>() : yield* declaredIntervals(site)
  const points = judged.map(({ point, timestamps }): Reporting => ({
    last: timestamps.at(-1) ?? newest,
    interval: seen.get(point) ?? declared.get(point) ?? null
  }))
  // No point where the newest sample is no longer hot, which is long enough ago.
  return points.length === 0 || areSilent(points, lagOfShare(lateness, USUAL_SHARE), now)
})
