/**
 * A Worker whose database has not the schema it was built for answers nothing but that.
 */
import { Effect, Layer } from "effect"
import { HttpApiMiddleware } from "effect/http-api"
import { SchemaCheck } from "../../ports/SchemaCheck.ts"
import { ANYWHERE, Unavailable } from "./problem.ts"

/** Lets a request pass once the schema has been found right. It guards every endpoint, so it declares what all may answer. */
export class Ready extends HttpApiMiddleware.Service<Ready>()("building-vitals/http/Ready", { error: ANYWHERE }) {}

export const layer: Layer.Layer<Ready, never, SchemaCheck> = Layer.effect(
  Ready,
  Effect.gen(function*() {
    const schema = yield* SchemaCheck
    // Asked at first use, because nothing may do I/O while a Worker starts; only a success is remembered.
    let ready = false
    const check = schema.check.pipe(
      Effect.tap(() => Effect.sync(() => ready = true)),
      Effect.tapError((error) => Effect.logError(error.message, error)),
      Effect.mapError(() =>
        new Unavailable({
          code: "schema_not_ready",
          detail: "the database has not the schema this version needs; apply the migrations"
        })
      )
    )
    return (next) => Effect.suspend(() => ready ? next : Effect.andThen(check, next))
  })
)
