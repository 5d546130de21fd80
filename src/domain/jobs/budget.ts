/**
 * The request budget: at most `perMinute` requests in any minute, however many isolates send them.
 *
 * All that is stored of a budget is the instant `paidUntil`, up to which its requests are paid for. Each request moves
 * it on by one interval. A request is granted unless `paidUntil` is further ahead of the clock than the burst allows.
 */
import { MINUTE_MS } from "../time/calendar.ts"

/** What a budget allows. */
export interface BudgetTerms {
  /** How far one request moves `paidUntil`, whole ms. */
  readonly intervalMs: number
  /** How far ahead of the clock `paidUntil` may be for a request to be granted, ms. */
  readonly toleranceMs: number
}

/** A tenth of the budget may be used at once. The rest is spread, so that no minute has more than `perMinute`. */
export const budgetTerms = (perMinute: number): BudgetTerms => {
  const burst = Math.max(1, Math.floor(perMinute / 10))
  const intervalMs = Math.ceil(MINUTE_MS / (perMinute - burst + 1))
  return { intervalMs, toleranceMs: (burst - 1) * intervalMs }
}

/** How long until a request is granted, ms; 0 where it is granted now. */
export const budgetWait = (terms: BudgetTerms, paidUntil: number, now: number): number =>
  Math.max(0, paidUntil - now - terms.toleranceMs)

/** `paidUntil` after a request that was granted at `now`, ms. */
export const budgetTake = (terms: BudgetTerms, paidUntil: number, now: number): number =>
  Math.max(paidUntil, now) + terms.intervalMs
