/**
 * The answer of a query as an HTTP response: in one piece where it is small, as a stream otherwise.
 */
import { Effect, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { formatInstant } from "../../domain/instant.ts"
import { type Encoder, makeEncoder, type Tail } from "./encode.ts"
import { CONTENT_TYPES, type Format } from "./format.ts"
import type { QueryRequest, QueryRun } from "./program.ts"

/** Rows up to which an answer is made in one piece. */
const SMALL_ANSWER = 50_000

export interface Form {
  readonly format: Exclude<Format, "parquet">
  readonly layout: "rows" | "columns"
  readonly explain: boolean
}

const tailOf = <E>(run: QueryRun<E>, { window }: QueryRequest, explain: boolean): Effect.Effect<Tail> =>
  Effect.all([run.metadata, run.explanation]).pipe(
    Effect.map(([metadata, explanation]) => ({
      metadata: { ...metadata, start_time: formatInstant(window.start), end_time: formatInstant(window.end) },
      ...(explain ? { explain: explanation } : {})
    }))
  )

const textOf = <E>(run: QueryRun<E>, encoder: Encoder, tail: Effect.Effect<Tail>): Stream.Stream<string, E> =>
  Stream.make(encoder.head).pipe(
    Stream.concat(Stream.flatMap(run.series, (answer) => Stream.fromIterable(encoder.point(answer), { chunkSize: 1 }))),
    Stream.concat(Stream.fromEffect(Effect.map(tail, encoder.tail)))
  )

/**
 * What an answer says of itself in headers too, for formats that have no room for it. `x-source` names the tiers that
 * were read first where the answer is a stream.
 */
const headersOf = Effect.fnUntraced(function*<E>(run: QueryRun<E>) {
  const { column_ms, resolution, source, truncated } = yield* run.metadata
  return {
    "x-resolution": resolution,
    "x-truncated": String(truncated),
    "x-source": source,
    ...(column_ms === null ? {} : { "x-column-ms": String(column_ms) }),
    ...(run.unknown.length === 0 ? {} : { "x-unknown-points": String(run.unknown.length) })
  }
})

export const respond = Effect.fnUntraced(function*<E>(request: QueryRequest, run: QueryRun<E>, form: Form) {
  const { explain, format, layout } = form
  const encoder = makeEncoder(format, layout, { ...run, site: request.site })
  const text = textOf(run, encoder, tailOf(run, request, explain))
  const headers = yield* headersOf(run)
  const options = { contentType: CONTENT_TYPES[format], headers }
  const { returned_samples } = yield* run.metadata
  if (!run.complete || returned_samples > SMALL_ANSWER) {
    return HttpServerResponse.stream(Stream.encodeText(text), options)
  }
  return HttpServerResponse.uint8Array(
    new TextEncoder().encode((yield* Stream.runCollect(text)).join("")),
    options
  )
})
