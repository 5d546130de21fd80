/**
 * Sends requests to the Workers over HTTP, with the development key.
 */
import { Effect, Schema } from "effect"
import { LocalError } from "./error.ts"
import { DEVELOPMENT_KEY } from "./runtime.ts"

export interface Question<A> {
  readonly method?: "GET" | "POST"
  readonly url: string
  readonly body?: object
  /** The fields that the answer must have; others are ignored. */
  readonly answer: Schema.Codec<A, unknown>
}

/** Fails with the answer's text if the Worker refuses. */
export const ask = Effect.fnUntraced(function*<A>({ answer, body, method = "GET", url }: Question<A>) {
  const fail = (cause: unknown) => new LocalError({ operation: method, subject: url, cause })
  const text = yield* Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(url, {
        method,
        signal,
        headers: { authorization: `Bearer ${DEVELOPMENT_KEY}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const said = await response.text()
      if (!response.ok) throw new Error(`status ${response.status}: ${said}`)
      return said
    },
    catch: fail
  })
  return yield* Effect.mapError(Schema.decodeEffect(Schema.fromJsonString(answer))(text), fail)
})
