/**
 * The rival codec: Gorilla as its paper describes it (Pelkonen et al., VLDB 2015), without a checksum. Timestamps are
 * differences of differences in four sizes, values are XORed with the one before. Only sizes are compared, so the bits
 * are counted and not written.
 */
import type { Columns } from "../../src/domain/samples/series.ts"

// Header: 64-bit start, 14-bit first difference, as in the paper; here 32 bits, because the unit is the millisecond.
const HEADER_BITS = 64 + 32

const timestampBits = (change: number): number => {
  if (change === 0) return 1
  if (change >= -63 && change <= 64) return 2 + 7
  if (change >= -255 && change <= 256) return 3 + 9
  if (change >= -2_047 && change <= 2_048) return 4 + 12
  return 4 + 32
}

const leading = (high: number, low: number): number =>
  Math.min(31, high !== 0 ? Math.clz32(high) : 32 + Math.clz32(low))
const trailingOf = (word: number): number => 31 - Math.clz32(word & -word)
const trailing = (high: number, low: number): number => low !== 0 ? trailingOf(low) : 32 + trailingOf(high)

/** How many bits Gorilla needs for the samples. */
export const gorillaBits = ({ timestamps, values }: Columns): number => {
  const words = new Int32Array(values.slice().buffer)
  let bits = HEADER_BITS + 64
  let lastStep = 0
  let before = 64
  let after = 64
  for (let i = 1; i < timestamps.length; i++) {
    const step = (timestamps[i] as number) - (timestamps[i - 1] as number)
    bits += i === 1 ? 0 : timestampBits(step - lastStep)
    lastStep = step
    const low = (words[2 * i] as number) ^ (words[2 * i - 2] as number)
    const high = (words[2 * i + 1] as number) ^ (words[2 * i - 1] as number)
    bits++
    if (low === 0 && high === 0) continue
    const zerosBefore = leading(high, low)
    const zerosAfter = trailing(high, low)
    if (zerosBefore < before || zerosAfter < after) {
      before = zerosBefore
      after = zerosAfter
      bits += 5 + 6
    }
    bits += 1 + 64 - before - after
  }
  return bits
}
