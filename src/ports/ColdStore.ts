/**
 * `ColdStore`: one object per partition, for ever.
 *
 * Laws (conformance suite `test/conformance/ColdStore.ts`):
 * - `build` writes nothing; `verify` decodes what was built and compares it with what went in; `put` succeeds only if
 *   the live object is still the one named by `base` (null: there is none), else it fails with `Conflict`.
 * - After a `put` that was acknowledged, or one whose answer was lost but whose object stands, `head` shows it.
 * - `read` is pinned to the entry's etag. If the object changed it reads the newer one from the start and says so; if
 *   it is gone it fails with `Missing`: never an empty answer, never a mixture of two objects.
 * - `check` tells apart an object that is gone (`Missing`), one newer than the row (`Conflict`), and one whose bytes
 *   are not what the row says (`Corrupt`), with what is damaged.
 * - `scan` delivers every series in the order of `comparePoints`, from one object, in columns that are the taker's own,
 *   to give back. A scan of all series of an object that describes itself ends with `Corrupt` where they add up to
 *   another checksum than its own.
 * - An object describes itself: `list` and `head` give everything the catalog needs but the index. One that another
 *   tool wrote does not: `head` says that it is foreign, `list` leaves it out, `foreign` finds it.
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

/** The live object is not the one the build was based on. */
export class ObjectChanged extends Schema.TaggedError<ObjectChanged>()("ObjectChanged", {
  expected: Schema.NullOr(Schema.String)
}) {}
/** The catalog names an object that is not there. */
export class ObjectMissing extends Schema.TaggedError<ObjectMissing>()("ObjectMissing", {}) {}
/** The bytes are not what they claim to be. */
export class ObjectDamaged extends Schema.TaggedError<ObjectDamaged>()("ObjectDamaged", {
  detail: Schema.String,
  /** Absent where a read met the damage, which does not look around. */
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

/** A finished object that is stored nowhere yet. */
export interface BuiltObject extends Omit<OwnEntry, "etag"> {
  readonly bytes: Uint8Array
  /** The names inside, in the order of `comparePoints`. */
  readonly pointNames: ReadonlyArray<string>
}

export interface ColdRead {
  /** Samples inside the window, one entry a point that has any. */
  readonly series: ReadonlyArray<Series>
  /** The object that was read: another etag than asked where it had changed. */
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
  /** Reads the whole object of a catalog row and compares the two, the index included. */
  readonly check: (entry: CatalogEntry) => Effect.Effect<void, ColdStoreError>
  /**
   * The series of exactly this object after a point (null: all); fails with `Conflict` if it has changed since. A
   * catalog entry brings its index along, a bare object has it read from the footer. Objects of other tools may hold
   * rows that are no samples: `onDropped` is told how many were left out, and why, bit by bit until the stream ends.
   */
  readonly scan: (
    object: ColdObject | CatalogEntry | ForeignObject,
    after: string | null,
    onDropped?: (dropped: Dropped) => void
  ) => Stream.Stream<Series, ColdStoreError>
  /** Every daily object that one of our runs wrote, of all sites. */
  readonly list: Stream.Stream<OwnObject, ColdStoreError>
  /** Daily objects of other tools, in the present and in the older layout of keys. */
  readonly foreign: Stream.Stream<ForeignObject, ColdStoreError>
  /** Keys among those of daily objects that name no site and day. */
  readonly strange: Stream.Stream<string, ColdStoreError>
}>()("building-vitals/ports/ColdStore") {}
