/**
 * Appending one step of a run: one segment a block and hour, in one batch that the run's fence opens.
 */
import { Effect } from "effect"
import { countSamples, type Series } from "../../domain/samples/series.ts"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import { type Fence, StaleFence } from "../../ports/Intake.ts"
import { batch, type Database, jsonParameters, retryPlatform, rowsOf, rowsWritten } from "../cloudflare/database.ts"
import { hexFromBytes } from "../cloudflare/hex.ts"
import { read, storeError } from "./database.ts"
import { type Identities, retryAllocation } from "./identities.ts"
import { PARTS } from "./keys.ts"
import { planTail, TAIL_BLOBS, TAIL_BYTES, type TailAppend, type TailPlan } from "./tail-row.ts"

/** A tail row is read back as hex, which D1 cuts off at 2 MB; what would grow it beyond this opens another part. */
const TAIL_ROW_BYTES = 900_000

// The newest part takes it, or the one after. The subquery sees the table before the statement, and a statement holds
// one segment a (block, hour).
const APPEND = `INSERT INTO tail (k, ${TAIL_BLOBS.join(", ")})
  SELECT coalesce((
      SELECT t.k + (${TAIL_BYTES} + (value ->> 1) > ${TAIL_ROW_BYTES} AND t.k % ${PARTS} < ${PARTS} - 1)
      FROM tail AS t WHERE t.k >= value ->> 0 AND t.k < (value ->> 0) + ${PARTS} ORDER BY t.k DESC LIMIT 1
    ), value ->> 0), ${TAIL_BLOBS.map((_, i) => `unhex(value ->> ${i + 2})`).join(", ")}
  FROM json_each(?1) WHERE true
  ON CONFLICT DO UPDATE SET ${TAIL_BLOBS.map((blob) => `${blob} = CAST(${blob} || excluded.${blob} AS BLOB)`).join(", ")}`

const appendRow = ({ key, segments }: TailAppend): string => {
  const bytes = segments.reduce((sum, { length }) => sum + length, 0)
  return `[${key},${bytes},${segments.map((segment) => `"${hexFromBytes(segment)}"`).join(",")}]`
}

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
  run: Fence,
  step: number,
  plan: TailPlan
): ReadonlyArray<D1PreparedStatement> => [
  db.prepare(FENCE).bind(siteId, run.sequence, step),
  ...plan.rounds.flatMap((round) =>
    jsonParameters(round.map(appendRow)).map((parameter) => db.prepare(APPEND).bind(parameter))
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

  return Effect.fn("HotStoreD1.append")(function*(run: Fence, step: number, series: ReadonlyArray<Series>) {
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
      return { samples: countSamples(filled), cost: rowsWritten(results) }
    })
    return yield* attempt.pipe(
      Effect.tapErrorTag("D1Error", () => Effect.sync(() => unanswered = true)),
      retryPlatform,
      retryAllocation,
      Effect.catchTags({
        D1Error: (error) => Effect.fail(storeError(error)),
        IdTaken: (cause) => Effect.fail(new HotStoreError({ operation: "append", subject, cause })),
        GuardFailed: (cause) =>
          Effect.flatMap(
            runState(subject, siteId),
            (now): Effect.Effect<{ samples: number; cost: number }, HotStoreError | StaleFence> => {
              if (now.sequence !== run.sequence) {
                return Effect.fail(new StaleFence({ site: run.site, sequence: run.sequence, newest: now.sequence }))
              }
              if (now.step < step) {
                const expected = new Error(`the step after ${now.step} is ${now.step + 1}`, { cause })
                return Effect.fail(new HotStoreError({ operation: "append", subject, cause: expected }))
              }
              return Effect.succeed({ samples: unanswered ? countSamples(filled) : 0, cost: 0 })
            }
          )
      })
    )
  })
}
