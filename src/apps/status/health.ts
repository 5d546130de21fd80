/**
 * `GET /health` of every Worker: the verdict on the whole system, open to everybody.
 *
 * It is remembered for some seconds, so that whoever asks often costs no rows.
 */
import { Clock, Context, Effect, Option, Schema, Scope } from "effect"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { judge, type Reason, type Verdict, verdictOf } from "../../domain/jobs/health.ts"
import { SECOND_MS } from "../../domain/time/calendar.ts"
import { ColdStore } from "../../ports/ColdStore.ts"
import type { Directory } from "../../ports/Directory.ts"
import type { JobState } from "../../ports/JobState.ts"
import { SchemaCheck } from "../../ports/HotStore.ts"
import { ANYWHERE } from "../http/problem.ts"
import type { Settings } from "../settings.ts"
import { Reasons } from "./answers.ts"
import { gatherFacts } from "./facts.ts"

const REMEMBERED_MS = 15 * SECOND_MS

const Working = Schema.Struct({ status: Schema.Literals(["healthy", "degraded"]), reasons: Reasons })

const Failing = Schema.Struct({ status: Schema.Literal("unhealthy"), reasons: Reasons })

/** Added to an API outside of its guards: it answers also where the schema is not the right one. */
export const health = HttpApiEndpoint.get("health", "/health", {
  success: [Working, Failing.pipe(HttpApiSchema.status(503))],
  error: ANYWHERE
}).annotate(OpenApi.Summary, "Whether the whole system does its work, and why not")

/** The answer, with the status that belongs to it. */
const answerOf = ({ reasons, status }: Verdict): typeof Working.Type | typeof Failing.Type =>
  status === "unhealthy" ? Failing.make({ status, reasons }) : Working.make({ status, reasons })

const unhealthy = Effect.fnUntraced(function*(reason: Reason, error: Error) {
  yield* Effect.logError(error.message, error)
  return verdictOf([reason])
})

const storeFailed = (error: Error) =>
  unhealthy({ code: "store_unavailable", detail: "a store does not answer" }, error)

const examine = Effect.fnUntraced(function*(settings: Settings) {
  const now = yield* Clock.currentTimeMillis
  yield* (yield* SchemaCheck).check
  const cold = yield* Effect.serviceOption(ColdStore)
  // Whether the bucket answers; no day is as old as this one.
  if (Option.isSome(cold)) yield* cold.value.head("health", 0)
  return judge(yield* gatherFacts(settings.sites), settings.hotDays, now)
}, Effect.catchTags({
  HotStoreError: storeFailed,
  ColdStoreError: storeFailed,
  JobStateError: storeFailed,
  WrongSchema: (error) =>
    unhealthy({ code: "schema_not_ready", detail: "the database does not have the schema of this version" }, error)
}))

/** Makes the handler of {@link health}, which has a memory of its own. */
export const makeHealth = Effect.fnUntraced(function*(settings: Settings) {
  const services = Context.omit(Scope.Scope)(yield* Effect.context<Directory | JobState | SchemaCheck>())
  let known: { readonly at: number; readonly verdict: Verdict } | null = null
  return Effect.fn("health")(function*() {
    const now = yield* Clock.currentTimeMillis
    if (known === null || now - known.at >= REMEMBERED_MS) {
      known = { at: now, verdict: yield* examine(settings) }
    }
    return answerOf(known.verdict)
  }, Effect.provideContext(services))
})
