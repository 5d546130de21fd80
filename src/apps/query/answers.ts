/**
 * What the query Worker answers, as schemas: rows and columns of samples, points, coverage.
 */
import { Schema } from "effect"
import type { AGGREGATIONS } from "../../domain/answers/aggregate.ts"
import { UnknownPoint } from "./names.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Instant = Schema.Int.annotate({ description: "ms since the epoch, UTC" })
/** Null in a bucket that has none: see `fill`. */
const Value = Schema.NullOr(Schema.Finite)

const perAggregation = <S extends Schema.Top>(schema: S): { readonly [K in typeof AGGREGATIONS[number]]: Schema.optionalKey<S> } => {
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
  /** Absent where several aggregations were asked: each then stands under its name. */
  value: Schema.optionalKey(Value),
  ...perAggregation(Value)
})

/** One point's samples or buckets; all arrays of one length. */
export const PointSeries = Schema.Struct({
  point: Schema.String,
  timestamps: Schema.Array(Instant),
  /** Absent where several aggregations were asked: each then stands under its name. */
  values: Schema.optionalKey(Schema.Array(Value)),
  ...perAggregation(Schema.Array(Value))
})

export const Metadata = Schema.Struct({
  /** Which tiers the samples came from: hot is `d1`, cold is `r2`. */
  source: Schema.Literals(["d1", "r2", "split", "none"]),
  /** Samples per tier after de-duplication: together they are all samples of the window. */
  d1_samples: Count,
  r2_samples: Count,
  /** Samples or buckets in the answer, of all points. */
  returned_samples: Count,
  /** `raw`, an interval such as `5min`, or `m4` where `width` was asked. */
  resolution: Schema.String,
  /** The width of a column of `width`, ms, not always a whole number; null otherwise. */
  column_ms: Schema.NullOr(Schema.Finite),
  /** Always false: what is too much is refused, not cut. */
  truncated: Schema.Literal(false),
  /** Cold objects read. */
  partitions: Count,
  r2_gets: Count,
  r2_bytes: Count,
  d1_rows_read: Count,
  query_time_ms: Count,
  start_time: Schema.String,
  end_time: Schema.String
})

const MonthRead = Schema.Struct({ month: Schema.String, build: Schema.Int, days: Count })

/** How the answer was made, and what each stage took. */
export const Explanation = Schema.Struct({
  resolution: Schema.String,
  hot_days: Schema.Array(Schema.String),
  /** Days read from their own objects. */
  days: Schema.Array(Schema.String),
  /** Months read as samples, and those of which hourly rollups were enough. */
  months: Schema.Array(MonthRead),
  rollups: Schema.Array(MonthRead),
  expected_samples_per_point: Count,
  batches: Count,
  stage_ms: Schema.Struct({ hot: Count, cold: Count, shape: Count })
})

const head = {
  site_name: Schema.String,
  /** The asked points that the site has, in the order asked. */
  point_names: Schema.Array(Schema.String),
  /** Asked points that the site does not have. */
  unknown_points: Schema.Array(UnknownPoint)
}

const tail = { metadata: Metadata, explain: Schema.optionalKey(Explanation) }

/** In the order of the points asked, then time. */
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
    description: "its first sample in any tier, ms; null where it never had one: only nulls, or registered and no more"
  }),
  last_timestamp: Schema.NullOr(Instant).annotate({ description: "its last sample in any tier, ms; null as first_timestamp" })
})

export const PointsAnswer = Schema.Struct({
  site_name: Schema.String,
  /** How many points match, on all pages. */
  total: Count,
  points: Schema.Array(PointAnswer),
  /** Asks for the next page; null on the last. */
  next_cursor: Schema.NullOr(Schema.String)
})

export const LatestAnswer = Schema.Struct({
  site_name: Schema.String,
  unknown_points: Schema.Array(UnknownPoint),
  /** In the order asked; nulls where the point never had a sample, in any tier. */
  points: Schema.Array(Schema.Struct({
    point_name: Schema.String,
    timestamp: Schema.NullOr(Instant),
    value: Schema.NullOr(Schema.Finite)
  }))
})

export const CoverageAnswer = Schema.Struct({
  site_name: Schema.String,
  start_time: Schema.String,
  end_time: Schema.String,
  /** Days that have samples, ascending; other days of the window have none. */
  days: Schema.Array(
    Schema.Struct({
      day: Schema.String,
      /** `split`: archived, and changed since. */
      tier: Schema.Literals(["d1", "r2", "split"]),
      samples: Schema.NullOr(Count).annotate({
        description: "samples of the whole day, both tiers together: so many where exact, else at most so many; " +
          "null where the day became hot before its samples were counted"
      }),
      exact: Schema.Boolean.annotate({
        description: "false where a sample may be counted twice: one sent again since the last compaction, or one that is hot and archived"
      }),
      /** Samples of the day that are hot; null where it is not, or not counted. */
      d1_samples: Schema.NullOr(Count),
      /** Samples in the archived day; null where it is not archived. */
      r2_samples: Schema.NullOr(Count),
      r2_points: Schema.NullOr(Count)
    })
  )
})
