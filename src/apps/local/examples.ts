/**
 * Example queries about data that exists: of real points and times, one of them across the tiers.
 */
import { Clock, Effect, Schema } from "effect"
import { DAY_MS, dayOf, dayStart, HOUR_MS } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import type { Window } from "../../domain/time/window.ts"
import { RowsAnswer } from "../query/answers.ts"
import { ask } from "./client.ts"
import { LocalError } from "./error.ts"
import type { LocalRuntime } from "./runtime.ts"

const Points = Schema.Struct({
  points: Schema.Array(Schema.Struct({ point_name: Schema.String, collected: Schema.Boolean }))
})

const POINTS_ASKED = 3

const queryUrl = (
  runtime: LocalRuntime,
  site: string,
  points: ReadonlyArray<string>,
  window: Window,
  interval?: string
): string => {
  const parameters = new URLSearchParams({
    site_name: site,
    point_names: points.join(","),
    start_time: formatInstant(window.start),
    end_time: formatInstant(window.end),
    ...(interval === undefined ? {} : { interval })
  })
  // Not encoded: legal in a query, and easier to read.
  const readable = parameters.toString().replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%2C", ",")
  return `${runtime.address("query")}/timeseries/query?${readable}`
}

export interface Examples {
  /** Twelve hours on both sides of the end of the cold tier, but not beyond now. */
  readonly acrossTiers: string
  readonly hourlyAverages: string
}

/** @param coldEnd the instant through which the backfill has filled the cold tier */
export const makeExamples = Effect.fnUntraced(function*(runtime: LocalRuntime, coldEnd: number) {
  const now = yield* Clock.currentTimeMillis
  const site = runtime.simulator.sites[0] ?? ""
  const { points } = yield* ask({
    url: `${runtime.address("query")}/points?${new URLSearchParams({ site_name: site })}`,
    answer: Points
  })
  const names = points.filter(({ collected }) => collected).slice(0, POINTS_ASKED).map(({ point_name }) => point_name)
  const aroundColdEnd = { start: coldEnd - 12 * HOUR_MS, end: Math.min(now, coldEnd + 12 * HOUR_MS) }
  const week = { start: dayStart(dayOf(now)) - 7 * DAY_MS, end: now }
  return {
    acrossTiers: queryUrl(runtime, site, names, aroundColdEnd),
    hourlyAverages: queryUrl(runtime, site, names.slice(0, 1), week, "1h")
  } satisfies Examples
})

/** Runs the query across the tiers and answers its metadata. Fails if the answer is wrong. */
export const checkAcrossTiers = Effect.fnUntraced(function*(examples: Examples) {
  const { metadata, samples } = yield* ask({ url: examples.acrossTiers, answer: RowsAnswer })
  const { d1_samples, r2_samples, source } = metadata
  if (source !== "split" || d1_samples === 0 || r2_samples === 0 || d1_samples + r2_samples !== samples.length) {
    return yield* new LocalError({
      operation: "querying",
      subject: examples.acrossTiers,
      cause: `expected samples of both tiers whose counts add up to the ${samples.length} samples of the answer, ` +
        `got ${JSON.stringify(metadata)}`
    })
  }
  return metadata
})
