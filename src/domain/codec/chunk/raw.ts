/**
 * Doubles as their 64 bits. Every other encoding must be smaller to be used.
 */
import type { BitReader, BitWriter } from "../streams/bits.ts"

export const RAW_BITS = 64

export const writeRaw = (writer: BitWriter, values: Float64Array): void => {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
  for (let i = 0; i < words.length; i++) writer.writeWord(words[i] as number, 32)
}

export const readRaw = (reader: BitReader, count: number): Float64Array | undefined => {
  if (reader.left < count * RAW_BITS) return undefined
  const values = new Float64Array(count)
  const words = new Uint32Array(values.buffer)
  for (let i = 0; i < words.length; i++) words[i] = reader.readWord(32)
  return values
}
