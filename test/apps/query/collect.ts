/**
 * Runs a query and collects its whole answer, for tests to compare.
 */
import { Effect, Stream } from "effect"
import type { UnknownPoint } from "../../../src/apps/query/names.ts"
import type { QueryRequest } from "../../../src/apps/query/reading/plan.ts"
import { query, type QueryMetadata } from "../../../src/apps/query/program.ts"
import { RAW, type Resolution } from "../../../src/domain/answers/resolution.ts"
import type { Series } from "../../../src/domain/samples/series.ts"

const NO_LIMITS = { samples: Infinity, objects: Infinity, buckets: Infinity }

export interface QueryAnswer {
  readonly series: ReadonlyArray<Series>
  readonly unknown: ReadonlyArray<UnknownPoint>
  readonly metadata: QueryMetadata
}

export type AskedQuery = Omit<QueryRequest, "resolution"> & { readonly resolution?: Resolution }

/** Answers in one value column: raw, pixels, or one aggregation. */
export const queryAll = Effect.fnUntraced(function*(request: AskedQuery) {
  const { first, rest, unknown } = yield* query({ resolution: RAW, ...request }, NO_LIMITS)
  const elements = [...first, ...yield* Stream.runCollect(rest)]
  const end = elements.pop()
  if (end?.kind !== "end") return yield* Effect.die("the last element of an answer is its end")
  const series = elements.map((element): Series => {
    if (element.kind === "end") throw new Error("an answer has one end")
    const { columns, point, timestamps } = element
    return { point, timestamps, values: columns[0]?.values ?? new Float64Array(0) }
  })
  const answer: QueryAnswer = { series, unknown, metadata: end.metadata }
  return answer
})
