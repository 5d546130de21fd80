/**
 * The handlers that find and mend what is wrong with the archive.
 */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { dayStart, formatDay, parseDay } from "../../domain/time/calendar.ts"
import type { Catalog } from "../../ports/Catalog.ts"
import type { ColdStore } from "../../ports/ColdStore.ts"
import type { Directory } from "../../ports/Directory.ts"
import type { HotDays } from "../../ports/HotDays.ts"
import type { JobState } from "../../ports/JobState.ts"
import type { MonthStore } from "../../ports/MonthStore.ts"
import { runAnswer } from "../http/answers.ts"
import { invalidDay, storeProblem } from "../http/failure.ts"
import { BadRequest, Conflict, NotFound } from "../http/problem.ts"
import type { Settings } from "../settings.ts"
import { ArchivalApi } from "./api.ts"
import { findUnreadable, forgetDay } from "./forget.ts"
import { rebuildCatalog } from "./rebuild.ts"
import { chosenSites } from "./sites.ts"
import { verifySite } from "./verify.ts"

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

const verify = Effect.fnUntraced(
  function*({ end_date, site_name, start_date }: {
    readonly site_name: string
    readonly start_date: string
    readonly end_date: string
  }, settings: Settings) {
    yield* chosenSites(site_name)
    const first = yield* Effect.fromResult(parseDay(start_date, "start_date"))
    const last = yield* Effect.fromResult(parseDay(end_date, "end_date"))
    if (last < first) {
      const detail = `end_date is before start_date ${start_date}`
      return yield* new BadRequest({ code: "invalid_range", field: "end_date", text: end_date, detail })
    }
    const window = { start: dayStart(first), end: dayStart(last + 1) }
    const { findings, next, objects, samples } = yield* verifySite(site_name, window, {
      hotDays: settings.hotDays,
      timeoutMs: settings.processTimeoutMs
    })
    return {
      site_name,
      status: findings.length === 0 ? "sound" as const : "damaged" as const,
      objects,
      samples,
      findings: findings.map(({ day, detail, kind, subject }) => ({ kind, day: formatDay(day), subject, detail })),
      next_date: next === null ? null : formatDay(next)
    }
  },
  Effect.catchTag("InvalidDay", invalidDay)
)

export const repairs = (settings: Settings) =>
  HttpApiBuilder.group(ArchivalApi, "repair", (handlers) =>
    Effect.gen(function*() {
      const services = yield* Effect.context<Directory | HotDays | Catalog | ColdStore | MonthStore | JobState>()
      return handlers.handleAll({
        forget: Effect.fn("forget")(
          ({ query }) => forget(query),
          Effect.catchTags({ HotStoreError: storeProblem, ColdStoreError: storeProblem, JobStateError: storeProblem }),
          Effect.provideContext(services)
        ),
        verify: Effect.fn("verify")(
          ({ query }) => verify(query, settings),
          Effect.catchTags({
            HotStoreError: storeProblem,
            ColdStoreError: storeProblem,
            MonthStoreError: storeProblem
          }),
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
        )
      })
    }))
