/**
 * Verifying: every object of a range of days is read and compared with its catalog row, its index and its checksums,
 * and the catalog with the hot days and the months. Nothing is changed.
 */
import { Clock, Effect, Option, Result } from "effect"
import { boundaryOf } from "../../domain/tiers/boundary.ts"
import type { ColdObject } from "../../domain/tiers/catalog.ts"
import { compareDay, type Finding, findingOf, staleMonth } from "../../domain/tiers/findings.ts"
import { planMonths, windowOfMonth } from "../../domain/tiers/months.ts"
import { type Day, dayOf, dayStart } from "../../domain/time/calendar.ts"
import { daysOf, type Window } from "../../domain/time/window.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { ColdStore } from "../../ports/ColdStore.ts"
import { HotDays } from "../../ports/HotDays.ts"
import { MonthStore } from "../../ports/MonthStore.ts"

export interface VerifyOptions {
  readonly hotDays: number
  /** No new day is begun after this long, ms. */
  readonly timeoutMs: number
}

export interface Verified {
  readonly findings: ReadonlyArray<Finding>
  /** Objects and samples that were read and compared. */
  readonly objects: number
  readonly samples: number
  /** The first day that was not looked at because time ran out; null at the end. */
  readonly next: Day | null
}

/** Verifies the days of a site that the window touches. */
export const verifySite = Effect.fn("verifySite")(function*(site: string, window: Window, options: VerifyOptions) {
  const startedAt = yield* Clock.currentTimeMillis
  const rows = new Map((yield* (yield* Catalog).list(site, window)).map((row) => [row.day, row]))
  const findings: Array<Finding> = []
  let objects = 0
  let samples = 0
  for (const day of daysOf(window)) {
    if ((yield* Clock.currentTimeMillis) - startedAt > options.timeoutMs) {
      return { findings, objects, samples, next: day } satisfies Verified
    }
    const row = rows.get(day)
    findings.push(...yield* verifyDay(site, day, row))
    objects += row === undefined ? 0 : 1
    samples += row?.rows ?? 0
  }
  const boundary = boundaryOf(startedAt, options.hotDays)
  findings.push(...yield* findOverdue(site, rows, boundary), ...yield* findStaleMonths(site, window, boundary))
  return { findings, objects, samples, next: null } satisfies Verified
})

/** What is wrong with a day, whose object is read in full. */
export const verifyDay = Effect.fnUntraced(function*(site: string, day: Day, row: ColdObject | undefined) {
  const cold = yield* ColdStore
  const live = Option.toArray(yield* cold.head(site, day))
  // An adopted object may have a key of the older layout, where only the check looks.
  const unrecorded = compareDay(row, live).filter(({ kind }) => kind === "unrecorded")
  if (row === undefined) return unrecorded
  const [entry] = (yield* (yield* Catalog).find(site, [row])).entries
  const checked = yield* Effect.result(cold.check(entry ?? { ...row, index: null }))
  if (Result.isSuccess(checked)) return unrecorded
  const { message, reason } = checked.failure
  switch (reason._tag) {
    case "ObjectMissing":
      return [...unrecorded, findingOf(row, "missing", message)]
    case "ObjectChanged":
      return [...unrecorded, findingOf(row, "changed", message)]
    case "ObjectDamaged":
      return [...unrecorded, findingOf(row, "damaged", message)]
    case "StoreUnavailable":
      return yield* checked.failure
  }
})

const findOverdue = Effect.fnUntraced(function*(site: string, rows: ReadonlyMap<Day, ColdObject>, boundary: number) {
  const hot = yield* (yield* HotDays).list(site)
  return hot.flatMap(({ day, samples }): ReadonlyArray<Finding> => {
    const row = rows.get(day)
    if (row === undefined || dayStart(day + 1) > boundary) return []
    return [findingOf(row, "overdue", `${samples ?? "some"} hot samples of the day are older than the boundary`)]
  })
})

const findStaleMonths = Effect.fnUntraced(function*(site: string, window: Window, boundary: number) {
  const months = yield* (yield* MonthStore).months(site, window, [])
  const own = (yield* (yield* Catalog).list(site, { start: 0, end: boundary })).filter(({ kind }) => kind === "own")
  const due = planMonths(own, [], months, boundary)
  return months.filter(({ month }) => due.includes(month)).map(({ month }) =>
    staleMonth(site, month, dayOf(windowOfMonth(month).start)))
})
