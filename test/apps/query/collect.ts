/**
 * The whole answer of a query at once, as tests compare it.
 */
import { Effect, Stream } from "effect"
import { query, type QueryMetadata, type QueryRequest } from "../../../src/apps/query/program.ts"
import type { UnknownPoint } from "../../../src/apps/query/names.ts"
import { RAW, type Resolution } from "../../../src/domain/answers/resolution.ts"
import type { Series } from "../../../src/domain/samples/series.ts"

const NO_LIMITS = { samples: Infinity, objects: Infinity, buckets: Infinity }

export interface QueryAnswer {
  readonly series: ReadonlyArray<Series>
  readonly unknown: ReadonlyArray<UnknownPoint>
  readonly metadata: QueryMetadata
}

export type AskedQuery = Omit<QueryRequest, "resolution"> & { readonly resolution?: Resolution }

/** Answers in one column: raw, columns of pixels, or one aggregation. */
export const queryAll = Effect.fnUntraced(function*(request: AskedQuery) {
  const run = yield* query({ resolution: RAW, ...request }, NO_LIMITS)
  const series = yield* Stream.runCollect(run.series)
  const answer: QueryAnswer = {
    series: series.map(({ columns, point, timestamps }) => ({
      point,
      timestamps,
      values: columns[0]?.values ?? new Float64Array(0)
    })),
    unknown: run.unknown,
    metadata: yield* run.metadata
  }
  return answer
})
