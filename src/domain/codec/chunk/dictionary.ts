/**
 * Values as the ranks of a few distinct values.
 */

/** The most entries of a dictionary. */
const MAX_ENTRIES = 1_024

// How many values are looked at first.
const PROBES = 64

export interface Dictionary {
  /** The distinct values, ascending. */
  readonly entries: Float64Array
  /** For each value the index of its entry. */
  readonly ranks: Float64Array
}

/**
 * The dictionary of values; undefined where too many of them are distinct.
 *
 * **Gotchas** Values with a -0 among them have no dictionary, because a `Map` does not distinguish it from 0.
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
