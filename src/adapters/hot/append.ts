/**
 * Appends one step of a run in one batch: first the run's fence, then a segment for each block and hour.
 */
import { Effect } from "effect"
import { countSamples, type Series } from "../../domain/samples/series.ts"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import { type Appended, type Fence, StaleFence } from "../../ports/Intake.ts"
import {
  batch,
  type Database,
  type GuardFailed,
  jsonParameters,
  retryPlatform,
  rowsOf,
  rowsWritten
} from "../cloudflare/database.ts"
import { hexFromBytes } from "../cloudflare/hex.ts"
import { read, storeError } from "./database.ts"
import { type Identities, retryAllocation } from "./identities.ts"
import { blockOfPoint, PIECES, TAIL_SPAN, tailBetween } from "./keys.ts"
import { planTail, TAIL_BLOBS, TAIL_BYTES, type TailAppend, type TailPlan } from "./tail-row.ts"

/** A tail row is read as hex, which D1 limits to 2 MB. An append that would make it longer begins a new piece. */
const TAIL_ROW_BYTES = 900_000

// Appends to the newest piece of the block and hour, or begins the next. An hour whose pieces are all full aborts the
// batch, because the next key belongs to another hour. The subquery sees the table as it was before
// the statement, and a statement has only one segment for each (block, hour).
const APPEND = `INSERT INTO tail (k, ${TAIL_BLOBS.join(", ")})
  SELECT coalesce((
      SELECT CASE WHEN ${TAIL_BYTES} + (value ->> 1) <= ${TAIL_ROW_BYTES} THEN t.k
        WHEN t.k % ${PIECES} < ${PIECES} - 1 THEN t.k + 1 ELSE json('full') END
      FROM tail AS t WHERE t.k >= value ->> 0 AND t.k < (value ->> 0) + ${PIECES} ORDER BY t.k DESC LIMIT 1
    ), value ->> 0), ${TAIL_BLOBS.map((_, i) => `unhex(value ->> ${i + 2})`).join(", ")}
  FROM json_each(?1) WHERE true
  ON CONFLICT DO UPDATE SET ${
  TAIL_BLOBS.map((blob) => `${blob} = CAST(${blob} || excluded.${blob} AS BLOB)`).join(", ")
}`

const appendRow = ({ key, segments }: TailAppend): string => {
  const bytes = segments.reduce((sum, { length }) => sum + length, 0)
  return `[${key},${bytes},${segments.map((segment) => `"${hexFromBytes(segment)}"`).join(",")}]`
}

const FULL = `SELECT DISTINCT b.value AS block FROM json_each(?1) AS b
  CROSS JOIN tail AS t ON ${tailBetween("b.value", "0", `${TAIL_SPAN}`)} WHERE t.k % ${PIECES} = ${PIECES} - 1`

const RECORD = `INSERT INTO hot_day
    (site_id, day, generation, epoch, tail_bytes, tail_since, tail_samples, chunk_samples)
  SELECT ?1, value ->> 0, site.clock, site.clock, value ->> 1, value ->> 2, value ->> 3, 0
  FROM json_each(?2), site WHERE site.id = ?1
  ON CONFLICT DO UPDATE SET generation = excluded.generation, tail_bytes = tail_bytes + excluded.tail_bytes,
    tail_samples = tail_samples + excluded.tail_samples,
    tail_since = min(coalesce(tail_since, excluded.tail_since), excluded.tail_since)`

// The fence: takes the next step of the newest run; anything else aborts the batch.
const FENCE = `UPDATE site SET clock = clock + 1,
  run_step = iif(run_sequence = ?2 AND run_step = ?3 - 1, ?3, json('stale')) WHERE id = ?1`

/** Appends to the tail and records it in the directory, at the present clock of the site. */
export const tailStatements = (db: Database, siteId: number, plan: TailPlan): ReadonlyArray<D1PreparedStatement> => [
  ...plan.rounds.flatMap((round) =>
    jsonParameters(round.map(appendRow)).map((parameter) => db.prepare(APPEND).bind(parameter))
  ),
  ...jsonParameters([...plan.days].map(([day, { bytes, samples, since }]) => `[${day},${bytes},${since},${samples}]`))
    .map((parameter) => db.prepare(RECORD).bind(siteId, parameter))
]

