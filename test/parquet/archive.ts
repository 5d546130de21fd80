/** A daily archive as another tool writes one: a plain file of one group, with what its writer says beside the rows. */
import { type Day, dayStart } from "../../src/domain/time/calendar.ts"
import { doubles, forge, longs, texts, type Thrift } from "./forge.ts"

/** `at`: ms since the day began. */
export type Row = readonly [point: string, at: number, value: number]

/** @param statistics of every column, and `fields` of the footer */
export const archive = (
  onDay: Day,
  rows: ReadonlyArray<Row>,
  statistics?: Thrift,
  fields: Readonly<Record<number, Thrift>> = {}
): Uint8Array => {
  const said = statistics === undefined ? {} : { statistics }
  const page = (body: Uint8Array) => ({ pages: [{ body, values: rows.length }], ...said })
  return forge({
    fields,
    groups: [{
      rows: rows.length,
      columns: [
        { name: "point_name", type: "BYTE_ARRAY", ...page(texts(rows.map(([point]) => point))) },
        { name: "timestamp", type: "INT64", ...page(longs(rows.map(([, at]) => dayStart(onDay) + at))) },
        { name: "value", type: "DOUBLE", ...page(doubles(rows.map(([, , value]) => value))) }
      ]
    }]
  })
}
