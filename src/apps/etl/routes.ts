/**
 * The handlers of the etl Worker's API.
 */
import { Clock, Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { countedSamples, lagOfShare, type Lateness, startLateness } from "../../domain/jobs/lateness.ts"
import { gapsOf, readBefore } from "../../domain/jobs/read-so-far.ts"
import { DAY_MS, formatDay, MINUTE_MS } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import type { Window } from "../../domain/time/window.ts"
import type { Catalog } from "../../ports/Catalog.ts"
import { Directory } from "../../ports/Directory.ts"
import type { HotDays } from "../../ports/HotDays.ts"
import type { Intake } from "../../ports/Intake.ts"
import { JobState } from "../../ports/JobState.ts"
import type { Reads } from "../../ports/Reads.ts"
import type { SampleSource } from "../../ports/SampleSource.ts"
import { runAnswer, worstOf } from "../http/answers.ts"
import { storeProblem } from "../http/failure.ts"
import { NotFound } from "../http/problem.ts"
import { routesOf } from "../http/serve.ts"
import type { Settings } from "../settings.ts"
import { makeHealth } from "../status/health.ts"
import { EtlApi } from "./api.ts"
import { syncAll } from "./program.ts"

/** How many runs `/stats` shows. */
const RUNS_SHOWN = 50

export const syncOptions = (settings: Settings) => ({
  overlapMs: settings.syncOverlapMinutes * MINUTE_MS,
  lateMs: settings.lateDays * DAY_MS,
  timeoutMs: settings.processTimeoutMs
})

const siteStats = Effect.fnUntraced(function*(site: string) {
  const directory = yield* Directory
  const jobs = yield* JobState
  const stats = yield* directory.stats(site)
  const syncedThrough = yield* jobs.watermark({ kind: "synced", site })
  const remembered = Option.getOrUndefined(yield* jobs.rereading(site))
  const lateness = remembered?.lateness ?? startLateness
  return {
    site_name: site,
    synced_through: Option.getOrNull(Option.map(syncedThrough, formatInstant)),
    behind: yield* behindOf(site, Option.getOrNull(syncedThrough), remembered?.ahead ?? []),
    points: stats.points,
    hot_days: stats.hot.days,
    oldest_hot_day: stats.hot.oldest === null ? null : formatDay(stats.hot.oldest),
    newest_hot_day: stats.hot.newest === null ? null : formatDay(stats.hot.newest),
    chunks: stats.hot.compacted.records,
    chunk_bytes: stats.hot.compacted.bytes,
    tail_rows: stats.hot.pending.records,
    tail_bytes: stats.hot.pending.bytes,
    cold_days: stats.cold.days,
    cold_rows: stats.cold.samples,
    cold_bytes: stats.cold.bytes,
    lag: lagStats(lateness),
    lagging_points: lateness.points.map(({ lag, point, seenAt }) => ({
      point_name: point,
      lag_minutes: minutes(lag),
      seen_at: formatInstant(seenAt)
    }))
  }
})

/** The gaps that syncs have still to fill; those of a site without a watermark are after its first day's start. */
const behindOf = Effect.fnUntraced(function*(site: string, watermark: number | null, ahead: ReadonlyArray<Window>) {
  const started = yield* (yield* JobState).watermark({ kind: "started", site })
  const now = yield* Clock.currentTimeMillis
  const read = readBefore(watermark, Option.getOrElse(started, () => now), ahead, now, 0)
  return gapsOf(read).map(({ end, start }) => ({ start_time: formatInstant(start), end_time: formatInstant(end) }))
})

const minutes = (ms: number): number => Math.round(ms / MINUTE_MS)

const lagStats = (lateness: Lateness) => {
  const samples = countedSamples(lateness)
  return samples === 0 ? null : {
    samples,
    p50_minutes: minutes(lagOfShare(lateness, 0.5)),
    p95_minutes: minutes(lagOfShare(lateness, 0.95)),
    max_minutes: minutes(lateness.longest)
  }
}

const handlers = (settings: Settings) =>
  HttpApiBuilder.group(EtlApi, "etl", (handlers) =>
    Effect.gen(function*() {
      const services = yield* Effect.context<Intake | HotDays | Catalog | Directory | Reads | JobState | SampleSource>()
      const health = yield* makeHealth(settings)
      return handlers.handleAll({
        trigger: Effect.fn("trigger")(
          function*({ query }) {
            const { site_name } = query
            if (site_name !== undefined && !settings.sites.includes(site_name)) {
              return yield* new NotFound({
                code: "unknown_site",
                field: "site_name",
                detail: "this Worker does not sync that site; SITE_NAME lists the sites that it syncs"
              })
            }
            const sites = site_name === undefined ? settings.sites : [site_name]
            const reports = yield* syncAll(sites, syncOptions(settings))
            return { status: worstOf(reports), runs: reports.map(runAnswer) }
          },
          Effect.catchTag("JobStateError", storeProblem),
          Effect.provideContext(services)
        ),
        stats: Effect.fn("stats")(
          function*() {
            const jobs = yield* JobState
            const sites = yield* Effect.forEach(settings.sites, siteStats)
            return { sites, runs: (yield* jobs.runs("sync", RUNS_SHOWN)).map(runAnswer) }
          },
          Effect.catchTags({ HotStoreError: storeProblem, JobStateError: storeProblem }),
          Effect.provideContext(services)
        ),
        health
      })
    }))

export const layer = (settings: Settings) => routesOf(EtlApi, handlers(settings), settings)
