/**
 * Entropy coding of tokens: a range asymmetric numeral system (rANS) with a static table for each stream.
 *
 * The state is a 31-bit integer, renormalised by 16 bits. The encoder runs backwards, the decoder forwards. The stream
 * is the table, the words in the order in which the decoder needs them, and then the low bits of the tokens.
 */
import type { BitReader, BitWriter } from "./bits.ts"
import { scratchWords } from "./scratch.ts"
import { DIRECT, TOKEN_BASE, TOKEN_BITS, TOKENS, type Unsigned } from "./tokens.ts"

/** The frequencies of a table add up to 2^10. */
const SCALE_BITS = 10
const SCALE = 1 << SCALE_BITS
const LOWEST_STATE = 1 << 15

const LOG2 = new Float64Array(4_096)
for (let i = 1; i < LOG2.length; i++) LOG2[i] = Math.log2(i)
const log2 = (n: number): number => n < LOG2.length ? LOG2[n] as number : Math.log2(n)

/** About how many bits `total` tokens with this histogram take, including their low bits and the table. */
export const ansBits = (histogram: Int32Array, total: number): number => {
  let bits = 48
  let used = 0
  let weighted = 0
  for (let token = 0; token < TOKENS; token++) {
    const n = histogram[token] as number
    if (n === 0) continue
    used++
    weighted += n * log2(n)
    bits += n * (TOKEN_BITS[token] as number)
  }
  return bits + total * log2(total) - weighted + used * 6
}

/** Integer frequencies of at least 1 that add up to {@link SCALE}, in proportion to the histogram. */
const normalise = (histogram: Int32Array, total: number): Int32Array => {
  const frequencies = new Int32Array(TOKENS)
  let left = SCALE
  for (let token = 0; token < TOKENS; token++) {
    const n = histogram[token] as number
    if (n === 0) continue
    const frequency = Math.max(1, Math.round((n * SCALE) / total))
    frequencies[token] = frequency
    left -= frequency
  }
  // Many rare tokens that were rounded up may need more than one other token has: take it from the largest, again and
  // again, at most half of it at a time.
  while (left !== 0) {
    let largest = 0
    for (let token = 1; token < TOKENS; token++) {
      if ((frequencies[token] as number) > (frequencies[largest] as number)) largest = token
    }
    const change = Math.max(left, -((frequencies[largest] as number) >> 1))
    frequencies[largest] = (frequencies[largest] as number) + change
    left -= change
  }
  return frequencies
}

const bitLength = (n: number): number => 32 - Math.clz32(n)

// For each token that occurs: the gap to the token before (unary), by how much its frequency is longer in bits than the
// frequency before (signed unary), and the bits of the frequency.
const writeTable = (writer: BitWriter, frequencies: Int32Array): void => {
  let last = -1
  let length = 1
  let left = SCALE
  for (let token = 0; left > 0; token++) {
    const frequency = frequencies[token] as number
    if (frequency === 0) continue
    for (let gap = token - last - 1; gap > 0; gap--) writer.write(1, 1)
    writer.write(0, 1)
    const next = bitLength(frequency)
    for (let i = Math.abs(next - length); i > 0; i--) writer.write(1, 1)
    writer.write(0, 1)
    if (next !== length) writer.write(next < length ? 1 : 0, 1)
    writer.write(frequency & ((1 << (next - 1)) - 1), next - 1)
    last = token
    length = next
    left -= frequency
  }
}

const readUnary = (reader: BitReader, limit: number): number => {
  let n = 0
  while (n <= limit && reader.read(1) === 1) n++
  return n
}

/** The frequency of each token; undefined where the bits are not what an encoder writes. */
const readTable = (reader: BitReader): Int32Array | undefined => {
  const frequencies = new Int32Array(TOKENS)
  let token = -1
  let length = 1
  for (let left = SCALE; left > 0;) {
    token += 1 + readUnary(reader, TOKENS)
    const change = readUnary(reader, SCALE_BITS)
    if (change > 0) length += reader.read(1) === 1 ? -change : change
    if (token >= TOKENS || length < 1 || length > SCALE_BITS + 1) return undefined
    const frequency = (1 << (length - 1)) | reader.read(length - 1)
    if (frequency > left) return undefined
    frequencies[token] = frequency
    left -= frequency
  }
  return frequencies
}

