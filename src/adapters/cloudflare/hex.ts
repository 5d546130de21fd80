/**
 * Blobs as hex text, for JSON parameters and for answers of D1. Not `toHex` and `fromHex` of `Uint8Array`: Node 24
 * lacks them, and in workerd `fromHex` takes a sixth of the time of a day's scan. Two digits are one 16-bit word in a
 * table.
 */
import { releaseView } from "../../domain/samples/memory.ts"

const LOWER = "0123456789abcdef"
const UPPER = "0123456789ABCDEF"
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The little-endian word of the digits' codes. */
const wordOf = (digits: string, byte: number): number =>
  digits.charCodeAt(byte >> 4) | digits.charCodeAt(byte & 15) << 8

const WORDS = Uint16Array.from({ length: 256 }, (_, byte) => wordOf(LOWER, byte))

/** The byte of each word. */
const BYTES = new Uint8Array(2 ** 16)
for (let byte = 0; byte < 256; byte++) BYTES[wordOf(UPPER, byte)] = byte

/** In lower case, as `unhex(…)` of D1 takes it. */
export const hexFromBytes = (bytes: Uint8Array): string => {
  const words = new Uint16Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) words[i] = WORDS[bytes[i] as number] as number
  const hex = decoder.decode(words)
  releaseView(words)
  return hex
}

/**
 * In upper case, as `hex(…)` of D1 returns it.
 *
 * **Gotchas** Digits are not checked: what is no digit becomes 0, which the checksum of the blob reveals.
 */
export const bytesFromHex = (hex: string): Uint8Array => {
  const codes = encoder.encode(hex)
  const words = new Uint16Array(codes.buffer, codes.byteOffset, codes.length >> 1)
  const bytes = new Uint8Array(words.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = BYTES[words[i] as number] as number
  releaseView(codes)
  return bytes
}
