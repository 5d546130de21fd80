/**
 * The records of months in D1, where a month is the number of its first day. Their tables and rules are described in
 * docs/format-month.md.
 */
import { Effect, Option, Schema } from "effect"
import { type Day, dayOf, firstDayOf, formatMonth, type Month, monthOf } from "../../domain/time/calendar.ts"
import { isEmpty, type Window } from "../../domain/time/window.ts"
import type { BuiltMonth, DayVersion, MonthPart } from "../../domain/tiers/months.ts"
import { type Build, MonthStoreError, StaleBuild } from "../../ports/MonthStore.ts"
import * as D1 from "../cloudflare/database.ts"
import { INSERT_PART, PART_COLUMNS, partOf, type PartRow, partValues } from "./part-row.ts"

// Two builds are made from the same days where these texts are equal.
const textOfDays = (days: ReadonlyArray<DayVersion>): string =>
  JSON.stringify([...days].sort((a, b) => a.day - b.day).map(({ day, generation }) => [day, generation]))

const decodeDays = Schema.decodeUnknownEffect(
  Schema.fromJsonString(Schema.Array(Schema.Tuple([Schema.Int, Schema.Int])))
)

const MONTHS = `SELECT month, published AS build, days FROM derived_month
  WHERE site = ?1 AND month BETWEEN ?2 AND ?3 AND published IS NOT NULL ORDER BY month`

// SQLite compares texts by their UTF-8 bytes, which is the order of `comparePoints`.
const PARTS = `SELECT ${PART_COLUMNS} FROM derived_month AS m
  CROSS JOIN derived_part AS p ON p.site = m.site AND p.month = m.month AND p.build = m.published
  WHERE m.site = ?1 AND m.month BETWEEN ?2 AND ?3
    AND EXISTS (SELECT 1 FROM json_each(?4) AS asked WHERE asked.value BETWEEN p.first_point AND p.last_point)
  ORDER BY p.month, p.part`

const BEGIN = `INSERT INTO derived_month (site, month, builds, pending, pending_days) VALUES (?1, ?2, 1, 1, ?3)
  ON CONFLICT DO UPDATE SET
    builds = iif(pending_days IS excluded.pending_days, builds, builds + 1),
    pending = iif(pending_days IS excluded.pending_days, pending, builds + 1),
    pending_days = excluded.pending_days
  RETURNING pending AS build`

const PENDING_PARTS = `SELECT ${PART_COLUMNS} FROM derived_month AS m
  CROSS JOIN derived_part AS p ON p.site = m.site AND p.month = m.month AND p.build = m.pending
  WHERE m.site = ?1 AND m.month = ?2 ORDER BY p.part`

const SELECT_PART = `SELECT ${PART_COLUMNS} FROM derived_part AS p
  WHERE p.site = ?1 AND p.month = ?2 AND p.build = ?3 AND p.part = ?4`

// The unfinished build, or one that has this part already.
const OPEN = `EXISTS (SELECT 1 FROM derived_month WHERE site = ?1 AND month = ?2 AND pending = ?3)
  OR EXISTS (SELECT 1 FROM derived_part WHERE site = ?1 AND month = ?2 AND build = ?3 AND part = ?4)`

const ABANDON = `UPDATE derived_month SET pending = NULL, pending_days = NULL
  WHERE site = ?1 AND month = ?2 AND pending = ?3`

const PUBLISHABLE = `EXISTS (SELECT 1 FROM derived_month WHERE site = ?1 AND month = ?2 AND ?3 IN (pending, published))
  AND (SELECT count(*) FROM derived_part WHERE site = ?1 AND month = ?2 AND build = ?3) = ?4`

const PUBLISH = `UPDATE derived_month SET previous = published, published = pending, days = pending_days,
    pending = NULL, pending_days = NULL
  WHERE site = ?1 AND month = ?2 AND pending = ?3`

// Of the builds before the published one, only the one published before it stays, for readers that have begun.
const FORGET = `DELETE FROM derived_part WHERE site = ?1 AND month = ?2 AND build < ?3
  AND build IS NOT (SELECT previous FROM derived_month WHERE site = ?1 AND month = ?2)`

const KEPT = "SELECT published, previous FROM derived_month WHERE site = ?1 AND month = ?2"

const COUNT_PARTS = `SELECT (SELECT count(*) FROM derived_part WHERE site = ?1 AND month = ?2 AND build = ?3) AS parts
  FROM derived_month WHERE site = ?1 AND month = ?2 AND ?3 IN (pending, published)`

/** What a publication keeps: objects of builds below `published`, except `previous`, may be deleted. */
export interface Kept {
  readonly published: number
  readonly previous: number | null
}

const subjectOf = ({ month, site }: Pick<Build, "site" | "month">) => `month ${formatMonth(month)} of site ${site}`

const storeError = (operation: string, subject: string) => (error: D1.D1Error | D1.IdTaken) =>
  new MonthStoreError({ operation, subject, cause: error._tag === "D1Error" ? error.cause : error })

const read = <T>(
  db: D1.Database,
  operation: string,
  subject: string,
  statements: ReadonlyArray<D1PreparedStatement>
) => Effect.mapError(D1.idempotentBatch<T>(db, operation, subject, statements), storeError(operation, subject))

