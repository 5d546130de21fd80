/** Objects of other tools, read as the cold store reads them, but from memory. */
import { Collector } from "../../src/adapters/parquet/foreign/collector.ts"
import { type ForeignFile, type ForeignGroup, readFooter } from "../../src/adapters/parquet/foreign/footer.ts"
import { Inventory } from "../../src/adapters/parquet/foreign/inventory.ts"
import { type OpenGroup, planFetches, rangeOf } from "../../src/adapters/parquet/foreign/rows.ts"
import { Work } from "../../src/adapters/parquet/foreign/work.ts"
import { within } from "../../src/adapters/parquet/read/plan.ts"
import { addDropped, type Dropped } from "../../src/domain/samples/page.ts"
import type { Series } from "../../src/domain/samples/series.ts"

const eachGroup = (
  bytes: Uint8Array,
  file: ForeignFile,
  groups: ReadonlyArray<ForeignGroup>,
  take: (group: OpenGroup) => Generator<void>
): void => {
  for (const fetch of planFetches(file, groups)) {
    const fetched = fetch.ranges.map((range) => ({
      range,
      bytes: bytes.slice(range.offset, range.offset + range.length)
    }))
    for (const group of fetch.groups) {
      for (const _ of take({ group, bytesOf: (chunk) => within(fetched, rangeOf(chunk, file)) }));
    }
  }
}

/** What a query of some points reads. */
export const readPoints = (bytes: Uint8Array, points: ReadonlySet<string>): ReadonlyArray<Series> => {
  const file = readFooter(bytes, bytes.length)
  const collector = new Collector(file, (point) => points.has(point) ? 0 : undefined, new Work(bytes.length))
  eachGroup(bytes, file, file.groups, (group) => collector.add(group))
  return [...collector.series()]
}

export interface WholeRead {
  readonly series: ReadonlyArray<Series>
  readonly dropped: Dropped
  /** Groups read by each pass. */
  readonly groups: ReadonlyArray<number>
}

/** What a scan reads. */
export const readWhole = (bytes: Uint8Array, site = "demo"): WholeRead => {
  const file = readFooter(bytes, bytes.length)
  const work = new Work(bytes.length)
  const inventory = new Inventory(file, site, work)
  eachGroup(bytes, file, file.groups, (group) => inventory.add(group))
  let dropped: Dropped = inventory.nameless > 0 ? { name: inventory.nameless } : {}
  const series: Array<Series> = []
  const groups: Array<number> = []
  for (const pass of inventory.passes()) {
    const collector = new Collector(file, (point) => pass.get(point), work)
    const wanted = inventory.groupsOf(pass)
    groups.push(wanted.length)
    eachGroup(bytes, file, wanted, (group) => collector.add(group))
    series.push(...collector.series())
    dropped = addDropped(dropped, collector.dropped)
  }
  return { series, dropped, groups }
}
