/**
 * The handlers of the archival Worker's API, and what its crons do.
 */
import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { formatDay } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { Catalog } from "../../ports/Catalog.ts"
import type { ColdStore } from "../../ports/ColdStore.ts"
import { Directory } from "../../ports/Directory.ts"
import type { HotDays } from "../../ports/HotDays.ts"
import type { MonthStore } from "../../ports/MonthStore.ts"
import { JobState } from "../../ports/JobState.ts"
import { runAnswer, worstOf } from "../http/answers.ts"
import { storeProblem } from "../http/failure.ts"
import { routesOf } from "../http/serve.ts"
import type { Settings } from "../settings.ts"
import { makeHealth } from "../status/health.ts"
import { ArchivalApi } from "./api.ts"
import { adoptArchives } from "./adopt.ts"
import { deriveAll, type DeriveOptions } from "./derive.ts"
import { takeInventory } from "./inventory.ts"
import { archiveAll, type ArchiveOptions, planSite } from "./program.ts"
import { repairs } from "./repair-routes.ts"
import { chosenSites } from "./sites.ts"

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

/** Compares the bucket with the catalog of every site. */
const inventoryOfEverySite = Effect.gen(function*() {
  const directory = yield* Directory
  return yield* takeInventory(yield* directory.sites)
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
  cron === DERIVE_CRON ? deriveEverySite(settings) : Effect.andThen(archiveEverySite(settings), inventoryOfEverySite)

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

const handlers = (settings: Settings) =>
  HttpApiBuilder.group(ArchivalApi, "archival", (handlers) =>
    Effect.gen(function*() {
      const services = yield* Effect.context<Directory | HotDays | Catalog | ColdStore | MonthStore | JobState>()
      const health = yield* makeHealth(settings)
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
          ({ query }) =>
            adoptArchives({
              rewrite: query.rewrite === "true",
              retry: query.retry === "true",
              timeoutMs: settings.processTimeoutMs
            }),
          Effect.catchTags({ ColdStoreError: storeProblem, HotStoreError: storeProblem }),
          Effect.provideContext(services)
        ),
        status: Effect.fn("status")(
          function*() {
            const directory = yield* Directory
            const jobs = yield* JobState
            const plans = yield* Effect.forEach(yield* directory.sites, (site) => sitePlan(site, settings))
            const archived = yield* jobs.runs("archival", RUNS_SHOWN)
            const derived = yield* jobs.runs("derive", RUNS_SHOWN)
            const compared = yield* jobs.runs("inventory", RUNS_SHOWN)
            const runs = [...archived, ...derived, ...compared].sort((a, b) => b.startedAt - a.startedAt)
            const refused = (yield* (yield* Catalog).refusals).map(({ key, reason }) => ({ key, reason }))
            return { plans, runs: runs.map(runAnswer), refused }
          },
          Effect.catchTags({ HotStoreError: storeProblem, JobStateError: storeProblem }),
          Effect.provideContext(services)
        ),
        health
      })
    }))

export const layer = (settings: Settings) =>
  routesOf(ArchivalApi, Layer.merge(handlers(settings), repairs(settings)), settings)
