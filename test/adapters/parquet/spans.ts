/** Reads spans of an object as the adapters do. */
import { SpansReader } from "../../../src/adapters/parquet/read/spans.ts"
import type { IndexedSpan } from "../../../src/adapters/parquet/format/object-index.ts"
import type { Series } from "../../../src/domain/samples/series.ts"

/** All series after a point (null: all) of some spans of an object. */
export const readSpans = (
  bytes: Uint8Array,
  spans: ReadonlyArray<IndexedSpan>,
  after: string | null
): ReadonlyArray<Series> => {
  const reader = new SpansReader(after)
  reader.open(bytes, 0, spans)
  const all: Array<Series> = []
  for (let one = reader.next(); one !== undefined; one = reader.next()) all.push(one)
  reader.close()
  return all
}
