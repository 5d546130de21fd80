/**
 * What the two objects of a month's part say of themselves: docs/format-month.md.
 */
import { Base64 } from "effect/encoding"
import { formatMonth, type Month } from "../../../domain/time/calendar.ts"
import type { Content, Describe } from "./description.ts"
import { FORMAT_KEY, FORMAT_VERSION, INDEX_KEY } from "./schema.ts"

export interface PartName {
  readonly site: string
  readonly month: Month
  readonly build: number
  readonly part: number
}

export type PartKind = "month" | "rollup-1h"

/** The metadata of the object; its footer adds the index. */
export const describePart = (kind: PartKind, { build, month, part, site }: PartName, content: Content) => ({
  [FORMAT_KEY]: String(FORMAT_VERSION),
  kind,
  // Object stores send metadata as headers, which are ASCII.
  site: encodeURIComponent(site),
  month: formatMonth(month),
  build: String(build),
  part: String(part),
  rows: String(content.rows),
  points: String(content.points),
  firstTimestamp: String(content.firstTimestamp),
  lastTimestamp: String(content.lastTimestamp),
  checksum: content.checksum
})

export const describePartFooter = (kind: PartKind, name: PartName): Describe => (content, index) => ({
  ...describePart(kind, name, content),
  [INDEX_KEY]: Base64.encode(index)
})
