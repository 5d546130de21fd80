/**
 * Half-open windows `[start, end)` of instants.
 */
import { type Day, DAY_MS, dayOf } from "./calendar.ts"

export interface Window {
  /** First instant inside, ms. */
  readonly start: number
  /** First instant outside, ms. */
  readonly end: number
}

export const isEmpty = (window: Window): boolean => window.end <= window.start

export const contains = (window: Window, ms: number): boolean => ms >= window.start && ms < window.end

/** What both windows hold; empty (`end <= start`) where they do not meet. */
export const intersect = (a: Window, b: Window): Window => ({
  start: Math.max(a.start, b.start),
  end: Math.min(a.end, b.end)
})

/** The UTC day as a window. */
export const windowOfDay = (day: Day): Window => ({ start: day * DAY_MS, end: (day + 1) * DAY_MS })

/** Every UTC day the window touches, ascending. */
export const daysOf = (window: Window): ReadonlyArray<Day> => {
  if (isEmpty(window)) return []
  const first = dayOf(window.start)
  return Array.from({ length: dayOf(window.end - 1) - first + 1 }, (_, i) => first + i)
}

/** Cuts the window at multiples of `step` ms, oldest first. */
export const slices = (window: Window, step: number): ReadonlyArray<Window> => {
  const out: Array<Window> = []
  for (let start = window.start; start < window.end;) {
    const end = Math.min(window.end, (Math.floor(start / step) + 1) * step)
    out.push({ start, end })
    start = end
  }
  return out
}
