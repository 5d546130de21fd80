/**
 * Rice codes: a quotient in unary and `width` low bits. They need no table, so they are best for short streams.
 */
import type { BitReader, BitWriter } from "./bits.ts"

/** An integer with a quotient of this or more is written as an escape and 53 plain bits. */
const ESCAPE = 20

// Up to this length the bits are counted exactly. Longer streams are only estimated, because ANS is better for most.
const COUNTED = 256

/** The best width for integers with this sum, and how many bits they take: exactly, or for long streams about. */
export const riceWidth = (values: Float64Array, sum: number): { readonly width: number; readonly bits: number } => {
  const count = values.length
  const mean = sum / count
  let width = 0
  while (width < 24 && 2 ** (width + 1) <= mean * 1.4) width++
  const scale = 2 ** width
  if (count > COUNTED) return { width, bits: count * (width + 1) + sum / scale }
  let bits = count * (width + 1)
  for (let i = 0; i < count; i++) {
    const quotient = Math.floor((values[i] as number) / scale)
    bits += quotient < ESCAPE ? quotient : ESCAPE + 53
  }
  return { width, bits }
}

export const writeRice = (writer: BitWriter, values: Float64Array, width: number): void => {
  const scale = 2 ** width
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    const quotient = Math.floor(value / scale)
    if (quotient < ESCAPE) {
      writer.write((1 << quotient) - 1, quotient + 1)
      writer.write(value - quotient * scale, width)
    } else {
      writer.write((1 << ESCAPE) - 1, ESCAPE)
      writer.writeWide(value, 53)
    }
  }
}

export const readRice = (reader: BitReader, out: Float64Array, width: number): void => {
  const scale = 2 ** width
  for (let i = 0; i < out.length; i++) {
    const zeros = ~reader.peek(reader.position)
    const quotient = Math.min(ESCAPE, 31 - Math.clz32(zeros & -zeros))
    if (quotient < ESCAPE) {
      reader.position += quotient + 1
      out[i] = quotient * scale + reader.read(width)
    } else {
      reader.position += ESCAPE
      out[i] = reader.readWide(53)
    }
  }
}
