/**
 * What the query Worker answers: rows and columns of samples, points, coverage. The programs say hot and cold; here
 * these become `d1` and `r2`, and names become snake case.
 */
import { Schema } from "effect"
import type { AGGREGATIONS } from "../../domain/answers/aggregate.ts"
import { formatResolution, pixelMs } from "../../domain/answers/resolution.ts"
import type { ReadPlan } from "../../domain/tiers/read-plan.ts"
import { formatDay, formatMonth } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import type * as Discovery from "./discovery.ts"
import { UnknownPoint } from "./names.ts"
import type { QueryRequest } from "./reading/plan.ts"
import type * as Query from "./program.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Instant = Schema.Int.annotate({ description: "ms since the epoch, UTC" })
/** Null in a bucket without a value: see `fill`. */
const Value = Schema.NullOr(Schema.Finite)

type PerAggregation<S extends Schema.Top> = { readonly [K in typeof AGGREGATIONS[number]]: Schema.optionalKey<S> }

const perAggregation = <S extends Schema.Top>(schema: S): PerAggregation<S> => {
  const field = Schema.optionalKey(schema)
  return {
    avg: field,
    min: field,
    max: field,
    sum: field,
    count: field,
    first: field,
    last: field,
    delta: field,
    rate: field,
    twa: field
  }
}

/** One sample or bucket. */
export const Row = Schema.Struct({
  point_name: Schema.String,
  timestamp: Instant,
  /** Absent if several aggregations were asked for: each is then a field of its own name. */
  value: Schema.optionalKey(Value),
  ...perAggregation(Value)
})

/** One point's samples or buckets; all arrays have the same length. */
export const PointSeries = Schema.Struct({
  point: Schema.String,
  timestamps: Schema.Array(Instant),
  /** Absent if several aggregations were asked for: each is then a field of its own name. */
  values: Schema.optionalKey(Schema.Array(Value)),
  ...perAggregation(Schema.Array(Value))
})

/** The words of an answer for the tiers: hot samples are in D1, cold ones on R2. */
export const SOURCES = { hot: "d1", cold: "r2", split: "split", none: "none" } as const

export const Metadata = Schema.Struct({
  /** The tiers that the samples come from. */
  source: Schema.Literals(Object.values(SOURCES)),
  /** Samples of each tier after de-duplication: together they are all samples of the window. */
  d1_samples: Count,
  r2_samples: Count,
  /** Samples or buckets of all points in the answer. */
  returned_samples: Count,
  /** Points whose answer was made with their last sample before the window: it holds at the start of the window. */
  held_values: Count,
  /** `raw`, an interval such as `5min`, or `m4` where `width` was asked. */
  resolution: Schema.String,
  /** With `width`: the time that one pixel covers, ms, not always a whole number. Null otherwise. */
  column_ms: Schema.NullOr(Schema.Finite),
  /** Always false: a query that exceeds a limit is refused, not cut short. */
  truncated: Schema.Literal(false),
  /** Cold objects read. */
  partitions: Count,
  r2_gets: Count,
  r2_bytes: Count,
  d1_rows_read: Count,
  query_time_ms: Count,
  /** The zone whose clock buckets follow, and in which instants without a zone were read. */
  tz: Schema.String,
  start_time: Schema.String,
  end_time: Schema.String
})

export const metadataAnswer = (
  { resolution, tz, window }: QueryRequest,
  metadata: Query.QueryMetadata
): typeof Metadata.Type => ({
  source: SOURCES[metadata.source],
  d1_samples: metadata.hot,
  r2_samples: metadata.cold,
  returned_samples: metadata.returned,
  held_values: metadata.held,
  resolution: formatResolution(resolution),
  column_ms: pixelMs(resolution, window),
  truncated: false,
  partitions: metadata.objects,
  r2_gets: metadata.gets,
  r2_bytes: metadata.bytes,
  d1_rows_read: metadata.rowsRead,
  query_time_ms: metadata.queryMs,
  tz: tz ?? "UTC",
  start_time: formatInstant(window.start),
  end_time: formatInstant(window.end)
})

const MonthRead = Schema.Struct({ month: Schema.String, build: Schema.Int, days: Count })

/** How the answer was made, and how long each stage took. */
export const Explanation = Schema.Struct({
  resolution: Schema.String,
  /** What was looked up before the window. */
  look_back: Schema.String,
  /** Days that have hot samples. */
  hot_days: Schema.Array(Schema.String),
  /** Days read from their own objects. */
  days: Schema.Array(Schema.String),
  /** Months whose samples were read, and those whose hourly rollups were enough. */
  months: Schema.Array(MonthRead),
  rollups: Schema.Array(MonthRead),
  expected_samples_per_point: Count,
  batches: Count,
  stage_ms: Schema.Struct({ hot: Count, cold: Count, shape: Count })
})

