/**
 * Publishes a day: builds the object, decodes and compares it in memory, puts it conditionally, and records it in the
 * catalog in one guarded transaction, which for an archival also evicts what the object holds from the hot tier.
 *
 * If archival and backfill publish one day at once, the conditional put of one fails. An archival then reads the
 * other's object and merges again; a backfill asks the source again, because the other may have read it later.
 */
import { Cause, Effect, Option, Pull, Schedule, Stream } from "effect"
import type { Day } from "../domain/time/calendar.ts"
import type { ColdObject, ColdSource, ForeignObject, ObjectVersion, OwnObject } from "../domain/tiers/catalog.ts"
import { type PointExtent, pointExtents } from "../domain/samples/extent.ts"
import { mergeSeries } from "../domain/samples/merge.ts"
import type { Series } from "../domain/samples/series.ts"
import { windowOfDay } from "../domain/time/window.ts"
import { Catalog, type Corrections } from "../ports/Catalog.ts"
import { ColdStore, ColdStoreError, ObjectDamaged } from "../ports/ColdStore.ts"
import { type EvictionGuard, StalePartition } from "../ports/HotDays.ts"
import type { HotStoreError } from "../ports/HotStoreError.ts"
import { narrowingOf } from "./narrowing.ts"

/** How often a put or a replaced catalog row is tried again, if another writer was faster, before the run gives up. */
const RETRIES = 5

export interface PublishRequest<E, R> {
  readonly site: string
  readonly day: Day
  readonly source: ColdSource
  readonly writtenBy: string
  /** What to add, in the order of `comparePoints`; it outranks what the live object holds. Run once for each try. */
  readonly series: Stream.Stream<Series, E, R>
  /** An older archive of the day to merge in, outranked by everything else. */
  readonly beneath?: ForeignObject
  /** The series are the whole day: what was published before is not read, and is gone afterwards. */
  readonly replaces?: true
  /** With a guard, the scanned hot samples are evicted in the transaction that records the object. */
  readonly evict: EvictionGuard | null
  /**
   * Of samples that were read from the source: the etag of the live object before that. If another object has taken its
   * place, the publication fails: its writer may have read the source later.
   */
  readonly base?: string | null
  /** What the hot tier must be told in the transaction that records the object. */
  readonly corrections?: Corrections
}

export interface Published {
  readonly entry: ColdObject
  /** False if the live object already held every sample, so that nothing was written. */
  readonly changed: boolean
}

/** Answers `none` if neither the series nor a live object holds a sample, unless the day is to be replaced. */
export const publishDay = <E, R>(request: PublishRequest<E, R>): Effect.Effect<
  Option.Option<Published>,
  E | ColdStoreError | HotStoreError | StalePartition,
  R | Catalog | ColdStore
> =>
  publishOnce(request).pipe(
    Effect.retry({
      while: (error) => request.evict === null && request.base === undefined && isLostRace(error),
      schedule: Schedule.exponential("50 millis").pipe(Schedule.jittered, Schedule.upTo({ times: RETRIES }))
    }),
    Effect.withSpan("publishDay", { attributes: { site: request.site, day: request.day } })
  )

const publishOnce = Effect.fnUntraced(function*<E, R>(request: PublishRequest<E, R>) {
  const { base, corrections, day, evict, replaces, series, site, source, writtenBy } = request
  const cold = yield* ColdStore
  const catalog = yield* Catalog
  const live = yield* cold.head(site, day)
  if (base !== undefined && base !== etagOf(live)) {
    return yield* new StalePartition({ site, day, detail: "another run has published it since the source was asked" })
  }
  const [recorded] = yield* catalog.list(site, windowOfDay(day))
  // An object of another tool has no generation.
  const own = Option.getOrNull(Option.filter(live, (object) => object.kind === "own"))
  const extents: Array<PointExtent> = []
  const below = replaces === true ? [] : baseOf(request, recorded, Option.getOrNull(live))
  const bases = below.map((object): Base => ({ object, held: 0 }))
  const ranked = bases.map((base) =>
    Stream.tap(cold.scan(base.object, null), ({ timestamps }) => Effect.sync(() => base.held += timestamps.length)))
  const built = yield* cold.build(
    { site, day, source, writtenBy, generation: Math.max(own?.generation ?? 0, recorded?.generation ?? 0) + 1 },
    ranked
      .reduceRight((merged: Stream.Stream<Series, ColdStoreError | E, R>, below) => mergeSorted(below, merged), series)
      .pipe(Stream.tap((one) => Effect.sync(() => extents.push(...pointExtents(one)))))
  )
  yield* expectNothingLost(bases, recorded, built.rows)
  if (built.rows === 0 && replaces !== true) return Option.none<Published>()
  const unchanged = replaces !== true && own !== null && recorded?.etag === own.etag &&
    recorded.generation === own.generation && built.rows === recorded.rows && built.checksum === recorded.checksum
  if (unchanged && evict === null && (corrections?.series ?? []).length === 0) {
    // The hot tier may have got samples since that were read earlier: the guard of the corrections finds them.
    if (corrections !== undefined && concernsHot(corrections)) {
      yield* catalog.publish({ ...recorded, index: null }, [], null, corrections)
    }
    return Option.some<Published>({ entry: recorded, changed: false })
  }
  yield* cold.verify(built)
  const entry = yield* cold.put(built, etagOf(live))
  // Built on objects of ours, a day loses nothing; one of another tool may have lost samples since it was adopted.
  const keepsAll = replaces !== true && recorded?.kind !== "adopted" &&
    Option.getOrUndefined(live)?.kind !== "foreign"
  const narrowing = keepsAll ? undefined : yield* narrowingOf(site, day, extents)
  yield* catalog.publish(entry, extents, evict, corrections, narrowing)
  return Option.some<Published>({ entry, changed: true })
})

