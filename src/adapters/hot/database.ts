/**
 * D1 as the hot store asks it: failures are the port's, and a site has a clock.
 */
import { Effect } from "effect"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import { type D1Error, type Database, idempotentBatch } from "../cloudflare/database.ts"

/** A failure of the platform as the port's. */
export const storeError = ({ cause, operation, subject }: D1Error): HotStoreError =>
  new HotStoreError({ operation, subject, cause })

/** A batch without a guard that may be applied twice, as one that only reads may. */
export const read = <T>(
  db: Database,
  operation: string,
  subject: string,
  statements: ReadonlyArray<D1PreparedStatement>
): Effect.Effect<ReadonlyArray<D1Result<T>>, HotStoreError> =>
  Effect.mapError(idempotentBatch<T>(db, operation, subject, statements), storeError)

/** The site's next clock value, for the batch that this statement opens. */
export const tick = (db: Database, siteId: number): D1PreparedStatement =>
  db.prepare("UPDATE site SET clock = clock + 1 WHERE id = ?1").bind(siteId)
