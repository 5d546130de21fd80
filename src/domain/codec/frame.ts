/**
 * The frame around every blob of the codec: its kind and version, its length, and a checksum of all of it.
 *
 * byte 0: kind (high nibble) and version (low nibble) · bytes 1–4: checksum · varint: length of the payload · payload
 */
import { Result } from "effect"
import { ChunkError } from "./error.ts"

/** The high nibble of the first byte of a frame. */
export const KINDS = { chunk: 0xc, timelines: 0xd, segment: 0xe } as const

export type Kind = keyof typeof KINDS

/** The version that is written. Version 0 may change until the first release; later ones stay readable for ever. */
export const VERSION = 0

const CHECKSUM_AT = 1
const LENGTH_AT = 5

// Multiplication by an odd number and xor are reversible, so bytes that differ in one word never have the same
// checksum.
const checksum = (bytes: Uint8Array, start: number, end: number, kind: number): number => {
  let h = 0x9e3779b9 ^ kind
  let i = start
  for (; i + 4 <= end; i += 4) {
    const word = (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24)
    h = Math.imul(h ^ word, 0x85ebca6b)
    h ^= h >>> 15
  }
  for (; i < end; i++) h = Math.imul(h ^ (bytes[i] as number), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35)
  return (h ^ (h >>> 13)) >>> 0
}

/** A frame around a payload. */
export const seal = (kind: Kind, payload: Uint8Array): Uint8Array => {
  let lengthBytes = 1
  for (let rest = payload.length; rest >= 128; rest = Math.floor(rest / 128)) lengthBytes++
  const start = LENGTH_AT + lengthBytes
  const bytes = new Uint8Array(start + payload.length)
  const first = (KINDS[kind] << 4) | VERSION
  bytes[0] = first
  let at = LENGTH_AT
  let rest = payload.length
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest & 127) | 128
  bytes[at] = rest
  bytes.set(payload, start)
  const sum = checksum(bytes, LENGTH_AT, bytes.length, first)
  for (let i = 0; i < 4; i++) bytes[CHECKSUM_AT + i] = sum >>> (8 * i)
  return bytes
}

/** Where the payload of a frame starts and ends. */
export interface Opened {
  readonly start: number
  readonly end: number
}

/** Checks the frame that begins at `from`, and ignores what follows it. */
export const open = (kind: Kind, bytes: Uint8Array, from: number): Result.Result<Opened, ChunkError> => {
  const fail = (reason: ChunkError["reason"], detail: string) =>
    Result.fail(new ChunkError({ blob: kind, reason, detail }))
  const first = bytes[from]
  if (first === undefined) return fail("truncated", "there are no bytes")
  if (first !== ((KINDS[kind] << 4) | VERSION)) return fail("version", `the first byte is 0x${first.toString(16)}`)
  let length = 0
  let scale = 1
  let at = from + LENGTH_AT
  for (;; at++) {
    const byte = bytes[at]
    if (byte === undefined) return fail("truncated", "the bytes end before the payload")
    length += (byte & 127) * scale
    if (byte < 128) break
    scale *= 128
    if (scale > 2 ** 28) return fail("damaged", "the length is over 4 GB")
  }
  const start = at + 1
  const end = start + length
  if (end > bytes.length) return fail("truncated", `there are ${bytes.length - start} of ${length} bytes`)
  let sum = 0
  for (let i = 3; i >= 0; i--) sum = sum * 256 + (bytes[from + CHECKSUM_AT + i] as number)
  return checksum(bytes, from + LENGTH_AT, end, first) === sum
    ? Result.succeed({ start, end })
    : fail("damaged", "the checksum does not match")
}
