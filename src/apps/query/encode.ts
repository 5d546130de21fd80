/**
 * Answers as text, in pieces and without an object for each sample.
 */
import type { Extent } from "../../domain/samples/extent.ts"
import type { Explanation, Metadata } from "./answers.ts"
import type { PointAnswer } from "./reading/batch.ts"
import type { Format } from "./format.ts"
import type { UnknownPoint } from "./names.ts"
import type { QueryAnswer } from "./program.ts"

/** The length of a piece, characters, at which it is sent. */
const PIECE = 65_536

/** A finite double as JSON that reads back bit for bit; `JSON.stringify` loses the sign of -0. */
export const numberText = (value: number): string => Object.is(value, -0) ? "-0" : String(value)

const numberOrNull = (value: number): string => Number.isFinite(value) ? numberText(value) : "null"
const numberOrNothing = (value: number): string => Number.isFinite(value) ? numberText(value) : ""

/** A CSV field, quoted if it has a comma, a quote, a line end or a space at an end. */
const csvText = (text: string): string =>
  /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text

/** What a spreadsheet takes for the beginning of a formula. */
const FORMULA = /^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]/

/** A name as a CSV field that no spreadsheet takes for a formula, nor cuts into two at a semicolon. */
const spreadsheetText = (text: string): string =>
  FORMULA.test(text) ? csvText(`'${text}`) : text.includes(";") ? `"${text.replaceAll("\"", "\"\"")}"` : csvText(text)

export interface Tail {
  readonly metadata: typeof Metadata.Type
  readonly explain?: typeof Explanation.Type
}

/** The last values of points as JSON, in one piece. */
export const latestText = (
  site: string,
  unknown: ReadonlyArray<UnknownPoint>,
  points: ReadonlyArray<string>,
  last: ReadonlyMap<string, Extent>
): string => {
  const rows = points.map((point) => {
    const extent = last.get(point)
    const sample = extent === undefined ? `null,"value":null` : `${extent.last},"value":${numberText(extent.lastValue)}`
    return `{"point_name":${JSON.stringify(point)},"timestamp":${sample}}`
  })
  return `${JSON.stringify({ site_name: site, unknown_points: unknown }).slice(0, -1)},"points":[${rows.join(",")}]}\n`
}

/** The text of an answer: the head, then the points in order, then the tail. An encoder is used for one answer. */
export interface Encoder {
  readonly head: string
  readonly point: (answer: PointAnswer) => Generator<string>
  readonly tail: (tail: Tail) => string
}

type Head = Pick<QueryAnswer<unknown>, "points" | "unknown" | "columns"> & { readonly site: string }

const headOf = ({ points, site, unknown }: Head): string =>
  JSON.stringify({ site_name: site, point_names: points, unknown_points: unknown }).slice(0, -1)

/** The text of every row of a point, in pieces: each row is `row`, then a `cell` for each column, then `end`. */
function* rowsOf(
  { columns, timestamps }: PointAnswer,
  row: (timestamp: number) => string,
  cell: (value: number, column: number) => string,
  end: string
): Generator<string> {
  let piece = ""
  for (let i = 0; i < timestamps.length; i++) {
    piece += row(timestamps[i] as number)
    for (let k = 0; k < columns.length; k++) piece += cell(columns[k]?.values[i] as number, k)
    piece += end
    if (piece.length >= PIECE) {
      yield piece
      piece = ""
    }
  }
  if (piece !== "") yield piece
}

const jsonCell = (head: Head) => {
  const keys = head.columns.map((name) => `,${JSON.stringify(name)}:`)
  return (value: number, column: number) => `${keys[column]}${numberOrNull(value)}`
}

const rows = (head: Head): Encoder => {
  let separator = ""
  const cell = jsonCell(head)
  return {
    head: `${headOf(head)},"samples":[`,
    point: (answer) => {
      const start = `{"point_name":${JSON.stringify(answer.point)},"timestamp":`
      const row = (timestamp: number) => {
        const text = `${separator}${start}${timestamp}`
        separator = ","
        return text
      }
      return rowsOf(answer, row, cell, "}")
    },
    tail: (tail) => `],${JSON.stringify(tail).slice(1)}\n`
  }
}

function* listOf(key: string, values: Float64Array): Generator<string> {
  let piece = `,${JSON.stringify(key)}:[`
  for (let i = 0; i < values.length; i++) {
    piece += i === 0 ? numberOrNull(values[i] as number) : `,${numberOrNull(values[i] as number)}`
    if (piece.length >= PIECE) {
      yield piece
      piece = ""
    }
  }
  yield `${piece}]`
}

function* pointColumns({ columns, point, timestamps }: PointAnswer, separator: string): Generator<string> {
  yield `${separator}{"point":${JSON.stringify(point)}`
  yield* listOf("timestamps", timestamps)
  for (const { name, values } of columns) yield* listOf(name === "value" ? "values" : name, values)
  yield "}"
}

const columns = (head: Head): Encoder => {
  let separator = ""
  return {
    head: `${headOf(head)},"series":[`,
    point: (answer) => {
      const pieces = pointColumns(answer, separator)
      separator = ","
      return pieces
    },
    tail: (tail) => `],${JSON.stringify(tail).slice(1)}\n`
  }
}

/** One line for each row; the last line is `{"unknown_points":…,"metadata":…}`. */
const ndjson = (head: Head): Encoder => {
  const cell = jsonCell(head)
  return {
    head: "",
    point: (answer) => {
      const start = `{"point_name":${JSON.stringify(answer.point)},"timestamp":`
      return rowsOf(answer, (timestamp) => `${start}${timestamp}`, cell, "}\n")
    },
    tail: (tail) => `${JSON.stringify({ unknown_points: head.unknown, ...tail })}\n`
  }
}

/** RFC 4180 with line feeds; an empty field is null. */
const csv = (head: Head, nameText: (name: string) => string): Encoder => ({
  head: `point_name,timestamp,${head.columns.join(",")}\n`,
  point: (answer) => {
    const start = `${nameText(answer.point)},`
    return rowsOf(answer, (timestamp) => `${start}${timestamp}`, (value) => `,${numberOrNothing(value)}`, "\n")
  },
  tail: () => ""
})

export interface TextForm {
  readonly format: Exclude<Format, "parquet">
  readonly layout: "rows" | "columns"
  /** Of CSV: whether it is for a spreadsheet. */
  readonly spreadsheet: boolean
}

export const makeEncoder = ({ format, layout, spreadsheet }: TextForm, head: Head): Encoder => {
  if (format === "csv") return csv(head, spreadsheet ? spreadsheetText : csvText)
  if (format === "ndjson") return ndjson(head)
  return layout === "columns" ? columns(head) : rows(head)
}
