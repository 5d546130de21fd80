/**
 * Pages of the four columns, written. Memory for what is thrown away is used again from page to page.
 */
import { ByteWriter } from "hyparquet-writer"
import { releaseView } from "../../../domain/samples/memory.ts"
import { checksum, compress, compressQuickly, compressRepeats, MAX_INCOMPRESSIBLE } from "../format/compression.ts"
import { appendDelta } from "../format/delta.ts"
import { appendDataHeader, appendDictionaryHeader, type PageEncoding } from "../format/page-header.ts"

/** Finished pages: their bytes, headers included, and what they would take uncompressed. */
export interface Pages {
  readonly bytes: Uint8Array
  readonly uncompressed: number
}

export interface TextPages extends Pages {
  /** Bytes of the first page, the dictionary. */
  readonly dictionaryLength: number
}

export interface PageEncoder {
  /** Value pages of one point. */
  readonly values: (values: Float64Array) => Pages
  /** Timestamp pages of one point, by their differences. */
  readonly timeline: (timestamps: Float64Array) => Pages
  /**
   * One PLAIN page for the timestamps of many points: the codec stores a timeline that they share once.
   * Undefined where the codec cannot take the page.
   */
  readonly sharedTimeline: (timelines: ReadonlyArray<Float64Array>) => Pages | undefined
  /** A text column that holds each text in one repeat of rows: dictionary page, then one page of repeats. */
  readonly texts: (texts: ReadonlyArray<Uint8Array>, repeats: ReadonlyArray<number>) => TextPages
}

/** Samples a page of a day, so that no page of doubles can be more noise than workerd's codec takes. */
const PAGE_SAMPLES = MAX_INCOMPRESSIBLE / 8

/** How pages are made. */
export interface PageOptions {
  /** Samples a page at most. */
  readonly samples: number
  readonly compress: (bytes: Uint8Array) => Uint8Array
  /** Bytes that compression must save of a page of timestamps; otherwise it stands as it is, and need not be inflated. */
  readonly worth: number
}

const OF_A_DAY: PageOptions = { samples: PAGE_SAMPLES, compress, worth: 1 }

/** Undefined where workerd's codec cannot take the bytes: those that compress to more than {@link MAX_INCOMPRESSIBLE}. */
const attempt = (compress: PageOptions["compress"], bytes: Uint8Array): Uint8Array | undefined => {
  if (bytes.length <= MAX_INCOMPRESSIBLE) return compress(bytes)
  try {
    return compress(bytes)
  } catch {
    return undefined
  }
}
/** Where fewer of the values differ than this, whole values repeat, which PLAIN keeps together. */
const REPEATS = 0.25
/** Where more of the values differ than this, only their bytes repeat, which splitting brings together. */
const DIFFERS = 0.97

