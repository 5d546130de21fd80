/**
 * Forgetting: an archived day whose object is gone or damaged, and that nobody can restore, becomes an empty day. Its
 * object is replaced by one without samples, so that the catalog, the month and a rebuild all know that it is empty.
 */
import { Effect, Option, Result, Schema, Stream } from "effect"
import type { ColdObject } from "../../domain/tiers/catalog.ts"
import { type Day, formatDay } from "../../domain/time/calendar.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { ColdStore, type ColdStoreError } from "../../ports/ColdStore.ts"
import { windowOfDay } from "../../domain/time/window.ts"
import { publishDay } from "../publish.ts"
import { reportRun, type RunTally } from "../run.ts"

/** The day may not be forgotten. */
export class NotForgettable extends Schema.TaggedError<NotForgettable>()("NotForgettable", {
  site: Schema.String,
  day: Schema.Int,
  reason: Schema.Literals(["absent", "readable"])
}) {
  override get message() {
    const what = this.reason === "absent" ? "is not archived" : "can be read: only a day that cannot is forgotten"
    return `${formatDay(this.day)} of site ${this.site} ${what}`
  }
}

/** A day that cannot be read, and why. */
export interface UnreadableDay {
  /** What the catalog says that it held. */
  readonly object: ColdObject
  /** The etag of the live object when it was looked at; null where there was none. */
  readonly base: string | null
  readonly reason: string
}

/** Whether the store itself answered that the object is gone or damaged; a store that failed says nothing about it. */
export const isUnreadable = (error: ColdStoreError | { readonly _tag: string; readonly reason?: never }): boolean =>
  error.reason?._tag === "ObjectMissing" || error.reason?._tag === "ObjectDamaged"

/** Reads the day in full; fails if that succeeds. */
export const findUnreadable = Effect.fn("findUnreadable")(function*(site: string, day: Day) {
  const catalog = yield* Catalog
  const [object] = yield* catalog.list(site, windowOfDay(day))
  if (object === undefined || object.rows === 0) return yield* new NotForgettable({ site, day, reason: "absent" })
  const [entry] = (yield* catalog.find(site, [object])).entries
  const cold = yield* ColdStore
  // Before it is read: an object that takes its place meanwhile must not be forgotten with it.
  const live = Option.getOrNull(yield* cold.head(site, day))
  const verdict = entry === undefined ? Result.void : yield* Effect.result(cold.check(entry))
  if (Result.isSuccess(verdict)) return yield* new NotForgettable({ site, day, reason: "readable" })
  const failure = verdict.failure
  if (!isUnreadable(failure)) return yield* failure
  return { object, base: live?.etag ?? null, reason: failure.message } satisfies UnreadableDay
})

/**
 * Replaces the object of an unreadable day by an empty one. Hot samples of the day stay. Fails where another object has
 * taken the place of the unreadable one.
 */
export const forgetDay = Effect.fn("forgetDay")(function*({ base, object, reason }: UnreadableDay) {
  const { day, points, rows, site } = object
  const tally: RunTally = { samples: 0, dropped: {}, counts: { forgottenSamples: rows } }
  const nothing = { site, day, source: "archival", series: Stream.empty, evict: null, base, replaces: true } as const
  return yield* reportRun("archival", site, tally, ({ id: writtenBy }) =>
    publishDay({ ...nothing, writtenBy }).pipe(
      Effect.as({
        status: "warning" as const,
        reason: `${formatDay(day)} was forgotten, with ${rows} samples of ${points} points: ${reason}`
      })
    ))
})
