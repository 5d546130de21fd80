/**
 * A few distinct values, told by their rank.
 */

/** Most entries of a dictionary. */
const MAX_ENTRIES = 1_024

const PROBES = 64

export interface Dictionary {
  /** Distinct values, ascending. */
  readonly entries: Float64Array
  /** The entry of each value. */
  readonly ranks: Float64Array
}

/**
 * The values as ranks, or undefined where there are too many distinct ones for it to pay.
 *
 * **Gotchas** A map takes -0 for 0: values that hold -0 have no dictionary.
 */
export const toDictionary = (values: Float64Array): Dictionary | undefined => {
  const most = Math.min(MAX_ENTRIES, values.length >> 2)
  const probed = new Set<number>()
  for (let i = 0; i < PROBES; i++) probed.add(values[Math.floor((i * values.length) / PROBES)] as number)
  if (probed.size > most || probed.size * 4 > PROBES * 3) return undefined
  const distinct = new Set<number>()
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (Object.is(value, -0) || distinct.size > most) return undefined
    distinct.add(value)
  }
  if (distinct.size > most) return undefined
  const entries = Float64Array.from(distinct).sort()
  const rankOf = new Map(Array.from(entries, (value, rank) => [value, rank]))
  const ranks = Float64Array.from(values, (value) => rankOf.get(value) ?? 0)
  return { entries, ranks }
}
