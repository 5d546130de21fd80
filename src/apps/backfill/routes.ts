/**
 * The handlers of the backfill Worker's API.
 */
import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import type { InvalidRange } from "../../domain/jobs/backfill/job.ts"
import type { JobConflict, JobState } from "../../ports/JobState.ts"
import type { StepQueue } from "../../ports/StepQueue.ts"
import * as Audit from "./audit/routes.ts"
import { OPENAPI_PATH } from "../http/edge.ts"
import { invalidDay, storeProblem } from "../http/failure.ts"
import { BadRequest, Conflict, NotFound } from "../http/problem.ts"
import { routesOf } from "../http/serve.ts"
import type { Settings } from "../settings.ts"
import { makeHealth } from "../status/health.ts"
import { progressAnswer, startedAnswer } from "./answers.ts"
import { BackfillApi } from "./api.ts"
import * as Backfill from "./program.ts"

const badRange = (error: InvalidRange) =>
  Effect.fail(new BadRequest({ code: "invalid_range", field: error.field, text: error.text, detail: error.message }))

const alreadyRunning = (error: Backfill.BackfillRunning) =>
  Effect.fail(new Conflict({ code: "job_live", detail: error.message }))

const lostRace = (_: JobConflict) =>
  Effect.fail(new Conflict({ code: "job_live", detail: "another request is changing the job; ask for its status" }))

const noJob = (error: Backfill.NoBackfill) => Effect.fail(new NotFound({ code: "no_job", detail: error.message }))

const jobEnded = (error: Backfill.BackfillEnded) =>
  Effect.fail(new Conflict({ code: "job_ended", detail: error.message }))

const ENDPOINTS = [
  "GET /health",
  "POST /backfill/start {start_date, end_date, force_restart?}",
  "GET /backfill/status",
  "POST /backfill/cancel",
  "POST /backfill/resume",
  "POST /audit {site_name, start_date, end_date, from?}",
  "GET /audit",
  `GET ${OPENAPI_PATH}`
]

const handlers = (settings: Settings) =>
  HttpApiBuilder.group(BackfillApi, "backfill", (handlers) =>
    Effect.gen(function*() {
      const services = yield* Effect.context<JobState | StepQueue>()
      const health = yield* makeHealth(settings)
      return handlers.handleAll({
        start: Effect.fn("start")(
          ({ payload }) =>
            Backfill.start({
              startDate: payload.start_date,
              endDate: payload.end_date,
              forceRestart: payload.force_restart ?? false
            }, { sites: settings.sites, maxDays: settings.maxBackfillDays }),
          Effect.map(startedAnswer),
          Effect.catchTags({
            InvalidDay: invalidDay,
            InvalidRange: badRange,
            BackfillRunning: alreadyRunning,
            JobConflict: lostRace,
            JobStateError: storeProblem,
            StepQueueError: storeProblem
          }),
          Effect.provideContext(services)
        ),
        cancel: Effect.fn("cancel")(
          () => Effect.map(Backfill.cancel(), (job) => ({ status: "cancelled" as const, backfill_id: job.id })),
          Effect.catchTags({
            NoBackfill: noJob,
            BackfillEnded: jobEnded,
            JobConflict: lostRace,
            JobStateError: storeProblem
          }),
          Effect.provideContext(services)
        ),
        resume: Effect.fn("resume")(
          () => Backfill.resume(),
          Effect.map(startedAnswer),
          Effect.catchTags({
            BackfillRunning: alreadyRunning,
            NoBackfill: noJob,
            BackfillEnded: jobEnded,
            JobConflict: lostRace,
            JobStateError: storeProblem,
            StepQueueError: storeProblem
          }),
          Effect.provideContext(services)
        ),
        status: Effect.fn("status")(
          function*() {
            const found = yield* Backfill.status
            return found === null ? { status: "not_started" as const } : progressAnswer(found)
          },
          Effect.catchTag("JobStateError", storeProblem),
          Effect.provideContext(services)
        ),
        index: () => Effect.succeed({ service: "backfill", endpoints: ENDPOINTS }),
        health
      })
    }))

export const layer = (settings: Settings) =>
  routesOf(BackfillApi, Layer.merge(handlers(settings), Audit.layer(settings)), settings)
