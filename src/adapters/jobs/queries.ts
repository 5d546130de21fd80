/**
 * D1 as the job state uses it: batches that may be applied twice, and JSON bodies in rows.
 */
import { Effect } from "effect"
import type { JsonCodec } from "../../domain/jobs/codec.ts"
import { JobStateError } from "../../ports/JobState.ts"
import * as D1 from "../cloudflare/database.ts"

export const stateError = ({ cause, operation, subject }: D1.D1Error): JobStateError =>
  new JobStateError({ operation, subject, cause })

export interface Body {
  readonly body: string
}

export const makeQueries = (db: D1.Database) => {
  const batch = <T>(operation: string, subject: string, statements: ReadonlyArray<D1PreparedStatement>) =>
    Effect.mapError(D1.idempotentBatch<T>(db, operation, subject, statements), stateError)

  /** The rows of one statement. */
  const all = <T>(operation: string, subject: string, sql: string, ...values: ReadonlyArray<unknown>) =>
    Effect.map(batch<T>(operation, subject, [db.prepare(sql).bind(...values)]), (results) => D1.rowsOf<T>(results, 0))

  /** The decoded bodies of rows. */
  const decode = <A>(operation: string, subject: string, codec: JsonCodec<A>) => (rows: ReadonlyArray<Body>) =>
    Effect.forEach(rows, ({ body }) =>
      Effect.mapError(
        Effect.fromResult(codec.read(body)),
        (cause) => new JobStateError({ operation, subject, cause })
      ))

  return { batch, all, decode }
}

export type Queries = ReturnType<typeof makeQueries>
