/**
 * Checksums of samples: 64 bits that do not depend on the order of the samples. The checksum of an object is the sum of
 * the checksums of its series.
 */
import { type Series, sliceColumns } from "./series.ts"
import { daysOf, type Window, windowOfDay } from "../time/window.ts"

/** 64 bits as two unsigned 32-bit halves, which are added apart, each modulo 2^32. */
export interface Checksum {
  readonly high: number
  readonly low: number
}

/** The checksum of no samples. */
export const emptyChecksum: Checksum = { high: 0, low: 0 }

/** The checksum of two sets of samples together. */
export const addChecksums = (a: Checksum, b: Checksum): Checksum => ({
  high: (a.high + b.high) >>> 0,
  low: (a.low + b.low) >>> 0
})

/** A checksum as 16 hex digits. */
export const formatChecksum = (checksum: Checksum): string =>
  checksum.high.toString(16).padStart(8, "0") + checksum.low.toString(16).padStart(8, "0")

/** The checksum of several sets of samples together, from the texts of their checksums. */
export const sumChecksums = (texts: ReadonlyArray<string>): string =>
  formatChecksum(
    texts.map((text) => ({ high: Number.parseInt(text.slice(0, 8), 16), low: Number.parseInt(text.slice(8), 16) }))
      .reduce(addChecksums, emptyChecksum)
  )

// The 32-bit finaliser of murmur3: every bit of the input affects every bit of the output.
const mix = (h: number): number => {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const hashName = (name: string, seed: number): number => {
  let h = seed
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193)
  return mix(h)
}

/** The checksum of a series: the sum of a hash of each sample, over its point, timestamp and the bits of its value. */
export const checksumSeries = (series: Series): Checksum => {
  const { timestamps, values } = series
  const nameHigh = hashName(series.point, 0x811c9dc5)
  const nameLow = hashName(series.point, 0x2545f491)
  const valueWords = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
  const timeWords = new Uint32Array(timestamps.buffer, timestamps.byteOffset, timestamps.length * 2)
  let high = 0
  let low = 0
  for (let i = 0; i < valueWords.length; i += 2) {
    const a = Math.imul(timeWords[i] as number, 0x9e3779b1) ^ Math.imul(timeWords[i + 1] as number, 0x7feb352d)
    const b = Math.imul(valueWords[i] as number, 0x846ca68b) ^ Math.imul(valueWords[i + 1] as number, 0xc2b2ae3d)
    const first = mix(a ^ nameHigh)
    high = (high + mix(first ^ b)) | 0
    low = (low + mix((first + Math.imul(b, 0x27d4eb2f)) ^ nameLow)) | 0
  }
  return { high: high >>> 0, low: low >>> 0 }
}

/** The checksum of each UTC day that the window touches, ascending; {@link emptyChecksum} for a day without samples. */
export const checksumDays = (series: Series, window: Window): ReadonlyArray<Checksum> =>
  daysOf(window).map((day) => checksumSeries({ point: series.point, ...sliceColumns(series, windowOfDay(day)) }))
