/**
 * A query's answer as JSON text in pieces, without an object a sample.
 */
import type { Series } from "../../domain/series.ts"

/** Length of a piece, in characters, after which it is sent. */
const PIECE = 65_536

/** Every finite double as JSON that reads back bit for bit; `JSON.stringify` loses the sign of -0. */
export const numberText = (value: number): string => Object.is(value, -0) ? "-0" : String(value)

/** `head` and `tail` are objects; the samples stand between their fields, under `samples`. */
export function* encodeRows(head: object, series: ReadonlyArray<Series>, tail: object): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  let piece = `${JSON.stringify(head).slice(0, -1)},"samples":[`
  let separator = ""
  for (const { point, timestamps, values } of series) {
    const start = `{"point_name":${JSON.stringify(point)},"timestamp":`
    for (let i = 0; i < timestamps.length; i++) {
      piece += `${separator}${start}${timestamps[i] as number},"value":${numberText(values[i] as number)}}`
      separator = ","
      if (piece.length >= PIECE) {
        yield encoder.encode(piece)
        piece = ""
      }
    }
  }
  yield encoder.encode(`${piece}],${JSON.stringify(tail).slice(1)}\n`)
}