/** Whether the hot tier has samples of the day, or a sync may be about to append some. */
const concernsHot = ({ fencesSync, generation }: Corrections): boolean => fencesSync || generation > 0

/** An object that is built on, and how many samples were read of it. */
interface Base {
  readonly object: ColdObject | ForeignObject
  held: number
}

/** Fails if fewer samples would be written than were read of an object, or fewer were read than the catalog knows. */
const expectNothingLost = Effect.fnUntraced(function*(
  bases: ReadonlyArray<Base>,
  recorded: ColdObject | undefined,
  written: number
) {
  for (const { held, object } of bases) {
    const known = object.kind === "foreign" ? recorded?.etag === object.etag ? recorded.rows : 0 : object.rows
    if (held >= known && written >= held) continue
    const detail = `a rewrite would lose samples: of ${Math.max(known, held)} ` +
      `${held} were read, ${written} would be written`
    return yield* new ColdStoreError({ operation: "rewrite", key: object.key, reason: new ObjectDamaged({ detail }) })
  }
})

/** The objects to build on, lowest rank first, each once. */
const baseOf = (
  request: { readonly beneath?: ForeignObject },
  recorded: ColdObject | undefined,
  live: OwnObject | ForeignObject | null
): ReadonlyArray<ColdObject | ForeignObject> => {
  // An adopted day is recorded under its foreign key until it is first published under its own.
  const objects = [request.beneath ?? null, recorded ?? null, live]
  return objects.filter((object, i): object is ColdObject | ForeignObject =>
    object !== null && !objects.slice(i + 1).some((later) => later?.key === object.key)
  )
}

const etagOf = Option.match({ onNone: () => null, onSome: ({ etag }: ObjectVersion) => etag })

/**
 * Whether another writer of the day came first. What was scanned of the hot tier, or read from the source, must then be
 * scanned or read again, which is the caller's to do.
 */
export const isLostRace = (error: unknown): boolean => {
  const lost = error as ColdStoreError | StalePartition
  return lost._tag === "ColdStoreError"
    ? lost.reason._tag === "ObjectChanged"
    : lost._tag === "StalePartition"
}

/** Series that are pulled but not merged yet, and whether none follow. */
interface Pulled {
  readonly queue: ReadonlyArray<Series>
  readonly done: boolean
}

/** Merges two streams that are sorted by point; if both have a sample of one instant, `higher` wins. */
export const mergeSorted = <E1, R1, E2, R2>(
  lower: Stream.Stream<Series, E1, R1>,
  higher: Stream.Stream<Series, E2, R2>
): Stream.Stream<Series, E1 | E2, R1 | R2> =>
  Stream.combineArray(
    lower,
    higher,
    (): readonly [Pulled, Pulled] => [{ queue: [], done: false }, { queue: [], done: false }],
    Effect.fnUntraced(function*(state, pullLower, pullHigher) {
      let [left, right] = state
      while (true) {
        left = yield* refill(left, pullLower)
        right = yield* refill(right, pullHigher)
        const step = mergeSeries(left.queue, left.done, right.queue, right.done)
        left = { queue: step.lower, done: left.done }
        right = { queue: step.higher, done: right.done }
        const [first, ...rest] = step.merged
        if (first !== undefined) return [[first, ...rest], [left, right] as const] as const
        if (left.done && right.done) return yield* Cause.done()
      }
    })
  )

const refill = <E, R>(side: Pulled, pull: Pull.Pull<ReadonlyArray<Series>, E, void, R>): Effect.Effect<Pulled, E, R> =>
  side.done || side.queue.length > 0
    ? Effect.succeed(side)
    : Pull.catchDone(
      Effect.map(pull, (queue): Pulled => ({ queue, done: false })),
      () => Effect.succeed<Pulled>({ queue: [], done: true })
    )
