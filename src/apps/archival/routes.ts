/**
 * The handlers of the archival Worker's API, and what its crons do.
 */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { formatDay, parseDay } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import type { Catalog } from "../../ports/Catalog.ts"
import type { ColdStore } from "../../ports/ColdStore.ts"
import { Directory } from "../../ports/Directory.ts"
import type { HotDays } from "../../ports/HotDays.ts"
import type { MonthStore } from "../../ports/MonthStore.ts"
import { JobState } from "../../ports/JobState.ts"
import { healthy, runAnswer, worstOf } from "../http/answers.ts"
import { invalidDay, storeProblem } from "../http/failure.ts"
import { Conflict, NotFound } from "../http/problem.ts"
import { routesOf } from "../http/serve.ts"
import type { Settings } from "../settings.ts"
import { ArchivalApi } from "./api.ts"
import { adoptArchives } from "./adopt.ts"
import { deriveAll, type DeriveOptions } from "./derive.ts"
import { findUnreadable, forgetDay } from "./forget.ts"
import { archiveAll, type ArchiveOptions, planSite } from "./program.ts"
import { rebuildCatalog } from "./rebuild.ts"

/** How many runs `/archive/status` shows. */
const RUNS_SHOWN = 50

/** How many days one run may move: a site that is weeks behind catches up in a few nights, not in one long run. */
const MAX_DAYS = 31

const archiveOptions = (settings: Settings): ArchiveOptions => ({
  hotDays: settings.hotDays,
  maxDays: MAX_DAYS,
  timeoutMs: settings.processTimeoutMs
})

/** Archives every site that the hot store knows, even if it is not synced any more. */
export const archiveEverySite = Effect.fn("archiveEverySite")(function*(settings: Settings) {
  const directory = yield* Directory
  return yield* archiveAll(yield* directory.sites, archiveOptions(settings))
})

/** Makes the due months of every site. */
const deriveEverySite = Effect.fn("deriveEverySite")(function*(settings: Settings) {
  const directory = yield* Directory
  return yield* deriveAll(yield* directory.sites, deriveOptions(settings))
})

const deriveOptions = (settings: Settings): DeriveOptions => ({
  hotDays: settings.hotDays,
  timeoutMs: settings.processTimeoutMs
})

/** The cron that derives. Every other one archives, so that a changed schedule never stops the archival. */
const DERIVE_CRON = "30 * * * *"

export const onCron = (settings: Settings, cron: string) =>
  cron === DERIVE_CRON ? deriveEverySite(settings) : archiveEverySite(settings)

const sitePlan = Effect.fnUntraced(function*(site: string, settings: Settings) {
  const plan = yield* planSite(site, archiveOptions(settings))
  return {
    site_name: site,
    boundary: formatInstant(plan.boundary),
    due_days: plan.due.map(formatDay),
    postponed_days: plan.postponed.map(formatDay),
    oldest_hot_day: plan.oldestHotDay === null ? null : formatDay(plan.oldestHotDay)
  }
})

const chosenSites = Effect.fnUntraced(function*(site: string | undefined) {
  const directory = yield* Directory
  const sites = yield* directory.sites
  if (site === undefined) return sites
  if (sites.includes(site)) return [site]
  return yield* new NotFound({
    code: "unknown_site",
    field: "site_name",
    text: site.slice(0, 100),
    detail: "there is no such site"
  })
})

const forget = Effect.fnUntraced(
  function*({ day, dry_run, site_name }: {
    readonly site_name: string
    readonly day: string
    readonly dry_run?: string
  }) {
    yield* chosenSites(site_name)
    const found = yield* findUnreadable(site_name, yield* Effect.fromResult(parseDay(day, "day")))
    const run = dry_run === "true" ? null : runAnswer(yield* forgetDay(found))
    const { points, rows } = found.object
    return { site_name, day, samples: rows, points, reason: found.reason, run }
  },
  Effect.catchTags({
    InvalidDay: invalidDay,
    NotForgettable: ({ message, reason }) =>
      Effect.fail(
        reason === "absent"
          ? new NotFound({ code: "day_not_archived", field: "day", detail: message })
          : new Conflict({ code: "day_readable", field: "day", detail: message })
      )
  })
)

const handlers = (settings: Settings) =>
  HttpApiBuilder.group(ArchivalApi, "archival", (handlers) =>
    Effect.gen(function*() {
      const services = yield* Effect.context<Directory | HotDays | Catalog | ColdStore | MonthStore | JobState>()
      return handlers.handleAll({
        run: Effect.fn("run")(
          function*({ payload, query }) {
            const sites = yield* chosenSites(payload?.site_name ?? query.site_name)
            if (query.dry_run === "true" || payload?.dry_run === true) {
              const plans = yield* Effect.forEach(sites, (site) => sitePlan(site, settings))
              return { status: "dry_run" as const, dry_run: true, runs: [], plans }
            }
            const reports = yield* archiveAll(sites, archiveOptions(settings))
            return { status: worstOf(reports), dry_run: false, runs: reports.map(runAnswer), plans: [] }
          },
          Effect.catchTags({ HotStoreError: storeProblem, JobStateError: storeProblem }),
          Effect.provideContext(services)
        ),
        derive: Effect.fn("derive")(
          function*({ query }) {
            const sites = yield* chosenSites(query.site_name)
            const reports = yield* deriveAll(sites, deriveOptions(settings))
            return { status: worstOf(reports), runs: reports.map(runAnswer) }
          },
          Effect.catchTags({ HotStoreError: storeProblem, JobStateError: storeProblem }),
          Effect.provideContext(services)
        ),
        adopt: Effect.fn("adopt")(
          ({ query }) => adoptArchives({ rewrite: query.rewrite === "true", timeoutMs: settings.processTimeoutMs }),
          Effect.catchTag("ColdStoreError", storeProblem),
          Effect.provideContext(services)
        ),
        forget: Effect.fn("forget")(
          ({ query }) => forget(query),
          Effect.catchTags({ HotStoreError: storeProblem, ColdStoreError: storeProblem, JobStateError: storeProblem }),
          Effect.provideContext(services)
        ),
        rebuild: Effect.fn("rebuild")(
          ({ query }) => rebuildCatalog({ rescan: query.rescan === "true" }),
          Effect.catchTags({
            HotStoreError: storeProblem,
            ColdStoreError: storeProblem,
            StalePartition: () =>
              Effect.fail(new Conflict({ code: "partition_busy", detail: "another run is changing a day; try later" }))
          }),
          Effect.provideContext(services)
        ),
        status: Effect.fn("status")(
          function*() {
            const directory = yield* Directory
            const jobs = yield* JobState
            const plans = yield* Effect.forEach(yield* directory.sites, (site) => sitePlan(site, settings))
            const archived = yield* jobs.runs("archival", RUNS_SHOWN)
            const derived = yield* jobs.runs("derive", RUNS_SHOWN)
            const runs = [...archived, ...derived].sort((a, b) => b.startedAt - a.startedAt)
            return { plans, runs: runs.map(runAnswer) }
          },
          Effect.catchTags({ HotStoreError: storeProblem, JobStateError: storeProblem }),
          Effect.provideContext(services)
        ),
        health: () => healthy
      })
    }))

export const layer = (settings: Settings) => routesOf(ArchivalApi, handlers(settings), settings)
