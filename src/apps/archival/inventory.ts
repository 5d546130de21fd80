/**
 * The nightly inventory: one listing of the bucket is compared with the catalog of every site, so that an object that
 * is gone is known before somebody asks for its day. What `verify.ts` finds besides needs the objects to be read.
 */
import { Effect, Stream } from "effect"
import type { ColdObject, ForeignObject, OwnObject } from "../../domain/tiers/catalog.ts"
import { compareDay, type Finding } from "../../domain/tiers/findings.ts"
import { type Day, formatDay } from "../../domain/time/calendar.ts"
import { EVER, windowOfDay } from "../../domain/time/window.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { ColdStore } from "../../ports/ColdStore.ts"
import { reportRun, type RunOutcome, type RunTally } from "../run.ts"
import { verifyDay } from "./verify.ts"

/** Suspect days of a site that are looked at again, object and row, before they are reported. */
const DAYS_CONFIRMED = 20

type Listed = OwnObject | ForeignObject
type Listing = ReadonlyMap<string, ReadonlyMap<Day, ReadonlyArray<Listed>>>

/** Compares the bucket with the catalog, and logs a report for each site. */
export const takeInventory = Effect.fn("takeInventory")(function*(sites: ReadonlyArray<string>) {
  const listed = new Map<string, Map<Day, Array<Listed>>>()
  const cold = yield* ColdStore
  yield* Stream.runForEach(cold.list, (object) =>
    Effect.sync(() => {
      const days = listed.get(object.site) ?? new Map<Day, Array<Listed>>()
      listed.set(object.site, days)
      days.set(object.day, [...days.get(object.day) ?? [], object])
    }))
  return yield* Effect.forEach(sites, (site) => {
    const tally: RunTally = { samples: 0, dropped: {}, counts: { objects: 0 } }
    return reportRun("inventory", site, tally, () => compareSite(site, listed, tally))
  })
})

/** An object of another tool that the catalog does not name is the concern of adoption. */
const concerning = (row: ColdObject | undefined, objects: ReadonlyArray<Listed> = []): ReadonlyArray<Listed> =>
  objects.filter(({ key, kind }) => kind === "own" || key === row?.key)

const compareSite = Effect.fnUntraced(function*(site: string, listed: Listing, tally: RunTally) {
  const rows = new Map((yield* (yield* Catalog).list(site, EVER)).map((row) => [row.day, row]))
  const objects = listed.get(site) ?? new Map<Day, ReadonlyArray<Listed>>()
  tally.counts["objects"] = rows.size
  const days = [...new Set([...rows.keys(), ...objects.keys()])].sort((a, b) => a - b)
  // The bucket was listed before the catalog was read: what was published meanwhile only seems to be wrong.
  const suspect = days.filter((day) =>
    compareDay(rows.get(day), concerning(rows.get(day), objects.get(day))).length > 0
  )
  const found: Array<Finding> = []
  for (const day of suspect.slice(0, DAYS_CONFIRMED)) {
    const [row] = yield* (yield* Catalog).list(site, windowOfDay(day))
    found.push(...yield* verifyDay(site, day, row))
  }
  const more = suspect.length - DAYS_CONFIRMED
  const reasons = [
    ...found.map(({ day, detail, kind }) => `${formatDay(day)} is ${kind}: ${detail}`),
    ...more > 0 ? [`${more} more days are suspect`] : []
  ]
  return { status: reasons.length > 0 ? "warning" : "completed", reason: reasons.join("; ") } satisfies RunOutcome
})
