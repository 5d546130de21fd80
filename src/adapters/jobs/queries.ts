/**
 * D1 as the job state uses it: batches that may be applied twice, and JSON bodies in rows.
 */
import { Effect, Result } from "effect"
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

  /** The rows of one statement, which is prepared when it is run: a Worker may touch no binding while it starts. */
  const all = <T>(operation: string, subject: string, sql: string, ...values: ReadonlyArray<unknown>) =>
    Effect.suspend(() => batch<T>(operation, subject, [db.prepare(sql).bind(...values)])).pipe(
      Effect.map((results) => D1.rowsOf<T>(results, 0))
    )

  /** A body to store; one that could not be read back is refused. */
  const encode = <A>(operation: string, subject: string, codec: JsonCodec<A>, value: A) =>
    Effect.mapError(
      Effect.fromResult(codec.write(value)),
      (cause) => new JobStateError({ operation, subject, cause })
    )

  return { batch, all, encode }
}

/**
 * The bodies of rows. One that cannot be read is shown as `unreadable` makes it of its row, so that it can be replaced:
 * an error would be one for ever.
 */
export const decodeBodies = <A, Row extends Body>(
  codec: JsonCodec<A>,
  rows: ReadonlyArray<Row>,
  unreadable: (row: Row, reason: string) => A
): ReadonlyArray<A> =>
  rows.map((row) =>
    Result.getOrElse(codec.read(row.body), (error) =>
      unreadable(row, `its stored state cannot be read: ${error.message.slice(0, 200)}`)))

export type Queries = ReturnType<typeof makeQueries>
