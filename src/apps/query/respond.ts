/**
 * The answer of a query as an HTTP response: in one piece where it is small, as a stream otherwise.
 */
import { Effect, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { formatInstant } from "../../domain/time/instant.ts"
import { AnswerFile } from "../../ports/AnswerFile.ts"
import { makeEncoder, type Tail } from "./encode.ts"
import { CONTENT_TYPES, type Format } from "./format.ts"
import type { QueryRequest, QueryRun } from "./program.ts"

/** Rows up to which an answer is made in one piece. */
const SMALL_ANSWER = 50_000

export interface Form {
  readonly format: Format
  readonly layout: "rows" | "columns"
  readonly explain: boolean
}

/** Whether the rows of a point may be written piece by piece. */
export const isByRow = ({ format, layout }: Form): boolean => format !== "json" || layout === "rows"

const tailOf = <E>(run: QueryRun<E>, { window }: QueryRequest, explain: boolean): Effect.Effect<Tail> =>
  Effect.all([run.metadata, run.explanation]).pipe(
    Effect.map(([metadata, explanation]) => ({
      metadata: { ...metadata, start_time: formatInstant(window.start), end_time: formatInstant(window.end) },
      ...(explain ? { explain: explanation } : {})
    }))
  )

const textOf = <E>(request: QueryRequest, run: QueryRun<E>, format: Exclude<Format, "parquet">, form: Form) => {
  const encoder = makeEncoder(format, form.layout, { ...run, site: request.site })
  return Stream.make(encoder.head).pipe(
    Stream.concat(Stream.flatMap(run.series, (answer) => Stream.fromIterable(encoder.point(answer), { chunkSize: 1 }))),
    Stream.concat(Stream.fromEffect(Effect.map(tailOf(run, request, form.explain), encoder.tail))),
    Stream.encodeText
  )
}

const fileOf = <E>(run: QueryRun<E>) =>
  Stream.unwrap(Effect.map(AnswerFile, (files) => {
    const file = files.begin(run.columns)
    return Stream.concat(
      Stream.map(run.series, (answer) => file.add(answer.point, answer)),
      Stream.fromEffect(Effect.sync(file.finish))
    )
  }))

/**
 * What an answer says of itself in headers too, for formats that have no room for it. Headers go first: `x-source` is
 * left out where only the end of a stream will tell.
 */
const headersOf = Effect.fnUntraced(function*<E>(run: QueryRun<E>) {
  const { column_ms, resolution, source, truncated } = yield* run.metadata
  return {
    "x-resolution": resolution,
    "x-truncated": String(truncated),
    ...(run.sourceKnown ? { "x-source": source } : {}),
    ...(column_ms === null ? {} : { "x-column-ms": String(column_ms) }),
    ...(run.unknown.length === 0 ? {} : { "x-unknown-points": String(run.unknown.length) })
  }
})

const joinBytes = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

export const respond = Effect.fnUntraced(function*<E>(request: QueryRequest, run: QueryRun<E>, form: Form) {
  const { format } = form
  const files = yield* Effect.context<AnswerFile>()
  const bytes = format === "parquet"
    ? Stream.provideContext(fileOf(run), files)
    : textOf(request, run, format, form)
  const options = { contentType: CONTENT_TYPES[format], headers: yield* headersOf(run) }
  const { returned_samples } = yield* run.metadata
  if (!run.complete || returned_samples > SMALL_ANSWER) return HttpServerResponse.stream(bytes, options)
  return HttpServerResponse.uint8Array(joinBytes(yield* Stream.runCollect(bytes)), options)
})
