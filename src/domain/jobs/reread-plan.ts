/**
 * Which windows a sync reads again, to find samples that came late.
 *
 * Three passes follow the clock, each at its age: the first an hour behind it, or as far as the site's samples lag, the
 * second a day, the last `LATE_DAYS`. What is found late starts a look back besides, which goes back from the present
 * until it finds nothing more; so a logger that sends what it kept is read within minutes. All but the first pass share
 * a credit, which grows by half a request with every request of the sync itself and of the first pass.
 */
import { type Day, DAY_MS, dayOf, dayStart, HOUR_MS, MINUTE_MS } from "../time/calendar.ts"
import { daysOf, isEmpty, type Window } from "../time/window.ts"
import type { Lateness } from "./lateness.ts"

export const DEFAULT_LATE_DAYS = 7
export const MAX_LATE_DAYS = 30

/** How far behind the clock the first pass may be, ms: it goes one further if the second pass finds what it missed. */
export const FIRST_AGES_MS = [1, 3, 6, 12, 24].map((hours) => hours * HOUR_MS)
const SECOND_AGE_MS = DAY_MS

/** A pass that fell further behind than this leaves the rest to the pass after it. */
const MAX_BEHIND_MS = 2 * DAY_MS

/** The first age is tried one lower when it has been kept for so long. */
const AGE_KEPT_MS = 7 * DAY_MS

/** For so long after a late sample the site is looked back at as often as the credit allows. */
const LATE_FOR_MS = 7 * DAY_MS
const LOOK_BACK_EVERY_MS = 10 * MINUTE_MS
/** How far a look back goes at least: from where it began, and beyond the oldest sample that was found late. */
const LOOK_BACK_MS = DAY_MS
const BEYOND_MS = 6 * HOUR_MS

/** Windows grow up to this while one request answers them. */
const MAX_WIDTH_HOURS = 24
const SECOND_WIDTH_HOURS = 6

/** The requests that a site may save up. */
export const MAX_CREDIT = 300

/** What is remembered of a site between runs. Instants are ms. */
export interface Rereading {
  /** Requests that all but the first pass may still take. */
  readonly credit: number
  /** Up to where each pass has read. */
  readonly first: number
  readonly second: number
  readonly last: number
  /** Where a look back goes on, towards the past; null where none is under way. */
  readonly back: number | null
  /** When the last look back began. */
  readonly lookedAt: number
  /** The oldest sample that was found late, but by the last pass, since a look back came to its end; null for none. */
  readonly deepest: number | null
  /** Which of {@link FIRST_AGES_MS} the first pass has, and since when. */
  readonly age: number
  readonly agedAt: number
  /** How many hours a window has, and how many requests such a window took. */
  readonly width: number
  readonly cost: number
  /** When a late sample was last found; -1 before the first. */
  readonly lateAt: number
  /** How late samples come; absent from what was saved before that was counted. */
  readonly lateness?: Lateness
  /** Windows after the watermark that syncs have read, ascending; absent from what was saved before there were any. */
  readonly ahead?: ReadonlyArray<Window>
}

export type Pass = "first" | "second" | "last" | "back"

export interface Reading {
  readonly pass: Pass
  readonly window: Window
}

/** What a window turned out to hold. */
export interface Found {
  readonly requests: number
  /** Samples that were not stored yet, or with another value. */
  readonly late: number
  /** The oldest of them, ms; null where there is none. */
  readonly oldest: number | null
}

export interface RereadTerms {
  readonly now: number
  /** Nothing is read from before the first sync of a site, ms. */
  readonly begin: number
  /** How late a sample may be to be found, ms. */
  readonly lateMs: number
  /** Whether a day is in the catalog: hot samples alone cannot say what of it is new. */
  readonly isPublished: (day: Day) => boolean
}

/** A site of which nothing is remembered: each pass begins a day behind its age. */
export const startRereading = (now: number, lateMs: number): Rereading => ({
  credit: 0,
  first: now - HOUR_MS - DAY_MS,
  second: now - SECOND_AGE_MS - DAY_MS,
  last: now - lateMs - DAY_MS,
  back: null,
  lookedAt: 0,
  deepest: null,
  age: 0,
  agedAt: now,
  width: 1,
  cost: 1,
  lateAt: -1
})

/** The credit after requests of the sync itself, or of the first pass. */
export const earn = (state: Rereading, requests: number): Rereading => ({
  ...state,
  credit: Math.min(MAX_CREDIT, state.credit + requests / 2)
})

const firstAge = ({ age }: Rereading): number => FIRST_AGES_MS[age] ?? SECOND_AGE_MS

/** The next window of a pass; null where it is not old enough yet. */
const windowOfPass = (from: number, age: number, hours: number, terms: RereadTerms): Window | null => {
  let start = Math.max(from, terms.begin, terms.now - age - MAX_BEHIND_MS)
  while (terms.isPublished(dayOf(start))) start = dayStart(dayOf(start) + 1)
  const end = Math.min(dayStart(dayOf(start) + 1), (Math.floor(start / HOUR_MS) + hours) * HOUR_MS)
  return end + age <= terms.now ? { start, end } : null
}

