/**
 * Figures of a whole window, added up from those of its buckets.
 */
import type { PointColumns } from "./loader.ts"

export interface Summary {
  readonly last: number | null
  readonly min: number | null
  readonly avg: number | null
  readonly max: number | null
  readonly sum: number | null
  readonly delta: number | null
  readonly count: number
}

type Values = ReadonlyArray<number | null> | undefined

const known = (values: Values): ReadonlyArray<number> => (values ?? []).filter((value) => value !== null)

const total = (values: Values): number | null => {
  const all = known(values)
  return all.length === 0 ? null : all.reduce((sum, value) => sum + value, 0)
}

/** @param series with the aggregations min, max, sum, count, last and delta */
export const summarize = ({ count, delta, last, max, min, sum }: PointColumns): Summary => {
  const samples = total(count) ?? 0
  const whole = total(sum)
  const [lows, highs] = [known(min), known(max)]
  return {
    last: known(last).at(-1) ?? null,
    min: lows.length === 0 ? null : lows.reduce((a, b) => Math.min(a, b)),
    max: highs.length === 0 ? null : highs.reduce((a, b) => Math.max(a, b)),
    avg: whole === null || samples === 0 ? null : whole / samples,
    sum: whole,
    delta: total(delta),
    count: samples
  }
}
