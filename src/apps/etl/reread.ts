/**
 * Re-reading: earlier windows are asked for again, and what came late is appended. The plan of it is in
 * `domain/jobs/reread-plan.ts`.
 */
import { Effect, Option } from "effect"
import {
  afterReading,
  earn,
  leftOut,
  payFor,
  planExtra,
  planFirst,
  type Reading,
  type Rereading,
  type RereadTerms
} from "../../domain/jobs/reread-plan.ts"
import { DAY_MS, MINUTE_MS } from "../../domain/time/calendar.ts"
import { formatInstant } from "../../domain/time/instant.ts"
import type { Window } from "../../domain/time/window.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { JobState } from "../../ports/JobState.ts"
import { type Appender, isOverdue, type SiteSync } from "./site-sync.ts"

/** How many windows of each kind one run reads again. */
const WINDOWS_PER_RUN = 2

/** How many lagging points a report names. */
const POINTS_NAMED = 5

/** Reads again what is due; `requests` is what this run has asked for before. */
export const reread = Effect.fnUntraced(function*(
  run: SiteSync,
  remembered: Rereading,
  write: Appender,
  requests: number
) {
  const { now, options, site, tally } = run
  const jobs = yield* JobState
  const terms = yield* termsOf(run)
  const save = (state: Rereading) => jobs.saveRereading(site, { ...state, lateness: tally.lateness })
  const { askedAt } = tally.lateness
  tally.lateness = { ...tally.lateness, askedAt: now }
  let state = earn(remembered, requests)
  const points = new Set<string>()
  const read = Effect.fnUntraced(function*(reading: Reading) {
    const paid = payFor(state, reading)
    // Saved before, so that a request that fails is paid for, and its window is read again.
    if (paid !== state) yield* save(paid)
    const { appended, oldest, pages, points: names, rows } = yield* write(reading.window, askedAt)
    tally.counts.rereadPages += pages
    tally.counts.rereadRows += rows
    tally.counts.lateRows += appended
    if (oldest !== null) {
      tally.counts.lagMinutes = Math.max(tally.counts.lagMinutes, Math.round((now - oldest) / MINUTE_MS))
    }
    for (const name of names) points.add(name)
    const left = leftOut(state, reading, terms)
    if (left !== null) tally.notes.push(leftOutNote(left))
    if (reading.pass === "last" && appended > 0) tally.remarks.push(beyondRemark(appended, options.lateMs))
    state = afterReading(paid, reading, { requests: Math.max(1, pages), late: appended, oldest }, terms)
    yield* save(state)
  })
  const readAll = Effect.fnUntraced(function*(plan: (state: Rereading, terms: RereadTerms) => Reading | null) {
    for (let i = 0; i < WINDOWS_PER_RUN; i++) {
      const reading = plan(state, terms)
      if (reading === null) return
      // Always reads one of the first pass: a slow source must not put that off for ever.
      if ((i > 0 || plan !== planFirst) && (yield* isOverdue(run))) return
      yield* read(reading)
    }
  })
  yield* readAll(planFirst)
  yield* readAll(planExtra)
  if (tally.counts.rereadPages === 0) yield* save(state)
  if (points.size > 0) tally.remarks.unshift(lateRemark(tally.counts, [...points]))
})

const leftOutNote = ({ end, start }: Window): string =>
  `late rows from ${formatInstant(start)} to ${formatInstant(end)} were not looked for: ` +
  "too much was left to read again; POST /audit says what is missing"

/** The last pass is where the search ends. */
const beyondRemark = (rows: number, lateMs: number): string =>
  `${rows} of them only after ${lateMs / DAY_MS} days (LATE_DAYS): later ones are not found; ` +
  "POST /audit says what is missing"

const lateRemark = (
  { lagMinutes, lateRows }: SiteSync["tally"]["counts"],
  points: ReadonlyArray<string>
): string => {
  const named = points.slice(0, POINTS_NAMED).join(", ")
  const more = points.length > POINTS_NAMED ? ", …" : ""
  return `${lateRows} rows came up to ${lagMinutes} minutes late, of ${named}${more}`
}

const termsOf = Effect.fnUntraced(function*({ now, options, site }: SiteSync) {
  const started = yield* (yield* JobState).watermark({ kind: "started", site })
  const window = { start: now - options.lateMs - 3 * DAY_MS, end: now }
  const published = new Set((yield* (yield* Catalog).list(site, window)).map(({ day }) => day))
  return {
    now,
    begin: Option.getOrElse(started, () => -Infinity),
    lateMs: options.lateMs,
    isPublished: (day) => published.has(day)
  } satisfies RereadTerms
})
