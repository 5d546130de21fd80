/**
 * `Staging` on D1: the pieces of each part as rows. docs/format-job-state.md describes them.
 */
import { Effect, Layer, Option, Result, Stream } from "effect"
import { makePieceWriter, openPiece, type OpenPart, partToRefill, takePoint } from "./pieces.ts"
import { releaseColumns } from "../../domain/samples/memory.ts"
import type { Series } from "../../domain/samples/series.ts"
import type { Partition } from "../../domain/tiers/partition.ts"
import { LEFTOVER_MS, PartMissing, Staging, StagingError } from "../../ports/Staging.ts"
import { type Database, idempotentBatch, rowsOf } from "../cloudflare/database.ts"
import { bytesFromHex, hexFromBytes } from "../cloudflare/hex.ts"

/** Samples that are handed on together: those of constant points take next to nothing in a piece. */
const SAMPLES_AT_ONCE = 16_384

const PUT = `INSERT INTO staged (site, day, part, piece, is_last, at, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, unhex(?7))
  ON CONFLICT DO UPDATE SET is_last = excluded.is_last, at = excluded.at, data = excluded.data`

const READ = `SELECT is_last AS isLast, hex(data) AS data FROM staged
  WHERE site = ?1 AND day = ?2 AND part = ?3 AND piece = ?4`

interface PieceRow {
  readonly isLast: number
  readonly data: string
}

/** A part that is being read: the number of its next piece. */
interface Reading extends OpenPart {
  readonly part: string
  readonly next: number
}

const failing = (operation: string, { day, site }: Partition) => (cause: unknown) =>
  new StagingError({ operation, site, day, cause })

const make = (db: Database) => {
  const run = <T>(operation: string, partition: Partition, sql: string, ...values: ReadonlyArray<unknown>) =>
    Effect.mapBoth(
      idempotentBatch<T>(db, operation, `site ${partition.site} day ${partition.day}`, [
        db.prepare(sql).bind(...values)
      ]),
      { onFailure: failing(operation, partition), onSuccess: (results) => rowsOf<T>(results, 0) }
    )

  const put: Staging["Service"]["put"] = (partition, part, series, now) =>
    Effect.suspend(() => {
      const { day, site } = partition
      const writer = makePieceWriter()
      let pieces = 0
      const store = (piece: Uint8Array, isLast: boolean) =>
        run("put", partition, PUT, site, day, part, pieces++, isLast ? 1 : 0, now, hexFromBytes(piece))
      return Stream.runForEach(series, (one) =>
        Effect.suspend(() => {
          const piece = writer.add(one)
          releaseColumns(one)
          return piece === undefined ? Effect.void : Effect.asVoid(store(piece, false))
        })).pipe(Effect.andThen(Effect.suspend(() => store(writer.finish(), true))), Effect.asVoid)
    })

  /** The next piece of a part. */
  const refill = Effect.fnUntraced(function*(partition: Partition, { next, part }: Reading) {
    const { day, site } = partition
    const [row] = yield* run<PieceRow>("read", partition, READ, site, day, part, next)
    if (row === undefined) return yield* new PartMissing({ site, day, part })
    const points = yield* Effect.mapError(
      Effect.fromResult(openPiece(bytesFromHex(row.data))),
      failing("read", partition)
    )
    return { part, next: next + 1, points, taken: 0, isLast: row.isLast === 1 } satisfies Reading
  })

  const read: Staging["Service"]["read"] = (partition, parts) =>
    Stream.suspend(() => {
      const open = parts.map((part): Reading => ({ part, next: 0, points: [], taken: 0, isLast: false }))
      return Stream.paginate(undefined, Effect.fnUntraced(function*() {
        for (let i = partToRefill(open); i >= 0; i = partToRefill(open)) {
          open[i] = yield* refill(partition, open[i] as Reading)
        }
        const ready: Array<Series> = []
        // As far as no part has to be refilled: points that come later could be in the piece that is next.
        for (let samples = 0; samples < SAMPLES_AT_ONCE && partToRefill(open) < 0;) {
          const taken = takePoint(open)
          if (taken === undefined) return [ready, Option.none<undefined>()] as const
          if (Result.isFailure(taken)) return yield* failing("read", partition)(taken.failure)
          ready.push(taken.success)
          samples += taken.success.timestamps.length
        }
        return [ready, Option.some(undefined)] as const
      }))
    })

  return Staging.of({
    put,
    read,
    discard: (partition, now) =>
      Effect.asVoid(run("discard", partition, "DELETE FROM staged WHERE site = ?1 AND day = ?2 OR at < ?3",
        partition.site, partition.day, now - LEFTOVER_MS))
  })
}

export const layer = (db: Database): Layer.Layer<Staging> => Layer.sync(Staging, () => make(db))