const bytesOf = (values: Float64Array | Uint32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

const SLOT_BITS = 13

/** About which share of the values occurs for the first time. */
const freshShare = (words: Uint32Array, slots: Uint32Array): number => {
  slots.fill(0)
  let fresh = 0
  for (let i = 0; i < words.length; i += 2) {
    const hash = Math.imul((words[i] as number) ^ Math.imul(words[i + 1] as number, 0x85ebca6b), 0x9e3779b1)
    const slot = hash >>> (32 - SLOT_BITS)
    // 0 marks a free slot.
    const mark = hash | 1
    if ((slots[slot] as number) !== mark >>> 0) {
      slots[slot] = mark
      fresh++
    }
  }
  return fresh * 2 / words.length
}

const split = (bytes: Uint8Array, out: Uint8Array): Uint8Array => {
  const count = bytes.length / 8
  for (let lane = 0, to = 0; lane < 8; lane++) {
    for (let from = lane; from < bytes.length; from += 8) out[to++] = bytes[from] as number
  }
  return out.subarray(0, count * 8)
}

const restart = (writer: ByteWriter): ByteWriter => {
  writer.offset = 0
  writer.index = 0
  return writer
}

const appendDataPage = (
  writer: ByteWriter,
  encoding: PageEncoding,
  rows: number,
  uncompressed: number,
  body: Uint8Array,
  isCompressed = true
): number => {
  const start = writer.offset
  appendDataHeader(writer, encoding, rows, uncompressed, body.length, checksum(body), isCompressed)
  const header = writer.offset - start
  writer.appendBytes(body)
  return header + uncompressed
}

/** The body of the dictionary page of a text column. */
export const dictionaryBody = (texts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const body = new ByteWriter(1_024)
  for (const text of texts) {
    body.appendUint32(text.length)
    body.appendBytes(text)
  }
  return body.getBytes()
}

/** The body of a page that repeats the texts of a dictionary, in order, `repeats` times each. */
export const repeatsBody = (repeats: ReadonlyArray<number>): Uint8Array => {
  // A width of no bits would do for one text, but not every reader expects it.
  const width = Math.max(1, 32 - Math.clz32(repeats.length - 1))
  const body = new ByteWriter(256)
  body.appendUint8(width)
  repeats.forEach((repeat, i) => {
    body.appendVarInt(repeat << 1)
    for (let shift = 0; shift < width; shift += 8) body.appendUint8(i >>> shift & 0xff)
  })
  return body.getBytes()
}

export const makePageEncoder = (differing: Partial<PageOptions> = {}): PageEncoder => {
  const options = { ...OF_A_DAY, ...differing }
  const writer = new ByteWriter(65_536)
  const body = new ByteWriter(65_536)
  const lanes = new Uint8Array(options.samples * 8)
  const slots = new Uint32Array(2 ** SLOT_BITS)

  /** Appends one page, or several where the codec cannot take it whole; gives their bytes uncompressed. */
  const appendValues = (page: Float64Array): number => {
    const raw = bytesOf(page)
    const fresh = freshShare(new Uint32Array(page.buffer, page.byteOffset, page.length * 2), slots)
    const plain = fresh > DIFFERS ? undefined : attempt(options.compress, raw)
    const splitted = fresh < REPEATS ? undefined : attempt(options.compress, split(raw, lanes))
    if (splitted !== undefined && (plain === undefined || splitted.length < plain.length)) {
      if (plain !== undefined) releaseView(plain)
      const n = appendDataPage(writer, "BYTE_STREAM_SPLIT", page.length, raw.length, splitted)
      releaseView(splitted)
      return n
    }
    if (splitted !== undefined) releaseView(splitted)
    if (plain !== undefined) {
      const n = appendDataPage(writer, "PLAIN", page.length, raw.length, plain)
      releaseView(plain)
      return n
    }
    const half = Math.ceil(page.length / 2)
    return appendValues(page.subarray(0, half)) + appendValues(page.subarray(half))
  }

  const values: PageEncoder["values"] = (all) => {
    restart(writer)
    let uncompressed = 0
    for (let from = 0; from < all.length; from += options.samples) {
      uncompressed += appendValues(all.subarray(from, from + options.samples))
    }
    return { bytes: writer.getBytes().slice(), uncompressed }
  }

  const timeline: PageEncoder["timeline"] = (timestamps) => {
    restart(writer)
    let uncompressed = 0
    for (let from = 0; from < timestamps.length; from += options.samples) {
      const page = timestamps.subarray(from, from + options.samples)
      appendDelta(restart(body), page)
      const raw = body.getBytes()
      const small = attempt(compressQuickly, raw)
      uncompressed += small !== undefined && raw.length - small.length >= options.worth
        ? appendDataPage(writer, "DELTA_BINARY_PACKED", page.length, raw.length, small)
        : appendDataPage(writer, "DELTA_BINARY_PACKED", page.length, raw.length, raw, false)
      if (small !== undefined) releaseView(small)
    }
    return { bytes: writer.getBytes().slice(), uncompressed }
  }

  const sharedTimeline: PageEncoder["sharedTimeline"] = (timelines) => {
    const rows = timelines.reduce((total, { length }) => total + length, 0)
    const longest = timelines.reduce((most, { length }) => Math.max(most, length), 0)
    const words = new Uint32Array(rows * 2)
    let at = 0
    for (const timestamps of timelines) {
      for (const ms of timestamps) {
        words[at++] = ms % 2 ** 32
        words[at++] = Math.floor(ms / 2 ** 32)
      }
    }
    const raw = bytesOf(words)
    restart(writer)
    try {
      const small = compressRepeats(raw, longest * 8)
      const uncompressed = appendDataPage(writer, "PLAIN", rows, raw.length, small)
      releaseView(small)
      releaseView(raw)
      return { bytes: writer.getBytes().slice(), uncompressed }
    } catch {
      // MAX_INCOMPRESSIBLE met: the timelines were not shared after all, and separate pages are the smaller choice.
      return undefined
    }
  }

  const texts: PageEncoder["texts"] = (all, repeats) => {
    const raw = dictionaryBody(all)
    const small = compress(raw)
    restart(writer)
    appendDictionaryHeader(writer, all.length, raw.length, small.length, checksum(small))
    const header = writer.offset
    writer.appendBytes(small)
    releaseView(small)
    const dictionaryLength = writer.offset
    const packed = repeatsBody(repeats)
    const rows = repeats.reduce((total, repeat) => total + repeat, 0)
    const data = appendDataPage(writer, "RLE_DICTIONARY", rows, packed.length, packed, false)
    return { uncompressed: header + raw.length + data, bytes: writer.getBytes().slice(), dictionaryLength }
  }

  return { values, timeline, sharedTimeline, texts }
}
