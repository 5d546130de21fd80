/**
 * Windows of time as people move them: the last hours, zoomed around an instant, shifted.
 */
import { DAY_MS, MINUTE_MS } from "../../domain/time/lengths.ts"
import type { Window } from "../../domain/time/window.ts"
import { type Range, SPANS } from "./view.ts"

/** Windows end on whole steps, so that a question stays the same until there can be new data, ms. */
const STEP = 5 * MINUTE_MS
const SHORTEST = 1_000
/** What one query may ask for. */
const LONGEST = 366 * DAY_MS

/** @param now ms */
export const windowOf = (range: Range, now: number): Window => {
  if (range.kind === "between") return { start: range.start, end: range.end }
  const end = Math.ceil(now / STEP) * STEP
  return { start: end - SPANS[range.span], end }
}

/** Whole milliseconds, and neither too short nor too long: the middle stays where it is. */
export const settle = ({ end, start }: Window): Window => {
  const length = Math.min(LONGEST, Math.max(SHORTEST, Math.round(end - start)))
  const from = Math.round((start + end - length) / 2)
  return { start: from, end: from + length }
}

/** @param factor below 1 shows less @param at the instant that stays where it is */
export const zoomed = ({ end, start }: Window, factor: number, at: number): Window =>
  settle({ start: at - (at - start) * factor, end: at + (end - at) * factor })

/** @param share of the window's length; below 0 is earlier */
export const shifted = ({ end, start }: Window, share: number): Window => {
  const by = Math.round((end - start) * share)
  return { start: start + by, end: end + by }
}

/** The same length around another instant. */
export const centred = ({ end, start }: Window, at: number): Window => {
  const half = Math.round((end - start) / 2)
  return { start: at - half, end: at - half + (end - start) }
}
