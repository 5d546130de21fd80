/**
 * The answer of a query as an HTTP response: in one piece if it is small, otherwise as a stream.
 */
import { Effect, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { formatResolution, pixelMs } from "../../domain/answers/resolution.ts"
import { DAY_MS, dayOf, formatDay } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import { AnswerFile } from "../../ports/AnswerFile.ts"
import { attachment } from "../http/attachment.ts"
import { explainAnswer, metadataAnswer, SOURCES } from "./answers.ts"
import { makeEncoder, type TextForm } from "./encode.ts"
import { CONTENT_TYPES, type Format } from "./format.ts"
import type { QueryRequest } from "./reading/plan.ts"
import type { AnswerElement, QueryAnswer } from "./program.ts"
import type { Places } from "./streams.ts"

/** Rows up to which an answer is made in one piece. */
const SMALL_ANSWER = 50_000

export interface Form {
  readonly format: Format
  readonly layout: "rows" | "columns"
  /** CSV for a spreadsheet: no name is taken for a formula. */
  readonly spreadsheet: boolean
  readonly explain: boolean
}

/** Whether the rows of a point may be written piece by piece. */
export const isByRow = ({ format, layout }: Form): boolean => format !== "json" || layout === "rows"

/** Turns the elements of an answer into bytes. */
type Encode = <E>(elements: Stream.Stream<AnswerElement, E>) => Stream.Stream<Uint8Array, E>

const encodeText = (request: QueryRequest, answer: QueryAnswer<unknown>, form: Form & TextForm): Encode => {
  const encoder = makeEncoder(form, { ...answer, site: request.site })
  const textOf = (element: AnswerElement): Iterable<string> =>
    element.kind === "point" ? encoder.point(element) : [encoder.tail({
      metadata: metadataAnswer(request, element.metadata),
      ...(form.explain ? { explain: explainAnswer(element.explanation) } : {})
    })]
  return (elements) =>
    Stream.make(encoder.head).pipe(
      Stream.concat(Stream.flatMap(elements, (element) => Stream.fromIterable(textOf(element), { chunkSize: 1 }))),
      Stream.encodeText
    )
}

const encodeFile = Effect.map(AnswerFile, (files) => (answer: QueryAnswer<unknown>): Encode => {
  const file = files.begin(answer.columns)
  return Stream.map((element) => element.kind === "point" ? file.add(element.point, element) : file.finish())
})

/** A day, or an instant without the characters that no file name may have. */
const inFileName = (instant: number): string =>
  instant % DAY_MS === 0 ? formatDay(dayOf(instant)) : formatInstant(instant).replaceAll(":", "").replace(".000", "")

/** The name of the answer as a file; none for JSON, which pages read and people look at. */
const downloadOf = ({ resolution, site, window }: QueryRequest, format: Format): Record<string, string> => {
  const parts = [site, inFileName(window.start), inFileName(window.end), formatResolution(resolution)]
  return format === "json" ? {} : { "content-disposition": attachment(parts, format) }
}

/**
 * Metadata in headers, for formats that have no other place for it. Headers are sent first, so `x-source` is left out
 * if it depends on what is still to be read.
 */
const headersOf = (request: QueryRequest, { source, unknown }: QueryAnswer<unknown>, format: Format) => {
  const { resolution, window } = request
  const columnMs = pixelMs(resolution, window)
  return {
    ...downloadOf(request, format),
    "x-resolution": formatResolution(resolution),
    "x-truncated": "false",
    ...(source === null ? {} : { "x-source": SOURCES[source] }),
    ...(columnMs === null ? {} : { "x-column-ms": String(columnMs) }),
    ...(unknown.length === 0 ? {} : { "x-unknown-points": String(unknown.length) })
  }
}

const joinBytes = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** A stream takes one of the places until the scope closes, which is that of the request: until it has been sent. */
export const respond = Effect.fnUntraced(function*<E>(
  request: QueryRequest,
  answer: QueryAnswer<E>,
  form: Form,
  places: Places
) {
  const { format } = form
  const encode = format === "parquet" ? (yield* encodeFile)(answer) : encodeText(request, answer, { ...form, format })
  const options = { contentType: CONTENT_TYPES[format], headers: headersOf(request, answer, format) }
  const first = Stream.fromIterable(answer.first)
  const last = answer.first.at(-1)
  if (last?.kind === "end" && last.metadata.returned <= SMALL_ANSWER) {
    return HttpServerResponse.uint8Array(joinBytes(yield* Stream.runCollect(encode(first))), options)
  }
  const placed = yield* places
  return HttpServerResponse.stream(placed(encode(Stream.concat(first, answer.rest))), options)
})
