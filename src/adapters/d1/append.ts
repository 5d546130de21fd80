/**
 * Appending one step of a run: one segment a block and hour, in one batch that the run's fence opens.
 */
import { Effect } from "effect"
import { HOUR_MS } from "../../domain/calendar.ts"
import { encodeSegment, type SegmentEntry, SLOTS } from "../../domain/codec/segment.ts"
import { countSamples, cutColumns, type Series } from "../../domain/series.ts"
import { HotStoreError, type Run, StaleRun } from "../../ports/HotStore.ts"
import { batch, type Database, jsonParameters, read, retryPlatform, rowsOf, rowsWritten } from "./database.ts"
import { type Identities, retryAllocation } from "./identities.ts"
import { blockOfPoint, hourOffset, PARTS, TAIL_SPAN } from "./keys.ts"

const HOURS_A_DAY = 24

/** Samples of one segment: at 17 bytes a sample, the worst there is, its hex still fits one parameter. */
const SEGMENT_SAMPLES = 32_768

/** A tail row is read back as hex, which D1 cuts off at 2 MB; what would grow it beyond this opens another part. */
const TAIL_ROW_BYTES = 900_000

/** A segment per row; a block and hour with more than one segment continues in the next round. */
export interface TailPlan {
  readonly rounds: ReadonlyArray<ReadonlyArray<TailRow>>
  readonly days: ReadonlyMap<number, { bytes: number; since: number; samples: number }>
}

interface TailRow {
  /** Of the first part. */
  readonly key: number
  readonly bytes: Uint8Array
}

const segmentsOf = (entries: ReadonlyArray<SegmentEntry>): ReadonlyArray<Uint8Array> => {
  const segments: Array<Uint8Array> = []
  let open: Array<SegmentEntry> = []
  let room = SEGMENT_SAMPLES
  for (const entry of entries) {
    const { slot, timestamps, values } = entry
    if (timestamps.length < room) {
      open.push(entry)
      room -= timestamps.length
      continue
    }
    for (let from = 0; from < timestamps.length;) {
      const to = Math.min(timestamps.length, from + room)
      open.push({ slot, timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) })
      room -= to - from
      from = to
      if (room === 0) {
        segments.push(encodeSegment(open))
        open = []
        room = SEGMENT_SAMPLES
      }
    }
  }
  if (open.length > 0) segments.push(encodeSegment(open))
  return segments
}

/** Sorts samples into one segment a block and hour. */
export const planTail = (series: ReadonlyArray<Series>, ids: ReadonlyMap<string, number>): TailPlan => {
  const blocks = new Map<number, Map<number, Array<SegmentEntry>>>()
  for (const one of series) {
    const id = ids.get(one.point)
    if (id === undefined) throw new Error(`point ${one.point} has no id`)
    const block = blockOfPoint(id)
    const hours = blocks.get(block) ?? new Map<number, Array<SegmentEntry>>()
    blocks.set(block, hours)
    for (const { columns, index } of cutColumns(one, HOUR_MS)) {
      const entries = hours.get(index) ?? []
      hours.set(index, entries)
      entries.push({ slot: id % SLOTS, timestamps: columns.timestamps, values: columns.values })
    }
  }
  const rounds: Array<Array<TailRow>> = []
  const days = new Map<number, { bytes: number; since: number; samples: number }>()
  for (const [block, hours] of blocks) {
    for (const [hour, entries] of hours) {
      const day = days.get(Math.floor(hour / HOURS_A_DAY)) ?? { bytes: 0, since: Infinity, samples: 0 }
      days.set(Math.floor(hour / HOURS_A_DAY), day)
      for (const entry of entries) day.since = Math.min(day.since, entry.timestamps[0] as number)
      day.samples += countSamples(entries)
      segmentsOf(entries).forEach((bytes, i) => {
        const round = rounds[i] ?? []
        rounds[i] = round
        round.push({ key: block * TAIL_SPAN + hourOffset(hour), bytes })
        day.bytes += bytes.length
      })
    }
  }
  return { rounds, days }
}

