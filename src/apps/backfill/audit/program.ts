/**
 * Audit: what is stored of closed days is compared with what the source has, sample by sample. It changes nothing. One
 * call is one step, which says where the next one goes on; so nothing is kept between steps, and a step that died is
 * asked for again.
 */
import { Clock, Effect, Option, Schema } from "effect"
import {
  addDifference,
  auditWindow,
  type Cure,
  cureOf,
  type DayFindings,
  FIRST_WIDTH_MS,
  halfWidth,
  isDifference,
  MAX_POINTS_NAMED,
  noDifference,
  type PointFindings,
  widthAfter
} from "../../../domain/jobs/audit.ts"
import { type Day, DAY_MS, dayOf, formatDay } from "../../../domain/time/calendar.ts"
import { formatInstant } from "../../../domain/time/instant.ts"
import type { Window } from "../../../domain/time/window.ts"
import { JobState } from "../../../ports/JobState.ts"
import { reportRun, type RunOutcome, type RunTally } from "../../run.ts"
import { type ComparedWindow, compareWindow } from "./window.ts"

export interface AuditOptions {
  /** How late a sample may be for a sync to find it, ms. */
  readonly lateMs: number
  /** After this long, ms, no other window is begun. */
  readonly timeoutMs: number
}

/** Even the shortest window holds more than an audit can compare at once. */
class WindowTooDense extends Schema.TaggedError<WindowTooDense>()("WindowTooDense", {
  site: Schema.String,
  start: Schema.Int
}) {
  override get message() {
    return `a minute of site ${this.site} from ${formatInstant(this.start)} holds too much to be audited`
  }
}

interface AuditTally extends RunTally {
  readonly counts: {
    pages: number
    rows: number
    sourceSamples: number
    storedSamples: number
    missing: number
    differing: number
    extra: number
  }
  readonly days: Map<Day, DayFindings>
  readonly points: Map<string, PointFindings>
  isPointLeftOut: boolean
  /** Everything before it has been compared. */
  through: number
  /** The instant from which syncs will still read again, ms. */
  rereadFrom: number
}

const makeTally = (through: number): AuditTally => ({
  samples: 0,
  dropped: {},
  counts: { pages: 0, rows: 0, sourceSamples: 0, storedSamples: 0, missing: 0, differing: 0, extra: 0 },
  days: new Map(),
  points: new Map(),
  isPointLeftOut: false,
  through,
  rereadFrom: Infinity
})

/** What the last pass of the syncs has not read yet, nor is older than the site's first sync. */
const rereadFromOf = Effect.fnUntraced(function*(site: string) {
  const jobs = yield* JobState
  const started = yield* jobs.watermark({ kind: "started", site })
  return Option.match(yield* jobs.rereading(site), {
    onNone: () => Infinity,
    onSome: ({ last }) => Math.max(last, Option.getOrElse(started, () => -Infinity))
  })
})

const addWindow = (tally: AuditTally, window: Window, compared: ComparedWindow): void => {
  const day = dayOf(window.start)
  const found = compared.points.reduce(addDifference, noDifference)
  const before = tally.days.get(day)
  tally.days.set(day, {
    day,
    sourceSamples: (before?.sourceSamples ?? 0) + compared.sourceSamples,
    storedSamples: (before?.storedSamples ?? 0) + compared.storedSamples,
    isPublished: compared.isPublished,
    ...addDifference(before ?? noDifference, found)
  })
  for (const { point, ...difference } of compared.points) {
    if (!isDifference(difference)) continue
    const key = `${day} ${point}`
    const known = tally.points.get(key)
    if (known === undefined && tally.points.size >= MAX_POINTS_NAMED) tally.isPointLeftOut = true
    else tally.points.set(key, { day, point, ...addDifference(known ?? noDifference, difference) })
  }
  const { counts } = tally
  counts.pages += compared.pages
  counts.rows += compared.rows
  counts.sourceSamples += compared.sourceSamples
  counts.storedSamples += compared.storedSamples
  counts.missing += found.missing
  counts.differing += found.differing
  counts.extra += found.extra
  tally.through = window.end
}

/** Compares as many windows of `range` as there is time for, at least one, and logs the report. */
export const auditStep = Effect.fn("audit")(function*(site: string, range: Window, options: AuditOptions) {
  const tally = makeTally(range.start)
  const startedAt = yield* Clock.currentTimeMillis
  const report = yield* reportRun("audit", site, tally, () =>
    Effect.gen(function*() {
      tally.rereadFrom = yield* rereadFromOf(site)
      let width = FIRST_WIDTH_MS
      do {
        const window = auditWindow(tally.through, width, range.end)
        const compared = yield* compareWindow(site, window)
        if (compared === null) {
          const half = halfWidth(window)
          if (half === null) return yield* new WindowTooDense({ site, start: window.start })
          width = half
        } else {
          addWindow(tally, window, compared)
          width = widthAfter(width, compared.rows)
        }
      } while (tally.through < range.end && (yield* Clock.currentTimeMillis) - startedAt <= options.timeoutMs)
      return conclude(tally, range, options.lateMs)
    }))
  return {
    report,
    audited: { start: range.start, end: tally.through },
    /** Where the next step goes on, ms; null after the last. */
    next: tally.through < range.end ? tally.through : null,
    days: [...tally.days.values()].map((day) => ({ ...day, cure: cureOf(day, tally.rereadFrom) })),
    points: [...tally.points.values()],
    isPointLeftOut: tally.isPointLeftOut
  }
})

const cureText = (cure: Cure, days: ReadonlyArray<Day>, lateMs: number): string => {
  const named = days.map(formatDay).join(", ")
  return cure === "reread"
    ? `${named}: a sync reads it again before it is ${lateMs / DAY_MS} days old (LATE_DAYS), or backfill it`
    : `${named}: POST /backfill/start with force_restart, for no sync reads it again`
}

const conclude = (tally: AuditTally, range: Window, lateMs: number): RunOutcome => {
  const { differing, extra, missing, sourceSamples, storedSamples } = tally.counts
  const notes: Array<string> = []
  if (sourceSamples === 0) notes.push(`the source has no samples, ${storedSamples} are stored`)
  if (missing + differing > 0) {
    notes.push(`${missing} samples are missing and ${differing} have another value at the source`)
    for (const cure of ["reread", "backfill"] as const) {
      const cured = [...tally.days.values()].filter((day) => cureOf(day, tally.rereadFrom) === cure)
      const days = cured.map(({ day }) => day)
      if (days.length > 0) notes.push(cureText(cure, days, lateMs))
    }
  }
  const kept = extra === 0 || sourceSamples === 0 ? [] : [`${extra} stored samples are no longer at the source`]
  const rest = tally.through < range.end ? [`the next step goes on at ${formatInstant(tally.through)}`] : []
  return { status: notes.length > 0 ? "warning" : "completed", reason: [...notes, ...kept, ...rest].join("; ") }
}
