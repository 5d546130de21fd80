/** Bytes of an object, and the damage that tests do to them. */

export const bytesOf = (
  bytes: Uint8Array,
  { length, offset }: { readonly offset: number; readonly length: number }
): Uint8Array => bytes.subarray(offset, offset + length)

/** A copy with one bit flipped. */
export const flipBit = (bytes: Uint8Array, bit: number): Uint8Array => {
  const flipped = Uint8Array.from(bytes)
  flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
  return flipped
}
