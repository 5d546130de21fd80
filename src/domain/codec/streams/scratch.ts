/**
 * Memory for columns that live only while one chunk is coded: a fresh typed array costs as much per element as the
 * arithmetic on it.
 */
const doubles = {
  /** What is left of integers after their prediction, until it is written. */
  residuals: new Float64Array(2_048),
  /** Distances of timestamps from their grid, until they are written. */
  offsets: new Float64Array(2_048),
  /** Decimals as whole numbers, until they are written. */
  wholes: new Float64Array(2_048)
}

let bytes = new Uint8Array(2_048)
let words = new Int32Array(2_048)

/** Doubles that hold whatever the user before left; good until the next call of the same name. */
export const scratchDoubles = (name: keyof typeof doubles, length: number): Float64Array => {
  if (doubles[name].length < length) doubles[name] = new Float64Array(length * 2)
  return doubles[name].subarray(0, length)
}

/** Bytes that hold whatever the user before left; good until the next call. */
export const scratchBytes = (length: number): Uint8Array => {
  if (bytes.length < length) bytes = new Uint8Array(length * 2)
  return bytes.subarray(0, length)
}

/** 32-bit words that hold whatever the user before left; good until the next call. */
export const scratchWords = (length: number): Int32Array => {
  if (words.length < length) words = new Int32Array(length * 2)
  return words.subarray(0, length)
}
