/**
 * Jobs, days, run reports and re-readings as JSON texts, in which stores keep them. Version 1: see
 * docs/format-job-state.md.
 */
import { Result, Schema } from "effect"
import type { BackfillDay, BackfillJob } from "./backfill/job.ts"
import type { Rereading } from "./reread-plan.ts"
import { RUN_KINDS, type RunReport } from "./run.ts"

const Dropped = Schema.Record(Schema.String, Schema.Int)

const Staged = Schema.Struct({
  run: Schema.String,
  parts: Schema.Array(Schema.String),
  since: Schema.Struct({ etag: Schema.NullOr(Schema.String), hotGeneration: Schema.Int, isSynced: Schema.Boolean })
})

const JobBody = Schema.Struct({
  id: Schema.String,
  sites: Schema.Array(Schema.String),
  startDay: Schema.Int,
  endDay: Schema.Int,
  status: Schema.Literals(["in_progress", "completed", "cancelled", "failed"]),
  version: Schema.Int,
  checkpoint: Schema.Int,
  cursor: Schema.NullOr(
    Schema.Struct({
      site: Schema.String,
      day: Schema.Int,
      from: Schema.Int,
      staged: Schema.optionalKey(Schema.NullOr(Staged)),
      sliceMs: Schema.Int
    })
  ),
  samples: Schema.Int,
  startedAt: Schema.Int,
  lastUpdated: Schema.Int,
  dueAt: Schema.Int,
  workedMs: Schema.Int,
  reason: Schema.String
})

const DayBody = Schema.Struct({
  site: Schema.String,
  day: Schema.Int,
  status: Schema.Literals(["in_progress", "completed", "empty", "failed"]),
  samples: Schema.Int,
  dropped: Dropped,
  attempts: Schema.Int,
  reason: Schema.String
})

const RunBody = Schema.Struct({
  id: Schema.String,
  kind: Schema.Literals(RUN_KINDS),
  site: Schema.String,
  status: Schema.Literals(["completed", "warning", "failed"]),
  reason: Schema.String,
  needsKey: Schema.optionalKey(Schema.Boolean),
  startedAt: Schema.Int,
  finishedAt: Schema.Int,
  samples: Schema.Int,
  dropped: Dropped,
  counts: Schema.Record(Schema.String, Schema.Finite)
})

const LatenessBody = Schema.Struct({
  askedAt: Schema.NullOr(Schema.Int),
  lags: Schema.Array(Schema.Int),
  countedAt: Schema.Int,
  longest: Schema.Int,
  longestAt: Schema.Int,
  points: Schema.Array(Schema.Struct({ point: Schema.String, lag: Schema.Int, seenAt: Schema.Int }))
})

const RereadingBody = Schema.Struct({
  credit: Schema.Finite,
  first: Schema.Int,
  second: Schema.Int,
  last: Schema.Int,
  back: Schema.NullOr(Schema.Int),
  lookedAt: Schema.Int,
  deepest: Schema.NullOr(Schema.Int),
  age: Schema.Int,
  agedAt: Schema.Int,
  width: Schema.Int,
  cost: Schema.Int,
  lateAt: Schema.Int,
  lateness: Schema.optionalKey(LatenessBody),
  ahead: Schema.optionalKey(Schema.Array(Schema.Struct({ start: Schema.Int, end: Schema.Int })))
})

/**
 * Writes values of a type as text and reads them back. A text of another version or shape is an error, and so is a
 * value that could not be read back.
 */
export interface JsonCodec<A> {
  readonly write: (value: A) => Result.Result<string, Schema.SchemaError>
  readonly read: (text: string) => Result.Result<A, Schema.SchemaError>
}

const codec = <A>(body: Schema.Codec<A, unknown>): JsonCodec<A> => {
  const read = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Struct({ v: Schema.Literal(1), body })))
  return {
    write: (value) => {
      const text = JSON.stringify({ v: 1, body: value })
      return Result.map(read(text), () => text)
    },
    read: (text) => Result.map(read(text), (stored) => stored.body)
  }
}

export const jobCodec = codec<BackfillJob>(JobBody)
export const dayCodec = codec<BackfillDay>(DayBody)
export const runCodec = codec<RunReport>(RunBody)
export const rereadingCodec = codec<Rereading>(RereadingBody)
