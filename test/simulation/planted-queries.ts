/**
 * Queries that break the order of reading or the rule of where data is, each in one way.
 */
import { Clock, Effect } from "effect"
import { boundaryOf } from "../../src/domain/tiers/boundary.ts"
import { mergeAll, mergeColumns } from "../../src/domain/samples/merge.ts"
import { countSamples, emptyColumns, type Series } from "../../src/domain/samples/series.ts"
import { intersect, type Window } from "../../src/domain/time/window.ts"
import type { AskedQuery, QueryAnswer } from "../apps/query/collect.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
import { hotStore } from "../hot-store.ts"

const readHot = (request: AskedQuery, window: Window) =>
  Effect.flatMap(hotStore, (hot) => hot.reads.snapshot(request.site, request.points, window))

const readCold = Effect.fnUntraced(function*(request: AskedQuery, window: Window) {
  const hot = yield* hotStore
  const cold = yield* ColdStore
  const reads: Array<Series> = []
  for (const object of yield* hot.catalog.list(request.site, window)) {
    reads.push(...(yield* cold.read({ ...object, index: null }, request.points, window)).series)
  }
  return reads
})

const answerOf = (request: AskedQuery, hot: ReadonlyArray<Series>, cold: ReadonlyArray<Series>): QueryAnswer => {
  const columnsOf = (series: ReadonlyArray<Series>, point: string) => series.filter((one) => one.point === point)
  const series = request.points.map((point) => ({
    point,
    ...mergeColumns(mergeAll(columnsOf(cold, point)), columnsOf(hot, point)[0] ?? emptyColumns)
  }))
  const hotCount = countSamples(hot)
  const coldCount = countSamples(series) - hotCount
  return {
    series,
    unknown: [],
    metadata: {
      source: hotCount > 0 ? coldCount > 0 ? "split" : "hot" : coldCount > 0 ? "cold" : "none",
      hot: hotCount,
      cold: coldCount,
      returned: hotCount + coldCount,
      held: 0,
      objects: 0,
      gets: 0,
      bytes: 0,
      rowsRead: 0,
      queryMs: 0
    }
  }
}

/** The right reads in the right order: shows that what the others break is what makes them fail. */
export const soundQuery = Effect.fnUntraced(function*(request: AskedQuery) {
  const { hot } = yield* readHot(request, request.window)
  return answerOf(request, hot, yield* readCold(request, request.window))
})

export const coldBeforeHot = Effect.fnUntraced(function*(request: AskedQuery) {
  const cold = yield* readCold(request, request.window)
  const { hot } = yield* readHot(request, request.window)
  return answerOf(request, hot, cold)
})

export const boundaryByClock = Effect.fnUntraced(function*(request: AskedQuery, hotDays: number) {
  const boundary = boundaryOf(yield* Clock.currentTimeMillis, hotDays)
  const { hot } = yield* readHot(request, intersect(request.window, { start: boundary, end: Infinity }))
  return answerOf(
    request,
    hot,
    yield* readCold(request, intersect(request.window, { start: -Infinity, end: boundary }))
  )
})
