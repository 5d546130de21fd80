/**
 * The handlers of audits.
 */
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { type InvalidRange, planBackfill } from "../../../domain/jobs/backfill/job.ts"
import { DAY_MS, dayStart, formatDay } from "../../../domain/time/calendar.ts"
import { formatInstant } from "../../../domain/time/instant.ts"
import { contains, type Window } from "../../../domain/time/window.ts"
import { utc } from "../../../domain/time/zone.ts"
import type { Catalog } from "../../../ports/Catalog.ts"
import type { ColdStore } from "../../../ports/ColdStore.ts"
import type { Directory } from "../../../ports/Directory.ts"
import { JobState } from "../../../ports/JobState.ts"
import type { Reads } from "../../../ports/Reads.ts"
import type { SampleSource } from "../../../ports/SampleSource.ts"
import { BackfillApi } from "../api.ts"
import { runAnswer } from "../../http/answers.ts"
import { invalidDay, storeProblem } from "../../http/failure.ts"
import { readInstant, refuse } from "../../http/input.ts"
import { BadRequest, NotFound } from "../../http/problem.ts"
import type { Settings } from "../../settings.ts"
import type { AuditAnswer } from "./api.ts"
import { auditStep } from "./program.ts"

/** How many runs `GET /audit` shows. */
const RUNS_SHOWN = 50

interface Asked {
  readonly site_name: string
  readonly start_date: string
  readonly end_date: string
  readonly from?: string
}

/** What is left of the asked days; they are the same that can be backfilled. */
const rangeOf = Effect.fnUntraced(function*(asked: Asked, settings: Settings) {
  const now = yield* Clock.currentTimeMillis
  const request = { startDate: asked.start_date, endDate: asked.end_date, sites: [asked.site_name] }
  const plan = yield* Effect.fromResult(planBackfill(request, now, settings.maxBackfillDays))
  const range: Window = { start: dayStart(plan.startDay), end: dayStart(plan.endDay + 1) }
  if (asked.from === undefined) return range
  const from = yield* Effect.fromResult(readInstant(asked.from, "from", now, utc))
  if (contains(range, from)) return { ...range, start: from }
  return yield* Effect.fromResult(refuse("invalid_range", "from", asked.from, "from must be within the days"))
})

const step = Effect.fnUntraced(function*(asked: Asked, settings: Settings) {
  if (!settings.sites.includes(asked.site_name)) {
    return yield* new NotFound({
      code: "unknown_site",
      field: "site_name",
      detail: "this Worker does not ask for that site; SITE_NAME lists the sites that it asks for"
    })
  }
  const range = yield* rangeOf(asked, settings)
  const options = { lateMs: settings.lateDays * DAY_MS, timeoutMs: settings.processTimeoutMs }
  const { audited, days, isPointLeftOut, next, points, report } = yield* auditStep(asked.site_name, range, options)
  const answer: AuditAnswer = {
    status: report.status,
    site_name: asked.site_name,
    audited_from: formatInstant(audited.start),
    audited_to: formatInstant(audited.end),
    next: next === null ? null : formatInstant(next),
    days: days.map(({ cure, day, differing, extra, missing, sourceSamples, storedSamples }) => ({
      date: formatDay(day),
      source_samples: sourceSamples,
      stored_samples: storedSamples,
      missing,
      differing,
      extra,
      cure
    })),
    points: points.map(({ day, point, ...difference }) => ({
      date: formatDay(day),
      point_name: point,
      ...difference
    })),
    more_points: isPointLeftOut,
    run: runAnswer(report)
  }
  return answer
})

const invalidRange = ({ field, message, text }: InvalidRange) =>
  Effect.fail(new BadRequest({ code: "invalid_range", field, text, detail: message }))

export const layer = (settings: Settings) =>
  HttpApiBuilder.group(BackfillApi, "audit", (handlers) =>
    Effect.gen(function*() {
      const services = yield* Effect.context<Catalog | ColdStore | Directory | JobState | Reads | SampleSource>()
      return handlers.handleAll({
        audit: Effect.fn("audit")(
          ({ payload }) => step(payload, settings),
          Effect.catchTags({
            InvalidDay: invalidDay,
            InvalidRange: invalidRange,
            JobStateError: storeProblem
          }),
          Effect.provideContext(services)
        ),
        audits: Effect.fn("audits")(
          function*() {
            const jobs = yield* JobState
            return { runs: (yield* jobs.runs("audit", RUNS_SHOWN)).map(runAnswer) }
          },
          Effect.catchTag("JobStateError", storeProblem),
          Effect.provideContext(services)
        )
      })
    }))
