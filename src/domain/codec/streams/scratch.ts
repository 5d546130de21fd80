/**
 * Scratch memory for arrays that are needed only while one chunk is coded: a new typed array would take as much time
 * for each element as the arithmetic on it.
 */
const doubles = {
  /** The residuals of integers, until they are written. */
  residuals: new Float64Array(2_048),
  /** The offsets of timestamps from their grid, until they are written. */
  offsets: new Float64Array(2_048),
  /** The integers of decimals, until they are written. */
  wholes: new Float64Array(2_048)
}

let bytes = new Uint8Array(2_048)
let words = new Int32Array(2_048)

/** Doubles with any content. **Gotchas** The next call with the same name gives the same memory again. */
export const scratchDoubles = (name: keyof typeof doubles, length: number): Float64Array => {
  if (doubles[name].length < length) doubles[name] = new Float64Array(length * 2)
  return doubles[name].subarray(0, length)
}

/** Bytes with any content. **Gotchas** The next call gives the same memory again. */
export const scratchBytes = (length: number): Uint8Array => {
  if (bytes.length < length) bytes = new Uint8Array(length * 2)
  return bytes.subarray(0, length)
}

/** 32-bit words with any content. **Gotchas** The next call gives the same memory again. */
export const scratchWords = (length: number): Int32Array => {
  if (words.length < length) words = new Int32Array(length * 2)
  return words.subarray(0, length)
}
