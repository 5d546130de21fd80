/**
 * Encodes columns into Parquet pages, and chooses the encoding of each. Buffers are reused from page to page.
 */
import type { Encoding } from "hyparquet"
import { ByteWriter } from "hyparquet-writer"
import { releaseView } from "../../../domain/samples/memory.ts"
import { compress, compressQuickly, compressRepeats, MAX_INCOMPRESSIBLE } from "../format/compression.ts"
import { concatArrays } from "../../../domain/samples/series.ts"
import { appendDelta, fitsDelta } from "../format/delta.ts"
import { TEXT_ENCODINGS, VALUE_ENCODINGS } from "./footer.ts"
import { appendDataPage, appendDictionaryPage } from "./page.ts"
import { byRow, plainBody, repeatsBody } from "./texts.ts"

/** Finished pages: their bytes, headers included, and how many bytes they are uncompressed. */
export interface Pages {
  readonly bytes: Uint8Array
  readonly uncompressed: number
  /** Bytes of the first page where it is a dictionary, else 0. */
  readonly dictionaryLength: number
  readonly encodings: ReadonlyArray<Encoding>
}

/** Samples in a data page of a day, so that no page of doubles is more noise than workerd's codec can take. */
const PAGE_SAMPLES = MAX_INCOMPRESSIBLE / 8

export interface PageOptions {
  /** The most samples in a data page. */
  readonly samples: number
  readonly compress: (bytes: Uint8Array) => Uint8Array
  /** Bytes that compression must save of a data page of timestamps; else it is stored uncompressed and read faster. */
  readonly worth: number
}

const OF_A_DAY: PageOptions = { samples: PAGE_SAMPLES, compress, worth: 1 }

/** Undefined where workerd's codec cannot take the bytes: they compress to more than {@link MAX_INCOMPRESSIBLE}. */
const tryCompress = (compress: PageOptions["compress"], bytes: Uint8Array): Uint8Array | undefined => {
  if (bytes.length <= MAX_INCOMPRESSIBLE) return compress(bytes)
  try {
    return compress(bytes)
  } catch {
    return undefined
  }
}

/** Below this share of new values whole values repeat; PLAIN keeps their bytes together. */
const REPEATS = 0.25
/** Above this share of new values only single bytes repeat; splitting brings those together. */
const DIFFERS = 0.97

/** Up to so many rows a text, on average, texts are written row by row. */
const ROWS_A_TEXT = 4

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

/** The first bytes of all doubles, then the second bytes, and so on. */
const split = (bytes: Uint8Array, out: Uint8Array): Uint8Array => {
  for (let lane = 0, to = 0; lane < 8; lane++) {
    for (let from = lane; from < bytes.length; from += 8) out[to++] = bytes[from] as number
  }
  return out.subarray(0, bytes.length)
}

const restart = (writer: ByteWriter): ByteWriter => {
  writer.offset = 0
  writer.index = 0
  return writer
}

/** Timestamps as INT64, little-endian. */
const integersOf = (timelines: ReadonlyArray<Float64Array>, rows: number): Uint8Array => {
  const words = new Uint32Array(rows * 2)
  let at = 0
  for (const timestamps of timelines) {
    for (const ms of timestamps) {
      words[at++] = ms % 2 ** 32
      words[at++] = Math.floor(ms / 2 ** 32)
    }
  }
  return bytesOf(words)
}

export class PageEncoder {
  readonly #options: PageOptions
  readonly #writer = new ByteWriter(65_536)
  readonly #body = new ByteWriter(65_536)
  readonly #lanes: Uint8Array
  readonly #slots = new Uint32Array(2 ** SLOT_BITS)

  constructor(options: Partial<PageOptions> = {}) {
    this.#options = { ...OF_A_DAY, ...options }
    this.#lanes = new Uint8Array(this.#options.samples * 8)
  }

