/**
 * `ColdStore`: one object for each partition, kept for ever.
 *
 * Laws (conformance suite `test/conformance/ColdStore.ts`):
 * - `build` stores nothing. `verify` decodes what was built and compares it with what went in. `put` succeeds only if
 *   the live object is still the one that `base` names (null: there is none), else it fails with `ObjectChanged`.
 * - `head` shows an object after its `put` was acknowledged, and also if only the answer of the `put` was lost.
 * - `read` is pinned to the etag of the entry. If the object has changed, the newer one is read from the start, and the
 *   etag in the answer is its own. If the object is gone, `read` fails with `ObjectMissing`. It never gives an empty
 *   answer instead, nor a mixture of two objects.
 * - `check` tells apart an object that is gone (`ObjectMissing`), one that is newer than the row (`ObjectChanged`), and
 *   one whose bytes are not what the row says (`ObjectDamaged`, with what is damaged).
 * - `scan` delivers every series of one object in the order of `comparePoints`. The columns belong to the caller. A
 *   whole scan of an object whose checksum is known ends with `ObjectDamaged` if the samples have another checksum.
 * - An object describes itself: `list` and `head` give everything the catalog needs but the index. One that another
 *   tool wrote does not: they say that it is foreign.
 */
import { Context, type Effect, type Option, Schema, type Stream } from "effect"
import type { Day } from "../domain/time/calendar.ts"
import {
  type CatalogEntry,
  type ColdObject,
  type ColdSource,
  DAMAGES,
  type ForeignObject,
  type OwnEntry,
  type OwnObject
} from "../domain/tiers/catalog.ts"
import type { Dropped } from "../domain/samples/page.ts"
import type { Series } from "../domain/samples/series.ts"
import type { Window } from "../domain/time/window.ts"

/** The object is no longer the one that the caller named. */
export class ObjectChanged extends Schema.TaggedError<ObjectChanged>()("ObjectChanged", {
  expected: Schema.NullOr(Schema.String)
}) {}
/** The object does not exist. */
export class ObjectMissing extends Schema.TaggedError<ObjectMissing>()("ObjectMissing", {}) {}
/** The bytes of the object are not what it, or its catalog row, says. */
export class ObjectDamaged extends Schema.TaggedError<ObjectDamaged>()("ObjectDamaged", {
  detail: Schema.String,
  /** Absent if a read found the damage: it does not find out what is damaged. */
  damage: Schema.optionalKey(Schema.Literals(DAMAGES))
}) {}
/** The platform failed; a later try may succeed. */
export class StoreUnavailable
  extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", { cause: Schema.Defect() })
{}

export class ColdStoreError extends Schema.TaggedError<ColdStoreError>()("ColdStoreError", {
  operation: Schema.String,
  key: Schema.String,
  reason: Schema.Union([ObjectChanged, ObjectMissing, ObjectDamaged, StoreUnavailable])
}) {
  override get message() {
    const reason = this.reason
    const detail = reason._tag === "ObjectDamaged"
      ? `${reason.damage === undefined ? "" : ` (${reason.damage})`}: ${reason.detail}`
      : reason._tag === "StoreUnavailable"
      ? `: ${reason.cause instanceof Error ? reason.cause.message : String(reason.cause)}`
      : ""
    return `ColdStore.${this.operation} of ${this.key}: ${reason._tag}${detail}`
  }
}

export interface BuildOptions {
  readonly site: string
  readonly day: Day
  readonly generation: number
  readonly source: ColdSource
  readonly writtenBy: string
}

/** A finished object that is not stored yet. */
export interface BuiltObject extends Omit<OwnEntry, "etag"> {
  readonly bytes: Uint8Array
  /** The names of its points, in the order of `comparePoints`. */
  readonly pointNames: ReadonlyArray<string>
}

export interface ColdRead {
  /** Samples inside the window, one entry for each point that has any. */
  readonly series: ReadonlyArray<Series>
  /** The etag of the object that was read; it differs from the one asked for if the object has changed. */
  readonly etag: string
  readonly gets: number
  readonly bytes: number
}

export class ColdStore extends Context.Service<ColdStore, {
  /** The live object of the partition, strongly consistent. */
  readonly head: (site: string, day: Day) => Effect.Effect<Option.Option<OwnObject | ForeignObject>, ColdStoreError>
  /** Series must come in the order of `comparePoints`, each inside the day. */
  readonly build: <E, R>(
    options: BuildOptions,
    series: Stream.Stream<Series, E, R>
  ) => Effect.Effect<BuiltObject, ColdStoreError | E, R>
  readonly verify: (built: BuiltObject) => Effect.Effect<void, ColdStoreError>
  readonly put: (built: BuiltObject, base: string | null) => Effect.Effect<OwnEntry, ColdStoreError>
  readonly read: (
    entry: CatalogEntry,
    points: ReadonlyArray<string>,
    window: Window
  ) => Effect.Effect<ColdRead, ColdStoreError>
  /** Reads the whole object of a catalog row and compares it with the row and its index. */
  readonly check: (entry: CatalogEntry) => Effect.Effect<void, ColdStoreError>
  /**
   * The series of exactly this object that come after a point (null: all); fails with `ObjectChanged` if the object has
   * changed. A catalog entry brings its index; otherwise the index is read from the footer. Objects of other tools may
   * have rows that are not samples: `onDropped` gets counts of them by reason, which add up until the stream ends.
   */
  readonly scan: (
    object: ColdObject | CatalogEntry | ForeignObject,
    after: string | null,
    onDropped?: (dropped: Dropped) => void
  ) => Stream.Stream<Series, ColdStoreError>
  /** Every daily object of all sites; those of other tools also in the older layout of keys. */
  readonly list: Stream.Stream<OwnObject | ForeignObject, ColdStoreError>
  /** Keys below the folder of daily objects that do not name a site and a day. */
  readonly strange: Stream.Stream<string, ColdStoreError>
}>()("building-vitals/ports/ColdStore") {}
