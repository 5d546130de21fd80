/**
 * Corrections: of two values of one instant the one that was read from the source later counts, also where the earlier
 * one is hot and the later one goes straight to the cold tier.
 */
import { Effect, Option, Stream } from "effect"
import { correctedColumns } from "../domain/samples/merge.ts"
import { emptyColumns, type Series, windowOfSamples } from "../domain/samples/series.ts"
import type { DayState } from "../domain/jobs/backfill/job.ts"
import { earliestAsked } from "../domain/jobs/sync-plan.ts"
import type { Day } from "../domain/time/calendar.ts"
import { windowOfDay } from "../domain/time/window.ts"
import type { Corrections } from "../ports/Catalog.ts"
import { ColdStore } from "../ports/ColdStore.ts"
import { HotDays } from "../ports/HotDays.ts"
import { JobState } from "../ports/JobState.ts"
import { Reads } from "../ports/Reads.ts"

/** Points whose hot samples are compared at a time. */
const POINTS_AT_ONCE = 16

/** How the day stands now. */
export const stateOfDay = Effect.fnUntraced(function*(site: string, day: Day, now: number) {
  const watermark = yield* (yield* JobState).watermark({ kind: "synced", site })
  const live = yield* (yield* ColdStore).head(site, day)
  const hot = (yield* (yield* HotDays).list(site)).find((one) => one.day === day)
  const state: DayState = {
    etag: Option.match(live, { onNone: () => null, onSome: ({ etag }) => etag }),
    hotGeneration: hot?.generation ?? 0,
    isSynced: windowOfDay(day).end > earliestAsked(Option.getOrNull(watermark), now)
  }
  return state
})

/** What the hot tier must be told of series that were read since the day stood so. */
export const correctionsSince = <E, R>(
  { hotGeneration, isSynced }: DayState,
  site: string,
  series: Stream.Stream<Series, E, R>
) =>
  Effect.map(
    hotGeneration === 0 ? Effect.succeed([]) : findCorrections(site, series),
    (found): Corrections => ({ generation: hotGeneration, series: found, fencesSync: isSynced })
  )

/** The samples of the series that are hot with another value. */
const findCorrections = <E, R>(site: string, series: Stream.Stream<Series, E, R>) =>
  series.pipe(
    Stream.grouped(POINTS_AT_ONCE),
    Stream.mapEffect(Effect.fnUntraced(function*(group: ReadonlyArray<Series>) {
      const window = windowOfSamples(group)
      if (window === null) return []
      const { hot } = yield* (yield* Reads).snapshot(site, group.map(({ point }) => point), window)
      const stored = new Map(hot.map((one) => [one.point, one]))
      return group
        .map((one): Series => ({ point: one.point, ...correctedColumns(one, stored.get(one.point) ?? emptyColumns) }))
        .filter(({ timestamps }) => timestamps.length > 0)
    })),
    Stream.runCollect,
    // No limit was given.
    Effect.catchTag("SnapshotTooLarge", (error) => Effect.die(error)),
    Effect.map((groups) => groups.flat())
  )