  /** Data pages of the values of one point. */
  values(values: Float64Array): Pages {
    restart(this.#writer)
    const { samples } = this.#options
    let uncompressed = 0
    for (let from = 0; from < values.length; from += samples) {
      uncompressed += this.#appendValues(values.subarray(from, from + samples))
    }
    return this.#pages(uncompressed, VALUE_ENCODINGS)
  }

  /** Data pages of the timestamps of one point, stored as differences. */
  timeline(timestamps: Float64Array): Pages {
    restart(this.#writer)
    const { samples, worth } = this.#options
    let uncompressed = 0
    for (let from = 0; from < timestamps.length; from += samples) {
      const page = timestamps.subarray(from, from + samples)
      appendDelta(restart(this.#body), page)
      const raw = this.#body.getBytes()
      const small = tryCompress(compressQuickly, raw)
      const body = small !== undefined && raw.length - small.length >= worth ? small : raw
      uncompressed += appendDataPage(this.#writer, "DELTA_BINARY_PACKED", page.length, raw, body)
      if (small !== undefined) releaseView(small)
    }
    return this.#pages(uncompressed, ["DELTA_BINARY_PACKED"])
  }

  /** One data page for the timestamps of sparse points, at most {@link PAGE_SAMPLES} of them. */
  timelines(timelines: ReadonlyArray<Float64Array>): Pages {
    const plain = this.sharedTimeline(timelines)
    const all = concatArrays(timelines)
    if (plain !== undefined && !fitsDelta(all)) return plain
    const packed = this.timeline(all)
    releaseView(all)
    return plain !== undefined && plain.bytes.length <= packed.bytes.length ? plain : packed
  }

  /**
   * One PLAIN data page for the timestamps of many points: the codec stores a timeline that they share only once.
   * Undefined where the codec cannot take the page.
   */
  sharedTimeline(timelines: ReadonlyArray<Float64Array>): Pages | undefined {
    const rows = timelines.reduce((total, { length }) => total + length, 0)
    const longest = timelines.reduce((most, { length }) => Math.max(most, length), 0)
    const raw = integersOf(timelines, rows)
    restart(this.#writer)
    try {
      const small = compressRepeats(raw, longest * 8)
      const uncompressed = appendDataPage(this.#writer, "PLAIN", rows, raw, small)
      releaseView(small)
      releaseView(raw)
      return this.#pages(uncompressed, ["PLAIN"])
    } catch {
      // More noise than MAX_INCOMPRESSIBLE: the points share no timeline after all, and pages of their own are smaller.
      return undefined
    }
  }

  /**
   * A text column that has each text in consecutive rows: a dictionary page and one data page of repeats, or, where
   * nearly every row has a text of its own, one PLAIN data page.
   */
  texts(texts: ReadonlyArray<Uint8Array>, repeats: ReadonlyArray<number>): Pages {
    const writer = restart(this.#writer)
    const rows = repeats.reduce((total, count) => total + count, 0)
    if (rows <= texts.length * ROWS_A_TEXT) {
      const raw = plainBody(byRow(texts, repeats))
      const small = compress(raw)
      const uncompressed = appendDataPage(writer, "PLAIN", rows, raw, small)
      releaseView(small)
      return this.#pages(uncompressed, ["PLAIN"])
    }
    const dictionary = plainBody(texts)
    const small = compress(dictionary)
    const dictionaryBytes = appendDictionaryPage(writer, texts.length, dictionary, small)
    releaseView(small)
    const dictionaryLength = writer.offset
    const packed = repeatsBody(repeats)
    const dataBytes = appendDataPage(writer, "RLE_DICTIONARY", rows, packed, packed)
    return this.#pages(dictionaryBytes + dataBytes, TEXT_ENCODINGS, dictionaryLength)
  }

  #pages(uncompressed: number, encodings: ReadonlyArray<Encoding>, dictionaryLength = 0): Pages {
    return { bytes: this.#writer.getBytes().slice(), uncompressed, encodings, dictionaryLength }
  }

  /** Appends one data page, or several where the codec cannot take it whole; gives their bytes uncompressed. */
  #appendValues(page: Float64Array): number {
    const { compress } = this.#options
    const raw = bytesOf(page)
    const fresh = freshShare(new Uint32Array(page.buffer, page.byteOffset, page.length * 2), this.#slots)
    const plain = fresh > DIFFERS ? undefined : tryCompress(compress, raw)
    const splitted = fresh < REPEATS ? undefined : tryCompress(compress, split(raw, this.#lanes))
    const isSplit = splitted !== undefined && (plain === undefined || splitted.length < plain.length)
    const body = isSplit ? splitted : plain
    if (body === undefined) {
      const half = Math.ceil(page.length / 2)
      return this.#appendValues(page.subarray(0, half)) + this.#appendValues(page.subarray(half))
    }
    const uncompressed = appendDataPage(this.#writer, isSplit ? "BYTE_STREAM_SPLIT" : "PLAIN", page.length, raw, body)
    if (plain !== undefined) releaseView(plain)
    if (splitted !== undefined) releaseView(splitted)
    return uncompressed
  }
}