/** Writes integers as tokens and their low bits. */
export const writeAns = (writer: BitWriter, { histogram, tokens, values }: Unsigned): void => {
  const count = values.length
  const frequencies = normalise(histogram, count)
  writeTable(writer, frequencies)
  const starts = new Int32Array(TOKENS)
  for (let token = 1; token < TOKENS; token++) {
    starts[token] = (starts[token - 1] as number) + (frequencies[token - 1] as number)
  }
  const inverses = new Float64Array(TOKENS)
  for (let token = 0; token < TOKENS; token++) inverses[token] = 1 / (frequencies[token] as number)
  const words = scratchWords(count)
  let emitted = 0
  let state = LOWEST_STATE
  for (let i = count - 1; i >= 0; i--) {
    const token = tokens[i] as number
    const frequency = frequencies[token] as number
    if (state >>> (31 - SCALE_BITS) >= frequency) {
      words[emitted++] = state & 0xffff
      state >>>= 16
    }
    // The 0.5 keeps the product away from whole numbers, where rounding could give the wrong quotient.
    const quotient = ((state + 0.5) * (inverses[token] as number)) | 0
    state = (quotient << SCALE_BITS) + state - quotient * frequency + (starts[token] as number)
  }
  writer.writeVarint(emitted)
  writer.write(state & 0xffff, 16)
  writer.write(state >>> 16, 15)
  while (emitted > 0) writer.write(words[--emitted] as number, 16)
  if (histogram.some((n, token) => n > 0 && token >= DIRECT)) writeRests(writer, values, tokens)
}

/** Writes the low bits of the tokens that have some. */
const writeRests = (writer: BitWriter, values: Float64Array, tokens: Uint8Array): void => {
  for (let i = 0; i < values.length; i++) {
    const token = tokens[i] as number
    const width = TOKEN_BITS[token] as number
    const rest = (values[i] as number) - (TOKEN_BASE[token] as number)
    if (width === 0) continue
    if (width <= 24) writer.write(rest, width)
    else writer.writeWide(rest, width)
  }
}

/** Fills `out` with integers; false where the bits are not what an encoder writes. */
export const readAns = (reader: BitReader, out: Float64Array): boolean => {
  const frequencies = readTable(reader)
  if (frequencies === undefined) return false
  // One entry a slot: token (7 bits), frequency - 1 (10 bits), slot within the token (10 bits).
  const table = scratchWords(SCALE)
  for (let token = 0, slot = 0; token < TOKENS; token++) {
    const frequency = frequencies[token] as number
    for (let i = 0; i < frequency; i++) table[slot++] = token | ((frequency - 1) << 7) | (i << 17)
  }
  const words = reader.readVarint()
  let state = reader.read(16)
  state |= reader.read(15) << 16
  let wordAt = reader.position
  const restsAt = wordAt + 16 * words
  if (reader.left < 16 * words) return false
  let position = restsAt
  for (let i = 0; i < out.length; i++) {
    const entry = table[state & (SCALE - 1)] as number
    const token = entry & 127
    state = Math.imul(((entry >>> 7) & (SCALE - 1)) + 1, state >>> SCALE_BITS) + (entry >>> 17)
    if (state < LOWEST_STATE) {
      state = (state << 16) | (reader.peek(wordAt) & 0xffff)
      wordAt += 16
    }
    if (token < DIRECT) {
      out[i] = token
      continue
    }
    const width = TOKEN_BITS[token] as number
    if (width <= 24) {
      out[i] = (TOKEN_BASE[token] as number) + (reader.peek(position) & ((1 << width) - 1))
      position += width
    } else {
      reader.position = position
      out[i] = (TOKEN_BASE[token] as number) + reader.readWide(width)
      position = reader.position
    }
  }
  reader.position = position
  return wordAt === restsAt
}
