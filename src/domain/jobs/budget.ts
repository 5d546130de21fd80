/**
 * The request budget: at most `perMinute` requests in any span of one minute, however many isolates ask.
 *
 * A budget remembers one number, the instant `paidUntil` up to which its requests are paid for. Every granted request
 * pushes it on by one interval; a request is granted while it lies no further ahead than the burst allows.
 */
import { MINUTE_MS } from "../time/calendar.ts"

export interface BudgetTerms {
  /** What one request costs, whole ms. */
  readonly intervalMs: number
  /** How far ahead of the clock `paidUntil` may lie for a request to be granted, ms. */
  readonly toleranceMs: number
}

/** A tenth of the budget may be taken at once; the rest is spread so that no minute holds more than `perMinute`. */
export const budgetTerms = (perMinute: number): BudgetTerms => {
  const burst = Math.max(1, Math.floor(perMinute / 10))
  const intervalMs = Math.ceil(MINUTE_MS / (perMinute - burst + 1))
  return { intervalMs, toleranceMs: (burst - 1) * intervalMs }
}

/** Milliseconds until a request is granted; 0 where it is now. */
export const budgetWait = (terms: BudgetTerms, paidUntil: number, now: number): number =>
  Math.max(0, paidUntil - now - terms.toleranceMs)

/** `paidUntil` after a request granted at `now`. */
export const budgetTake = (terms: BudgetTerms, paidUntil: number, now: number): number =>
  Math.max(paidUntil, now) + terms.intervalMs
