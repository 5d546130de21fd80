/**
 * Looking back: which answers need the value that holds at the start of their window, and where it is looked for.
 */
import { DAY_MS } from "../time/calendar.ts"
import type { Window } from "../time/window.ts"
import type { Aggregation } from "./aggregate.ts"
import type { Buckets, Resolution } from "./resolution.ts"

/** How far before a window a query looks for the value that holds at its start: older samples hold no longer. */
export const LOOK_BACK_DAYS = 31

/** All that a query may read before a window. */
export const lookBackWindow = ({ start }: Window): Window => ({ start: start - LOOK_BACK_DAYS * DAY_MS, end: start })

/**
 * The windows in which a held value is looked for, newest first: the day, the week and the month before the window.
 * Nearly all points are found in the first.
 */
export const lookBackSteps = (window: Window): ReadonlyArray<Window> => {
  const { end, start } = lookBackWindow(window)
  const day = Math.floor((end - 1) / DAY_MS) * DAY_MS
  const week = day - 6 * DAY_MS
  return [{ start: day, end }, { start: week, end: day }, { start, end: week }]
}

const LEVELS: ReadonlySet<Aggregation> = new Set(["avg", "min", "max", "first", "last", "twa"])

/** Whether an aggregation of one sample is its value, so that a held value can stand for it. */
export const isLevel = (aggregation: Aggregation): boolean => LEVELS.has(aggregation)

const ofPairs = ({ aggregations }: Buckets) => aggregations.some((one) => one === "delta" || one === "rate")
const ofTime = ({ aggregations }: Buckets) => aggregations.includes("twa")
const ofFill = ({ aggregations, fill }: Buckets) => fill === "previous" && aggregations.some(isLevel)

const looksBack = (resolution: Resolution): boolean =>
  resolution.kind === "pixels" ||
  (resolution.kind === "buckets" && (ofPairs(resolution) || ofTime(resolution) || ofFill(resolution)))

/** How much of the time before the window can matter to an answer, ms. */
export const lookBackMs = (resolution: Resolution): number => looksBack(resolution) ? LOOK_BACK_DAYS * DAY_MS : 0

/** Whether a held value matters to a point that has its first sample in the window at `first`. */
export const needOfBuckets = (buckets: Buckets, edges: Float64Array, window: Window) => {
  const [pairs, time, fill] = [ofPairs(buckets), ofTime(buckets), ofFill(buckets)]
  return (first: number | undefined): boolean =>
    (pairs && first !== undefined) || (time && first !== window.start) ||
    (fill && (first === undefined || first >= (edges[1] ?? -Infinity)))
}
