/**
 * The Worker that fills the stores of `data.ts`. It makes each day and month like the real Workers, but does not verify
 * days.
 */
import { Clock, Effect, Layer, Stream } from "effect"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import * as JobStateD1 from "../../src/adapters/jobs/JobStateD1.ts"
import * as MonthStoreCloudflare from "../../src/adapters/months/MonthStoreCloudflare.ts"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import { deriveSite } from "../../src/apps/archival/derive.ts"
import { shiftedClock } from "../../src/apps/runtime.ts"
import { type Day, HOUR_MS } from "../../src/domain/time/calendar.ts"
import { pointExtents } from "../../src/domain/samples/extent.ts"
import { type Series, sliceColumns } from "../../src/domain/samples/series.ts"
import { windowOfDay } from "../../src/domain/time/window.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
import { hotStore } from "../../test/hot-store.ts"
import { type Mix, mixA } from "../mixes.ts"

export interface Task {
  readonly operation: "cold" | "hot" | "derive"
  readonly site: string
  readonly seed: number
  readonly points: number
  /** Days to write, in order. */
  readonly days: ReadonlyArray<Day>
  /** When months are derived, ms. */
  readonly now: number
  readonly hotDays: number
}

const COMPACTION_MS = 6 * HOUR_MS
/** A run of deriving begins no month after this long, so that no request takes minutes; the next one continues. */
const DERIVE_MS = 20_000

const seriesOf = (mix: Mix, day: Day): ReadonlyArray<Series> =>
  mix.names.map((point, id) => ({ point, ...mix.day(day, id) }))

const writeCold = Effect.fnUntraced(function*({ days, site }: Task, mix: Mix) {
  const cold = yield* ColdStore
  const hot = yield* hotStore
  for (const day of days) {
    const series = seriesOf(mix, day)
    const built = yield* cold.build(
      { site, day, generation: 1, source: "archival", writtenBy: "bench" },
      Stream.fromIterable(series)
    )
    yield* hot.catalog.publish(yield* cold.put(built, null), series.flatMap(pointExtents), null)
  }
  return { done: true }
})

/** Writes each day in four appends, each compacted except the very last one, as after some syncs. */
const writeHot = Effect.fnUntraced(function*({ days, site }: Task, mix: Mix) {
  const hot = yield* hotStore
  const fence = yield* hot.intake.takeFence(site)
  let step = 0
  for (const day of days) {
    const series = seriesOf(mix, day)
    for (let start = windowOfDay(day).start; start < windowOfDay(day).end; start += COMPACTION_MS) {
      const window = { start, end: start + COMPACTION_MS }
      yield* hot.intake.append(fence, ++step, series.map((one) => ({ point: one.point, ...sliceColumns(one, window) })))
      if (day !== days.at(-1) || window.end < windowOfDay(day).end) yield* hot.days.compact(site, day)
    }
  }
  return { done: true }
})

const derive = Effect.fnUntraced(function*({ hotDays, now, site }: Task) {
  const report = yield* Effect.provideService(
    deriveSite(site, { hotDays, timeoutMs: DERIVE_MS }),
    Clock.Clock,
    shiftedClock(now - Date.now())
  )
  if (report.status === "failed") return yield* Effect.die(new Error(report.reason))
  return { done: report.status === "completed" }
})

const perform = Effect.fnUntraced(function*(task: Task) {
  const mix = mixA({ seed: task.seed, points: task.points })
  switch (task.operation) {
    case "cold":
      return yield* writeCold(task, mix)
    case "hot":
      return yield* writeHot(task, mix)
    case "derive":
      return yield* derive(task)
  }
})

export default {
  fetch: async (request: Request, env: Cloudflare.Env): Promise<Response> => {
    const task: Task = await request.json()
    const stores = Layer.mergeAll(
      HotStoreD1.layer(env.DB),
      JobStateD1.layer(env.DB),
      ColdStoreR2.layer(env.BUCKET),
      MonthStoreCloudflare.layer(env.DB, env.BUCKET)
    )
    return Response.json(await Effect.runPromise(Effect.provide(perform(task), stores)))
  }
}
