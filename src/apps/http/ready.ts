/**
 * A Worker whose database does not have the schema that it needs answers every request with that problem.
 */
import { Effect, Layer } from "effect"
import { HttpApiMiddleware } from "effect/http-api"
import { SchemaCheck, type WrongSchema } from "../../ports/HotStore.ts"
import { storeProblem } from "./failure.ts"
import { ANYWHERE, Unavailable } from "./problem.ts"

/** Lets requests pass once the schema is checked. It guards every endpoint, so it declares what all may answer. */
export class Ready extends HttpApiMiddleware.Service<Ready>()("building-vitals/http/Ready", { error: ANYWHERE }) {}

const schemaProblem = Effect.fnUntraced(function*(error: WrongSchema) {
  yield* Effect.logError(error.message, error)
  return yield* new Unavailable({
    code: "schema_not_ready",
    detail: "the database does not have the schema that this version needs; apply the migrations"
  })
})

export const layer: Layer.Layer<Ready, never, SchemaCheck> = Layer.effect(
  Ready,
  Effect.gen(function*() {
    const schema = yield* SchemaCheck
    // Checked at the first request, because a Worker may do no I/O while it starts. Only a success is remembered.
    let ready = false
    const check = schema.check.pipe(
      Effect.tap(() => Effect.sync(() => ready = true)),
      Effect.catchTags({ HotStoreError: storeProblem, WrongSchema: schemaProblem })
    )
    return (next) => Effect.suspend(() => ready ? next : Effect.andThen(check, next))
  })
)