/** The next window of the first pass. */
export const planFirst = (state: Rereading, terms: RereadTerms): Reading | null => {
  const window = windowOfPass(state.first, firstAge(state), 1, terms)
  return window && { pass: "first", window }
}

/** The oldest instant that a look back may reach. */
const backTo = ({ begin, lateMs, now }: RereadTerms): number => Math.max(begin, now - lateMs)

const windowOfBack = (state: Rereading, terms: RereadTerms): Window | null => {
  const { now } = terms
  const isDue = state.lateAt >= 0 && now - state.lateAt < LATE_FOR_MS && now - state.lookedAt >= LOOK_BACK_EVERY_MS
  if (state.back === null && !isDue) return null
  let end = state.back ?? now - HOUR_MS
  while (end > backTo(terms) && terms.isPublished(dayOf(end - 1))) end = dayStart(dayOf(end - 1))
  const start = Math.max(dayStart(dayOf(end - 1)), end - state.width * HOUR_MS, backTo(terms))
  const window = { start, end }
  return isEmpty(window) ? null : window
}

/** The next window of the other passes, or of a look back, if the credit allows it. */
export const planExtra = (state: Rereading, terms: RereadTerms): Reading | null => {
  if (state.credit < state.cost) return null
  const last = windowOfPass(state.last, terms.lateMs, state.width, terms)
  if (last !== null) return { pass: "last", window: last }
  const second = windowOfPass(state.second, SECOND_AGE_MS, Math.min(SECOND_WIDTH_HOURS, state.width), terms)
  if (second !== null) return { pass: "second", window: second }
  const back = windowOfBack(state, terms)
  return back && { pass: "back", window: back }
}

/** The state to save before a window is asked for: what it may cost is paid first, so that a failure is paid too. */
export const payFor = (state: Rereading, { pass }: Reading): Rereading =>
  pass === "first" ? state : { ...state, credit: state.credit - state.cost }

/** The state after a window was read to its end. `state` is what {@link payFor} gave. */
export const afterReading = (state: Rereading, reading: Reading, found: Found, terms: RereadTerms): Rereading => {
  const { pass, window } = reading
  const seen = found.late === 0 ? state : withFound(state, reading, found, terms.now)
  if (pass === "first") {
    const isKept = seen.age > 0 && terms.now - seen.agedAt >= AGE_KEPT_MS
    const aged = isKept ? { ...seen, age: seen.age - 1, agedAt: terms.now } : seen
    return { ...earn(aged, found.requests), first: window.end }
  }
  const paid = withWidth({ ...seen, credit: seen.credit + state.cost - found.requests }, window, found.requests)
  if (pass === "last") return { ...paid, last: window.end }
  if (pass === "back") return afterLook(paid, window, found, terms)
  // What it found was missed by the first pass, if that has had its present age for long enough.
  const isMissed = found.late > 0 && terms.now - paid.agedAt >= SECOND_AGE_MS && paid.age < FIRST_AGES_MS.length - 1
  return { ...paid, second: window.end, ...(isMissed ? { age: paid.age + 1, agedAt: terms.now } : {}) }
}

const afterLook = (state: Rereading, { start }: Window, { late }: Found, terms: RereadTerms): Rereading => {
  const lookedAt = state.back === null ? terms.now : state.lookedAt
  const reach = Math.min(lookedAt - LOOK_BACK_MS, (state.deepest ?? Infinity) - BEYOND_MS)
  const isDone = start <= backTo(terms) || (late === 0 && start <= reach)
  return { ...state, lookedAt, ...(isDone ? { back: null, deepest: null } : { back: start }) }
}

/** Windows double while one request answers them, and are halved where it does not. */
const withWidth = (state: Rereading, window: Window, requests: number): Rereading => {
  if (requests > 1) return { ...state, width: Math.max(1, Math.floor(state.width / 2)), cost: requests }
  const isFull = window.end - window.start > (state.width - 1) * HOUR_MS
  return { ...state, width: isFull ? Math.min(MAX_WIDTH_HOURS, 2 * state.width) : state.width, cost: 1 }
}

const withFound = (state: Rereading, { pass }: Reading, { oldest }: Found, now: number): Rereading => ({
  ...state,
  lateAt: now,
  deepest: pass === "last" || oldest === null ? state.deepest : Math.min(oldest, state.deepest ?? oldest)
})

/**
 * What the last pass leaves out because it fell too far behind: no later pass reads it. Null where that is nothing.
 * `state` is the one before the reading.
 */
export const leftOut = (state: Rereading, { pass, window }: Reading, terms: RereadTerms): Window | null => {
  if (pass !== "last") return null
  const left = { start: Math.max(state.last, terms.begin), end: window.start }
  return daysOf(left).every(terms.isPublished) ? null : left
}
