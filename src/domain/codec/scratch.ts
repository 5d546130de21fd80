/**
 * Memory for columns that live only while one function runs: a fresh typed array costs as much per element as the
 * arithmetic on it. Nothing here is live between two calls, and nobody holds two of one kind.
 */
let doubles = new Float64Array(2_048)
let bytes = new Uint8Array(2_048)
let words = new Int32Array(2_048)

/** Doubles that hold whatever the user before left. */
export const scratchDoubles = (length: number): Float64Array => {
  if (doubles.length < length) doubles = new Float64Array(length * 2)
  return doubles.subarray(0, length)
}

/** Bytes that hold whatever the user before left. */
export const scratchBytes = (length: number): Uint8Array => {
  if (bytes.length < length) bytes = new Uint8Array(length * 2)
  return bytes.subarray(0, length)
}

/** 32-bit words that hold whatever the user before left. */
export const scratchWords = (length: number): Int32Array => {
  if (words.length < length) words = new Int32Array(length * 2)
  return words.subarray(0, length)
}
