import { RunsReader } from "../../../src/adapters/parquet/read/decode.ts"
import type { IndexedRun } from "../../../src/adapters/parquet/format/object-index.ts"
import type { Series } from "../../../src/domain/samples/series.ts"

/** All series after a point (null: all) of some runs of an object. */
export const readRuns = (bytes: Uint8Array, runs: ReadonlyArray<IndexedRun>, after: string | null): ReadonlyArray<Series> => {
  const reader = new RunsReader(after)
  reader.open(bytes, 0, runs)
  const all: Array<Series> = []
  for (let one = reader.next(); one !== undefined; one = reader.next()) all.push(one)
  reader.close()
  return all
}