const subjectOf = (run: Fence, step: number): string => `site ${run.site} run ${run.sequence} step ${step}`

export const stepStatements = (
  db: Database,
  siteId: number,
  run: Fence,
  step: number,
  plan: TailPlan
): ReadonlyArray<D1PreparedStatement> => [
  db.prepare(FENCE).bind(siteId, run.sequence, step),
  ...tailStatements(db, siteId, plan)
]

export const make = (db: Database, identities: Identities) => {
  /** Those of the points whose block has an hour with all of its pieces. */
  const fullPoints = Effect.fnUntraced(function*(subject: string, siteId: number, points: ReadonlyArray<string>) {
    const { byName } = yield* identities.load("append", siteId)
    const blockOf = (point: string) => blockOfPoint(byName.get(point) ?? -1)
    const results = yield* read(db, "append", subject, [
      db.prepare(FULL).bind(JSON.stringify([...new Set(points.map(blockOf))]))
    ])
    const full = new Set(rowsOf<{ block: number }>(results, 0).map(({ block }) => block))
    return points.filter((point) => full.has(blockOf(point)))
  })

  /** What a failed fence means: the step was taken before, or why it may not be taken. */
  const explainFailure = Effect.fnUntraced(function*(
    siteId: number,
    run: Fence,
    step: number,
    series: ReadonlyArray<Series>,
    cause: GuardFailed
  ) {
    const subject = subjectOf(run, step)
    const results = yield* read(db, "append", subject, [
      db.prepare("SELECT run_sequence AS sequence, run_step AS step FROM site WHERE id = ?1").bind(siteId)
    ])
    const now = rowsOf<{ sequence: number; step: number }>(results, 0)[0] ?? { sequence: 0, step: 0 }
    if (now.sequence !== run.sequence) {
      return yield* new StaleFence({ site: run.site, sequence: run.sequence, newest: now.sequence })
    }
    if (now.step < step - 1) {
      const expected = new Error(`the step after ${now.step} is ${now.step + 1}`, { cause })
      return yield* new HotStoreError({ operation: "append", subject, cause: expected })
    }
    if (now.step < step) {
      const points = yield* fullPoints(subject, siteId, series.map(({ point }) => point))
      const full = new Error(`there is no more room in an hour of ${points.join(", ")}`, { cause })
      return yield* new HotStoreError({ operation: "append", subject, cause: full })
    }
  })

  return Effect.fn("HotStoreD1.append")(function*(run: Fence, step: number, series: ReadonlyArray<Series>) {
    const subject = subjectOf(run, step)
    const siteId = yield* identities.ensureSite("append", run.site)
    const filled = series.filter((one) => one.timestamps.length > 0)
    // If an answer was lost, the step may have been taken: the fence of the next try tells.
    let unanswered = false
    const attempt = Effect.gen(function*() {
      const { ids, statements } = yield* identities.ensurePoints("append", siteId, filled.map((one) => one.point))
      const results = yield* batch(db, "append", subject, [
        ...stepStatements(db, siteId, run, step, planTail(filled, ids)),
        ...statements
      ])
      return { samples: countSamples(filled), cost: rowsWritten(results) } satisfies Appended
    })
    return yield* attempt.pipe(
      Effect.tapErrorTag("D1Error", () => Effect.sync(() => unanswered = true)),
      retryPlatform,
      retryAllocation,
      Effect.catchTags({
        D1Error: (error) => Effect.fail(storeError(error)),
        IdTaken: (cause) => Effect.fail(new HotStoreError({ operation: "append", subject, cause })),
        GuardFailed: (cause) =>
          Effect.map(
            explainFailure(siteId, run, step, filled, cause),
            (): Appended => ({ samples: unanswered ? countSamples(filled) : 0, cost: 0 })
          )
      })
    )
  })
}
