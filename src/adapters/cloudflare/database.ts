/**
 * D1 as effects: batches, retries, guards, and rows as JSON parameters. Knows no store.
 */
import { Effect, Schedule, Schema } from "effect"

/** The part of the binding that the adapters use. */
export type Database = Pick<D1Database, "prepare" | "batch">

/** A bound text may hold 2 MB. One more row is added before the size is known, so that this stays well below. */
const MAX_PARAMETER_CHARS = 1_500_000

/** Tries of a batch that failed on the platform's side; 4 outlast a restart of the database. */
const TRIES = 4

/** D1 refused or lost a batch; whether it was applied is unknown. */
export class D1Error extends Schema.TaggedError<D1Error>()("D1Error", {
  operation: Schema.String,
  subject: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    const detail = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `D1: ${this.operation} of ${this.subject} failed: ${detail}`
  }
}

/** A guard of the batch did not hold; nothing was changed. */
export class GuardFailed extends Schema.TaggedError<GuardFailed>()("GuardFailed", {}) {}

/** Another writer took the same id or name first; nothing was changed. */
export class IdTaken extends Schema.TaggedError<IdTaken>()("IdTaken", {}) {}

export type BatchError = D1Error | GuardFailed | IdTaken

// What json('stale') of `guard` raises, and what a second row with the same key raises.
const classify = (error: D1Error): BatchError => {
  const text = String(error.cause)
  if (text.includes("malformed JSON")) return new GuardFailed()
  if (text.includes("UNIQUE constraint failed")) return new IdTaken()
  return error
}

const backoff = Schedule.exponential("20 millis").pipe(Schedule.jittered, Schedule.upTo({ times: TRIES - 1 }))

/** Retries what may have been the platform's fault. Only for batches that may be applied twice. */
export const retryPlatform = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.retry(effect, { schedule: backoff, while: (error: E) => error._tag === "D1Error" })

const send = <T>(
  db: Database,
  operation: string,
  subject: string,
  statements: ReadonlyArray<D1PreparedStatement>
) =>
  Effect.tryPromise({
    try: (): Promise<ReadonlyArray<D1Result<T>>> => db.batch<T>([...statements]),
    catch: (cause) => new D1Error({ operation, subject, cause })
  })

/** One transaction: all statements, or none. Tried once. */
export const batch = <T>(
  db: Database,
  operation: string,
  subject: string,
  statements: ReadonlyArray<D1PreparedStatement>
): Effect.Effect<ReadonlyArray<D1Result<T>>, BatchError> =>
  Effect.mapError(send<T>(db, operation, subject, statements), classify)

/** A batch without a guard that may be applied twice, as one that only reads may: it is tried again. */
export const idempotentBatch = <T>(
  db: Database,
  operation: string,
  subject: string,
  statements: ReadonlyArray<D1PreparedStatement>
): Effect.Effect<ReadonlyArray<D1Result<T>>, D1Error> => retryPlatform(send<T>(db, operation, subject, statements))

/**
 * A statement that aborts its batch unless the SQL condition holds. It writes no row.
 *
 * **Gotchas** `json('stale')` raises an error only when it is evaluated; `iif` skips it where the condition holds.
 */
export const guard = (db: Database, condition: string, ...values: ReadonlyArray<unknown>): D1PreparedStatement =>
  db.prepare(`SELECT iif(${condition}, 1, json('stale'))`).bind(...values)

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