/** A batch that a guard opens and that may be applied twice; none where the guard does not hold. */
const guarded = <T>(
  db: D1.Database,
  operation: string,
  subject: string,
  statements: ReadonlyArray<D1PreparedStatement>
) =>
  D1.batch<T>(db, operation, subject, statements).pipe(
    D1.retryPlatform,
    Effect.asSome,
    Effect.catchTag("GuardFailed", () => Effect.succeedNone),
    Effect.mapError(storeError(operation, subject))
  )

/** Published months that the window touches, with the parts that can have one of the points. */
export const findMonths = Effect.fnUntraced(function*(
  db: D1.Database,
  site: string,
  window: Window,
  points: ReadonlyArray<string>
) {
  if (isEmpty(window)) return []
  const subject = `site ${site}`
  const [first, last] = [window.start, window.end - 1].map((ms) => firstDayOf(monthOf(dayOf(ms))))
  const results = yield* read(db, "months", subject, [
    db.prepare(MONTHS).bind(site, first, last),
    db.prepare(PARTS).bind(site, first, last, JSON.stringify(points))
  ])
  const parts = Map.groupBy(D1.rowsOf<PartRow>(results, 1), ({ month }) => month)
  return yield* Effect.forEach(
    D1.rowsOf<{ month: Day; build: number; days: string }>(results, 0),
    ({ build, days, month }) =>
      Effect.map(decodeDays(days), (versions): BuiltMonth => ({
        site,
        month: monthOf(month),
        build,
        days: versions.map(([day, generation]) => ({ day, generation })),
        parts: (parts.get(month) ?? []).map(partOf)
      }))
  ).pipe(Effect.catchTag("SchemaError", (cause) =>
    Effect.fail(new MonthStoreError({ operation: "months", subject, cause }))))
})

// Repeated after a lost answer it finds its own build, because no other build has the same days.
export const begin = Effect.fnUntraced(function*(
  db: D1.Database,
  site: string,
  month: Month,
  days: ReadonlyArray<DayVersion>
) {
  const results = yield* read(db, "begin", subjectOf({ site, month }), [
    db.prepare(BEGIN).bind(site, firstDayOf(month), textOfDays(days)),
    db.prepare(PENDING_PARTS).bind(site, firstDayOf(month))
  ])
  const build: Build = {
    site,
    month,
    build: D1.rowsOf<{ build: number }>(results, 0)[0]?.build ?? 0,
    parts: D1.rowsOf<PartRow>(results, 1).map(partOf)
  }
  return build
})

/** Records a part, and gives it as it is recorded now; none where the build has ended without it. */
export const recordPart = Effect.fnUntraced(function*(
  db: D1.Database,
  { build, month, site }: Build,
  part: MonthPart
) {
  const results = yield* guarded<PartRow>(db, "addPart", part.samples.key, [
    D1.guard(db, OPEN, site, firstDayOf(month), build, part.part),
    db.prepare(INSERT_PART).bind(site, firstDayOf(month), build, ...partValues(part)),
    db.prepare(SELECT_PART).bind(site, firstDayOf(month), build, part.part)
  ])
  return Option.flatMap(results, (all) => Option.fromUndefinedOr(D1.rowsOf<PartRow>(all, 2).map(partOf)[0]))
})

/** The recorded part with this number. */
export const findPart = Effect.fnUntraced(function*(db: D1.Database, { build, month, site }: Build, number: number) {
  const results = yield* read<PartRow>(db, "addPart", subjectOf({ site, month }), [
    db.prepare(SELECT_PART).bind(site, firstDayOf(month), build, number)
  ])
  return Option.fromUndefinedOr(D1.rowsOf<PartRow>(results, 0).map(partOf)[0])
})

/** Gives an unfinished build up, so that the next one gets another number and other keys. */
export const abandon = (db: D1.Database, { build, month, site }: Build) =>
  Effect.asVoid(read(db, "addPart", subjectOf({ site, month }), [
    db.prepare(ABANDON).bind(site, firstDayOf(month), build)
  ]))

export const publish = Effect.fnUntraced(function*(db: D1.Database, { build, month, parts, site }: Build) {
  const subject = subjectOf({ site, month })
  const results = yield* guarded(db, "publish", subject, [
    D1.guard(db, PUBLISHABLE, site, firstDayOf(month), build, parts.length),
    db.prepare(PUBLISH).bind(site, firstDayOf(month), build),
    db.prepare(FORGET).bind(site, firstDayOf(month), build),
    db.prepare(KEPT).bind(site, firstDayOf(month))
  ])
  const kept = Option.flatMap(results, (all) => Option.fromUndefinedOr(D1.rowsOf<Kept>(all, 3)[0]))
  if (Option.isSome(kept)) return kept.value
  const counted = yield* read(db, "publish", subject, [db.prepare(COUNT_PARTS).bind(site, firstDayOf(month), build)])
  const [open] = D1.rowsOf<{ parts: number }>(counted, 0)
  if (open === undefined) return yield* new StaleBuild({ site, month: formatMonth(month), build })
  const cause = new Error(`build ${build} has ${open.parts} parts, not ${parts.length}`)
  return yield* new MonthStoreError({ operation: "publish", subject, cause })
})