// The newest part takes it, or the one after. The subquery sees the table before the statement, and a statement holds
// one segment a (block, hour).
const APPEND = `INSERT INTO tail (k, data)
  SELECT coalesce((
      SELECT t.k + (length(t.data) + length(value ->> 1) / 2 > ${TAIL_ROW_BYTES} AND t.k % ${PARTS} < ${PARTS} - 1)
      FROM tail AS t WHERE t.k >= value ->> 0 AND t.k < (value ->> 0) + ${PARTS} ORDER BY t.k DESC LIMIT 1
    ), value ->> 0), unhex(value ->> 1)
  FROM json_each(?1) WHERE true
  ON CONFLICT DO UPDATE SET data = CAST(data || excluded.data AS BLOB)`

const RECORD = `INSERT INTO hot_day (site_id, day, generation, epoch, tail_bytes, tail_since, tail_samples, chunk_samples)
  SELECT ?1, value ->> 0, site.clock, site.clock, value ->> 1, value ->> 2, value ->> 3, 0
  FROM json_each(?2), site WHERE site.id = ?1
  ON CONFLICT DO UPDATE SET generation = excluded.generation, tail_bytes = tail_bytes + excluded.tail_bytes,
    tail_samples = tail_samples + excluded.tail_samples,
    tail_since = min(coalesce(tail_since, excluded.tail_since), excluded.tail_since)`

// The fence: takes exactly the next step of the newest run, or aborts the batch.
const FENCE = `UPDATE site SET clock = clock + 1,
  run_step = iif(run_sequence = ?2 AND run_step = ?3 - 1, ?3, json('stale')) WHERE id = ?1`

export const stepStatements = (
  db: Database,
  siteId: number,
  run: Run,
  step: number,
  plan: TailPlan
): ReadonlyArray<D1PreparedStatement> => [
  db.prepare(FENCE).bind(siteId, run.sequence, step),
  ...plan.rounds.flatMap((round) =>
    jsonParameters(round.map(({ bytes, key }) => `[${key},"${bytes.toHex()}"]`))
      .map((parameter) => db.prepare(APPEND).bind(parameter))
  ),
  ...jsonParameters([...plan.days].map(([day, { bytes, samples, since }]) => `[${day},${bytes},${since},${samples}]`))
    .map((parameter) => db.prepare(RECORD).bind(siteId, parameter))
]

export const make = (db: Database, identities: Identities) => {
  const runState = Effect.fnUntraced(function*(subject: string, siteId: number) {
    const results = yield* read(db, "append", subject, [
      db.prepare("SELECT run_sequence AS sequence, run_step AS step FROM site WHERE id = ?1").bind(siteId)
    ])
    return rowsOf<{ sequence: number; step: number }>(results, 0)[0] ?? { sequence: 0, step: 0 }
  })

  return Effect.fn("HotStoreD1.append")(function*(run: Run, step: number, series: ReadonlyArray<Series>) {
    const subject = `site ${run.site} run ${run.sequence} step ${step}`
    const siteId = yield* identities.ensureSite("append", run.site)
    const filled = series.filter((one) => one.timestamps.length > 0)
    // An answer that was lost leaves open whether the step was taken; the fence tells on the next try.
    let unanswered = false
    const attempt = Effect.gen(function*() {
      const { ids, statements } = yield* identities.ensurePoints("append", siteId, filled.map((one) => one.point))
      const results = yield* batch(db, "append", subject, [
        ...stepStatements(db, siteId, run, step, planTail(filled, ids)),
        ...statements
      ])
      return { samples: countSamples(filled), rowsWritten: rowsWritten(results) }
    })
    return yield* attempt.pipe(
      Effect.tapErrorTag("HotStoreError", () => Effect.sync(() => unanswered = true)),
      retryPlatform,
      retryAllocation,
      Effect.catchTags({
        IdTaken: (cause) => Effect.fail(new HotStoreError({ operation: "append", subject, cause })),
        GuardFailed: (cause) =>
          Effect.flatMap(
            runState(subject, siteId),
            (now): Effect.Effect<{ samples: number; rowsWritten: number }, HotStoreError | StaleRun> => {
              if (now.sequence !== run.sequence) {
                return Effect.fail(new StaleRun({ site: run.site, sequence: run.sequence, newest: now.sequence }))
              }
              if (now.step < step) {
                const expected = new Error(`the step after ${now.step} is ${now.step + 1}`, { cause })
                return Effect.fail(new HotStoreError({ operation: "append", subject, cause: expected }))
              }
              return Effect.succeed({ samples: unanswered ? countSamples(filled) : 0, rowsWritten: 0 })
            }
          )
      })
    )
  })
}
