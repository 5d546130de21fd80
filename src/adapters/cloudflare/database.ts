/**
 * D1 as the hot store uses it: batches as effects, guards, and blobs as hex inside JSON parameters.
 */
import { Effect, Schedule, Schema } from "effect"
import { ChunkError } from "../../domain/codec/error.ts"
import { HotStoreError } from "../../ports/HotStore.ts"

/** What the adapter needs of the binding. */
export type Database = Pick<D1Database, "prepare" | "batch">

/** A bound text may hold 2 MB; JSON of hex is flushed well before, since one more row is added before the size is known. */
const MAX_PARAMETER_CHARS = 1_500_000

/** Tries of a batch that failed for no reason of ours; 3 reach past a restart of the database. */
const TRIES = 4

/** A guard of the batch did not hold; nothing was changed. */
export class GuardFailed extends Schema.TaggedError<GuardFailed>()("GuardFailed", {}) {}

/** Another writer took the same id or name first; nothing was changed. */
export class IdTaken extends Schema.TaggedError<IdTaken>()("IdTaken", {}) {}

export type BatchError = HotStoreError | GuardFailed | IdTaken

// What json('stale') of `guard` raises, and what a second row with one key does.
const classify = (operation: string, subject: string) => (cause: unknown): BatchError => {
  const text = String(cause)
  if (text.includes("malformed JSON")) return new GuardFailed()
  if (text.includes("UNIQUE constraint failed")) return new IdTaken()
  return new HotStoreError({ operation, subject, cause })
}

const backoff = Schedule.exponential("20 millis").pipe(Schedule.jittered, Schedule.upTo({ times: TRIES - 1 }))

// Damaged bytes stay damaged.
const isPlatformFault = (error: unknown): boolean =>
  error instanceof HotStoreError && !(error.cause instanceof ChunkError)

/** Retries what may have been the platform's fault. Only for batches that may be applied twice. */
export const retryPlatform = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.retry(effect, { schedule: backoff, while: isPlatformFault })

/** One transaction: all statements, or none. */
export const batch = <T>(
  db: Database,
  operation: string,
  subject: string,
  statements: ReadonlyArray<D1PreparedStatement>
): Effect.Effect<ReadonlyArray<D1Result<T>>, BatchError> =>
  Effect.tryPromise({ try: () => db.batch<T>([...statements]), catch: classify(operation, subject) })

/** A batch that only reads, so that it has no guard to fail, and can be tried again. */
export const read = <T>(
  db: Database,
  operation: string,
  subject: string,
  statements: ReadonlyArray<D1PreparedStatement>
): Effect.Effect<ReadonlyArray<D1Result<T>>, HotStoreError> =>
  Effect.tryPromise({
    try: () => db.batch<T>([...statements]),
    catch: (cause) => new HotStoreError({ operation, subject, cause })
  }).pipe(retryPlatform)

/**
 * A statement that aborts its batch unless the SQL condition holds, and writes no row.
 *
 * **Gotchas** `json('stale')` raises only when it is evaluated, which `iif` leaves out where the condition holds.
 */
export const guard = (db: Database, condition: string, ...values: ReadonlyArray<unknown>): D1PreparedStatement =>
  db.prepare(`SELECT iif(${condition}, 1, json('stale'))`).bind(...values)

/** The site's next clock value, for the batch that this statement opens. */
export const tick = (db: Database, siteId: number): D1PreparedStatement =>
  db.prepare("UPDATE site SET clock = clock + 1 WHERE id = ?1").bind(siteId)

/** Packs rows, each already JSON, into as few JSON arrays as fit a parameter; `json_each` unpacks them. */
export const jsonParameters = (rows: Iterable<string>): ReadonlyArray<string> => {
  const parameters: Array<string> = []
  let rest: Array<string> = []
  let size = 0
  for (const row of rows) {
    if (size > 0 && size + row.length > MAX_PARAMETER_CHARS) {
      parameters.push(`[${rest.join(",")}]`)
      rest = []
      size = 0
    }
    rest.push(row)
    size += row.length + 1
  }
  if (rest.length > 0) parameters.push(`[${rest.join(",")}]`)
  return parameters
}

export const rowsWritten = (results: ReadonlyArray<D1Result<unknown>>): number =>
  results.reduce((sum, result) => sum + result.meta.rows_written, 0)

export const rowsRead = (results: ReadonlyArray<D1Result<unknown>>): number =>
  results.reduce((sum, result) => sum + result.meta.rows_read, 0)

/** The rows of one statement of a batch; none where the batch had no such statement. */
export const rowsOf = <T>(results: ReadonlyArray<D1Result<unknown>>, index: number): ReadonlyArray<T> =>
  (results[index]?.results ?? []) as ReadonlyArray<T>
