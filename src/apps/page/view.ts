/**
 * What a chart shows, as its URL says it: everything that a link has to carry, and nothing else.
 */
import { DAY_MS, HOUR_MS } from "../../domain/time/lengths.ts"
import type { Window } from "../../domain/time/window.ts"

/** The lengths of the range buttons, ms. */
export const SPANS = {
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "24h": DAY_MS,
  "7d": 7 * DAY_MS,
  "30d": 30 * DAY_MS,
  "90d": 90 * DAY_MS,
  "1y": 365 * DAY_MS
} as const
export type Span = keyof typeof SPANS

/** The last hours or days, which move with the clock, or a window that stays. */
export type Range = { readonly kind: "last"; readonly span: Span } | ({ readonly kind: "between" } & Window)

/** The pictures of the same points. */
export const SHOWS = ["chart", "table", "heat", "duration", "days"] as const
export type Show = typeof SHOWS[number]

/** Samples as lines, or one bar an hour, day or month. */
export const PERS = ["sample", "hour", "day", "month"] as const
export type Per = typeof PERS[number]

/** What is drawn dimmed behind: the same a week or 52 weeks earlier, so that weekdays meet. */
export const COMPARES = { none: 0, week: 7 * DAY_MS, year: 364 * DAY_MS } as const
export type Compare = keyof typeof COMPARES

export interface View {
  /** Empty until a site is chosen. */
  readonly site: string
  /** Full names, in the order added. */
  readonly points: ReadonlyArray<string>
  readonly range: Range
  /** An IANA zone; empty for the browser's. */
  readonly zone: string
  readonly show: Show
  readonly per: Per
  readonly compare: Compare
  /** Whether new samples are added as they are synced. */
  readonly live: boolean
}

/** As many as can be told apart. */
export const MAX_POINTS = 20

export const START: View = {
  site: "",
  points: [],
  range: { kind: "last", span: "24h" },
  zone: "",
  show: "chart",
  per: "sample",
  compare: "none",
  live: false
}

export const addPoint = (view: View, point: string): View =>
  view.points.includes(point) || view.points.length >= MAX_POINTS ? view : { ...view, points: [...view.points, point] }

export const removePoint = (view: View, point: string): View =>
  ({ ...view, points: view.points.filter((one) => one !== point) })
