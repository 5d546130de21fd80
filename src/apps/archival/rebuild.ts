/**
 * Rebuilds the catalog from the bucket: every object describes itself, so a lost or stale row can be written again.
 */
import { Effect, Option, Stream } from "effect"
import type { OwnObject } from "../../domain/tiers/catalog.ts"
import { pointExtents } from "../../domain/samples/extent.ts"
import { windowOfDay } from "../../domain/time/window.ts"
import { isUnreadable } from "./forget.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { ColdStore } from "../../ports/ColdStore.ts"

export interface RebuildReport {
  /** Objects in the bucket. */
  readonly objects: number
  /** Rows that were missing or older than their object, and are right now. */
  readonly recorded: number
  /** Objects that are older than their row, or have its generation and differ: a person must look at them. */
  readonly suspect: ReadonlyArray<string>
  /** Objects that could not be read, and why. Their rows stay as they are. */
  readonly unreadable: ReadonlyArray<{ readonly key: string; readonly reason: string }>
  /** Keys of objects that do not describe themselves: they are for adoption. */
  readonly foreign: ReadonlyArray<string>
}

/**
 * Brings the catalog and the extents of the points up to date with the objects that exist. Idempotent; never replaces a
 * newer row.
 *
 * @param options `rescan` also reads objects whose row is in place, for when only the extents were lost
 */
export const rebuildCatalog = Effect.fn("rebuildCatalog")(function*(options: { readonly rescan: boolean }) {
  const cold = yield* ColdStore
  let objects = 0
  let recorded = 0
  const suspect: Array<string> = []
  const unreadable: Array<{ readonly key: string; readonly reason: string }> = []
  const foreign: Array<string> = []
  yield* Stream.runForEach(
    cold.list,
    Effect.fnUntraced(function*(object) {
      if (object.kind === "foreign") return void foreign.push(object.key)
      objects++
      const verdict = yield* recordObject(object, options.rescan).pipe(
        // One object that is lost or damaged does not hold up the others.
        Effect.catchIf(isUnreadable, ({ message }) =>
          Effect.sync(() => {
            unreadable.push({ key: object.key, reason: message })
            return "unreadable" as const
          }))
      )
      if (verdict === "recorded") recorded++
      else if (verdict === "suspect") suspect.push(object.key)
    })
  )
  const report: RebuildReport = { objects, recorded, suspect, unreadable, foreign }
  yield* Effect.logInfo("catalog rebuilt", report)
  return report
})

const recordObject = Effect.fnUntraced(function*(object: OwnObject, rescan: boolean) {
  const catalog = yield* Catalog
  const cold = yield* ColdStore
  const row = Option.fromUndefinedOr((yield* catalog.list(object.site, windowOfDay(object.day)))[0])
  const isInPlace = Option.isSome(row) && row.value.etag === object.etag
  if (isInPlace && !rescan) return "in place"
  if (!isInPlace && Option.isSome(row) && row.value.generation >= object.generation) return "suspect"
  const extents = yield* Stream.runCollect(Stream.map(cold.scan(object, null), pointExtents))
  // A row in place stays as it is when it is published again.
  yield* catalog.publish({ ...object, index: null }, extents.flat(), null)
  return isInPlace ? "in place" : "recorded"
})
