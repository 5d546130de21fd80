/**
 * Windows: half-open ranges `[start, end)` of instants.
 */
import { type Day, DAY_MS, dayOf } from "./calendar.ts"

export interface Window {
  /** The first instant inside, ms. */
  readonly start: number
  /** The first instant after it, ms. */
  readonly end: number
}

/** From 1970 to the last instant that a date can have. */
export const EVER: Window = { start: 0, end: 8.64e15 }

export const isEmpty = (window: Window): boolean => window.end <= window.start

export const contains = (window: Window, ms: number): boolean => ms >= window.start && ms < window.end

/** The overlap of two windows; empty (`end <= start`) where they do not overlap. */
export const intersect = (a: Window, b: Window): Window => ({
  start: Math.max(a.start, b.start),
  end: Math.min(a.end, b.end)
})

/** The UTC day as a window. */
export const windowOfDay = (day: Day): Window => ({ start: day * DAY_MS, end: (day + 1) * DAY_MS })

/** Every UTC day that the window touches, ascending. */
export const daysOf = (window: Window): ReadonlyArray<Day> => {
  if (isEmpty(window)) return []
  const first = dayOf(window.start)
  return Array.from({ length: dayOf(window.end - 1) - first + 1 }, (_, i) => first + i)
}

/** The days, given in ascending order, as windows; neighbouring days share one window. */
export const windowsOfDays = (days: ReadonlyArray<Day>): ReadonlyArray<Window> => {
  const windows: Array<Window> = []
  for (const day of days) {
    const last = windows.at(-1)
    const { end, start } = windowOfDay(day)
    if (last?.end === start) windows[windows.length - 1] = { start: last.start, end }
    else windows.push({ start, end })
  }
  return windows
}
