/**
 * Deriving: closed months are made from their daily objects, part by part, with their hourly rollups.
 *
 * A run that is out of time leaves an unfinished build, which the next run continues. Queries read a month only once it
 * is published, and only for the days that it was made from.
 */
import { Clock, Effect, Option, Stream } from "effect"
import { boundaryOf } from "../../domain/tiers/boundary.ts"
import type { ColdObject } from "../../domain/tiers/catalog.ts"
import { sumChecksums } from "../../domain/samples/checksum.ts"
import { dayStart, type Month } from "../../domain/time/calendar.ts"
import { planMonths, windowOfMonth } from "../../domain/tiers/months.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { ColdStore } from "../../ports/ColdStore.ts"
import { HotDays } from "../../ports/HotDays.ts"
import { MonthStore } from "../../ports/MonthStore.ts"
import { inTurn, reportRun, type RunOutcome, type RunTally } from "../run.ts"
import { joinDays } from "./join.ts"

/** A part ends with the point that reaches one of these, so that an isolate can hold its bytes and its columns. */
const PART_SAMPLES = 600_000
const PART_POINTS = 512

export interface DeriveOptions {
  readonly hotDays: number
  /** No new part is begun after this long, ms. */
  readonly timeoutMs: number
}

interface DeriveTally extends RunTally {
  readonly counts: { months: number; parts: number }
}

/** Makes the due months of one site, oldest first, and logs the report. */
export const deriveSite = Effect.fn("deriveSite")(function*(site: string, options: DeriveOptions) {
  const tally: DeriveTally = { samples: 0, dropped: {}, counts: { months: 0, parts: 0 } }
  return yield* reportRun("derive", site, tally, ({ startedAt }) => derive(site, startedAt, options, tally))
})

/** Makes the due months of every site, one site after the other. */
export const deriveAll = (sites: ReadonlyArray<string>, options: DeriveOptions) =>
  inTurn(sites, options.timeoutMs, (site, turnMs) => deriveSite(site, { ...options, timeoutMs: turnMs }))

const derive = Effect.fnUntraced(function*(
  site: string,
  startedAt: number,
  options: DeriveOptions,
  tally: DeriveTally
) {
  const catalog = yield* Catalog
  const hotDays = yield* HotDays
  const derived = yield* MonthStore
  const boundary = boundaryOf(startedAt, options.hotDays)
  const ever = { start: 0, end: boundary }
  // Objects of other tools are read whole for any point: a month of them at once does not fit an isolate.
  const objects = (yield* catalog.list(site, ever)).filter(({ kind }) => kind === "own")
  const waiting = (yield* hotDays.list(site)).map(({ day }) => day)
  const due = planMonths(objects, waiting, yield* derived.months(site, ever, []), boundary)
  for (const [i, month] of due.entries()) {
    const finished = yield* makeMonth(site, month, objects, startedAt + options.timeoutMs, tally)
    if (!finished) {
      return { status: "warning", reason: `${due.length - i} months wait for the next run` } satisfies RunOutcome
    }
    tally.counts.months++
  }
  const reason = due.length === 0 ? "every closed month is made from its present days" : ""
  return { status: "completed", reason } satisfies RunOutcome
})

/**
 * Makes and publishes a month; answers false if time ran out before. All parts come from one scan of the days: opening
 * thirty days again for each part would take three times the requests.
 */
const makeMonth = Effect.fnUntraced(function*(
  site: string,
  month: Month,
  objects: ReadonlyArray<ColdObject>,
  deadline: number,
  tally: DeriveTally
) {
  const cold = yield* ColdStore
  const derived = yield* MonthStore
  const window = windowOfMonth(month)
  const inMonth = objects.filter(({ day }) => dayStart(day) >= window.start && dayStart(day) < window.end)
  const { entries } = yield* (yield* Catalog).find(site, inMonth)
  const scanAfter = (point: string | null) => Stream.toPull(joinDays(entries.map((entry) => cold.scan(entry, point))))
  let build = yield* derived.begin(site, month, entries.map(({ day, generation }) => ({ day, generation })))
  let after = build.parts.at(-1)?.lastPoint ?? null
  let pull = yield* scanAfter(after)
  let isLast = false
  while (!isLast) {
    if ((yield* Clock.currentTimeMillis) > deadline) return false
    let samples = 0
    let points = 0
    const isFull = () => samples >= PART_SAMPLES || points >= PART_POINTS
    const series = Stream.takeUntil(Stream.fromPull(Effect.succeed(pull)), ({ point, timestamps }) => {
      after = point
      samples += timestamps.length
      points++
      return isFull()
    })
    const part = yield* derived.addPart(build, series)
    if (Option.isNone(part)) break
    build = { ...build, parts: [...build.parts, part.value] }
    tally.counts.parts++
    tally.samples += part.value.samples.rows
    isLast = !isFull()
    // Another run has made this part, of other points: scan again from its end.
    if (part.value.lastPoint !== after) {
      after = part.value.lastPoint
      pull = yield* scanAfter(after)
      isLast = false
    }
  }
  yield* derived.publish(build, sumChecksums(entries.map(({ checksum }) => checksum)))
  return true
}, Effect.scoped, Effect.withSpan("makeMonth"))