const monthsAnswer = (reads: ReadPlan["months"]): ReadonlyArray<typeof MonthRead.Type> =>
  reads.map(({ days, month }) => ({ month: formatMonth(month.month), build: month.build, days: days.length }))

export const explainAnswer = (explanation: Query.Explanation): typeof Explanation.Type => ({
  resolution: explanation.resolution,
  look_back: explanation.lookBack,
  hot_days: explanation.hotDays.map(formatDay),
  days: explanation.reads.entries.map(({ day }) => formatDay(day)),
  months: monthsAnswer(explanation.reads.months),
  rollups: monthsAnswer(explanation.reads.rollups),
  expected_samples_per_point: explanation.samplesPerPoint,
  batches: explanation.batches,
  stage_ms: explanation.stageMs
})

const head = {
  site_name: Schema.String,
  /** Those of the asked points that the site has, in the order asked. */
  point_names: Schema.Array(Schema.String),
  /** Asked points that the site does not have. */
  unknown_points: Schema.Array(UnknownPoint)
}

const tail = { metadata: Metadata, explain: Schema.optionalKey(Explanation) }

/** In the order of the points asked, then of time. */
export const RowsAnswer = Schema.Struct({ ...head, samples: Schema.Array(Row), ...tail })

/** In the order of the points asked. */
export const ColumnsAnswer = Schema.Struct({ ...head, series: Schema.Array(PointSeries), ...tail })

export const PointAnswer = Schema.Struct({
  point_name: Schema.String,
  unit: Schema.NullOr(Schema.String),
  device: Schema.NullOr(Schema.String),
  description: Schema.NullOr(Schema.String),
  interval_seconds: Schema.NullOr(Schema.Finite),
  tags: Schema.Array(Schema.String),
  collected: Schema.Boolean,
  first_timestamp: Schema.NullOr(Instant).annotate({
    description: "the first sample of the point in any tier, ms; null if it never had one"
  }),
  last_timestamp: Schema.NullOr(Instant).annotate({
    description: "the last sample of the point in any tier, ms; null if it never had one"
  })
})

export const pointAnswer = (point: Discovery.FoundPoint): typeof PointAnswer.Type => ({
  point_name: point.name,
  unit: point.unit,
  device: point.device,
  description: point.description,
  interval_seconds: point.intervalSeconds,
  tags: point.tags,
  collected: point.collected,
  first_timestamp: point.extent?.first ?? null,
  last_timestamp: point.extent?.last ?? null
})

export const PointsAnswer = Schema.Struct({
  site_name: Schema.String,
  /** How many points match, on all pages of results. */
  total: Count,
  points: Schema.Array(PointAnswer),
  /** The `cursor` of the next page of results; null on the last. */
  next_cursor: Schema.NullOr(Schema.String)
})

export const LatestAnswer = Schema.Struct({
  site_name: Schema.String,
  unknown_points: Schema.Array(UnknownPoint),
  /** In the order asked; nulls if the point never had a sample in any tier. */
  points: Schema.Array(Schema.Struct({
    point_name: Schema.String,
    timestamp: Schema.NullOr(Instant),
    value: Schema.NullOr(Schema.Finite)
  }))
})

const DayCoverage = Schema.Struct({
  day: Schema.String,
  /** `split`: archived, and changed since. */
  tier: Schema.Literals([SOURCES.hot, SOURCES.cold, SOURCES.split]),
  samples: Schema.NullOr(Count).annotate({
    description: "samples of the whole day in both tiers together: the exact number if `exact`, otherwise an upper " +
      "bound; null if the hot samples of the day are not counted"
  }),
  exact: Schema.Boolean.annotate({
    description: "false if a sample may be counted twice: because it was sent again since the last compaction, or is " +
      "both hot and archived"
  }),
  /** Hot samples of the day; null if it has none, or they are not counted. */
  d1_samples: Schema.NullOr(Count),
  /** Samples in the archived day; null if it is not archived. */
  r2_samples: Schema.NullOr(Count),
  r2_points: Schema.NullOr(Count)
})

export const CoverageAnswer = Schema.Struct({
  site_name: Schema.String,
  start_time: Schema.String,
  end_time: Schema.String,
  /** Days that have samples, ascending; other days of the window have none. */
  days: Schema.Array(DayCoverage)
})

export const coverageAnswer = (coverage: Discovery.DayCoverage): typeof DayCoverage.Type => {
  const { cold, coldPoints, day, exact, hot, tier } = coverage
  return {
    day: formatDay(day),
    tier: SOURCES[tier],
    samples: tier !== "cold" && hot === null ? null : (hot ?? 0) + (cold ?? 0),
    exact,
    d1_samples: hot,
    r2_samples: cold,
    r2_points: coldPoints
  }
}
