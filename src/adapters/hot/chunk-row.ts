/**
 * A row of the chunk table: the compacted series of one strip on one day, a chunk for each, with the timelines that
 * they share. A strip that needs several rows continues in the next piece. See docs/format-hot-store.md.
 */
import { Result } from "effect"
import { decodeChunk, encodeChunk, MAX_SAMPLES } from "../../domain/codec/chunk/chunk.ts"
import { ChunkError } from "../../domain/codec/error.ts"
import { decodeTimelines, encodeTimelines, shareTimelines } from "../../domain/codec/chunk/timelines.ts"
import type { Columns } from "../../domain/samples/series.ts"
import { bytesFromHex } from "../cloudflare/hex.ts"
import { PIECES, STRIP } from "./keys.ts"

/** As D1 gives it: blobs as hex text. */
export interface ChunkRow {
  readonly key: number
  readonly starts: string
  readonly timelines: string
  readonly data: string
}

export interface EncodedRow {
  readonly first: number
  readonly last: number
  readonly starts: string
  readonly timelines: Uint8Array
  readonly data: Uint8Array
}

export interface SlotColumns {
  /** Which point of the strip. */
  readonly slot: number
  readonly columns: Columns
}

/** Decimal digits of one start, so that SQL can cut the text. */
const START_DIGITS = 6

/** SQL: where the chunk of a slot starts in the data of the row `c`; of the slot after the last, where the data end. */
export const startOf = (slot: string): string =>
  `substr(c.starts, 1 + ${START_DIGITS} * (${slot}), ${START_DIGITS})`

/** Samples of one chunk, unless a day has so many that they would need too many rows. */
const CHUNK_SAMPLES = 32_768

/** Most bytes of chunks in a row: as hex, with its timelines, it must fit one parameter of 1.5 MB. */
const ROW_BYTES = 600_000

/** Most bytes of shared timelines. If they are longer, each chunk has its own. */
const TIMELINE_BYTES = 100_000

/** An encoded chunk of a slot. */
interface Piece {
  readonly slot: number
  readonly bytes: Uint8Array
  readonly columns: Columns
}

/** Cuts series into equal pieces of at most so many samples. */
const cutSeries = (series: ReadonlyArray<SlotColumns>, samples: number): ReadonlyArray<SlotColumns> =>
  series.flatMap(({ columns, slot }) =>
    Array.from({ length: Math.ceil(columns.timestamps.length / samples) }, (_, i) => ({
      slot,
      columns: cut(columns, i * samples, (i + 1) * samples)
    }))
  )

const cut = ({ timestamps, values }: Columns, from: number, to: number): Columns => ({
  timestamps: timestamps.subarray(from, to),
  values: values.subarray(from, to)
})

/** Encodes a piece; one that does not fit a row is cut in halves, down to {@link CHUNK_SAMPLES}, which always fits. */
const encodePiece = ({ columns, slot }: SlotColumns, timelines: ReadonlyArray<Float64Array>): ReadonlyArray<Piece> => {
  const bytes = encodeChunk(columns, timelines)
  const count = columns.timestamps.length
  if (bytes.length <= ROW_BYTES || count <= CHUNK_SAMPLES) return [{ slot, bytes, columns }]
  const half = Math.ceil(count / 2)
  return [cut(columns, 0, half), cut(columns, half, count)].flatMap((one) =>
    encodePiece({ slot, columns: one }, timelines))
}

/** One row of the pieces, which come by ascending slot. */
const pack = (pieces: ReadonlyArray<Piece>, timelines: Uint8Array): EncodedRow => {
  const sizes = new Float64Array(STRIP)
  let size = 0
  let first = Infinity
  let last = -Infinity
  for (const { bytes, columns, slot } of pieces) {
    sizes[slot] = bytes.length
    size += bytes.length
    first = Math.min(first, columns.timestamps[0] as number)
    last = Math.max(last, columns.timestamps.at(-1) as number)
  }
  const data = new Uint8Array(size)
  let at = 0
  for (const { bytes } of pieces) {
    data.set(bytes, at)
    at += bytes.length
  }
  let start = 0
  let starts = ""
  for (let slot = 0; slot <= STRIP; slot++) {
    starts += String(start).padStart(START_DIGITS, "0")
    start += sizes[slot] ?? 0
  }
  return { first, last, starts, timelines, data }
}

/**
 * Deals the pieces out to rows. A row holds one piece of each slot, and a later piece of a slot lies in a later row.
 * Every piece goes to the first row that has room for it.
 */
const dealPieces = (pieces: ReadonlyArray<Piece>): ReadonlyArray<ReadonlyArray<Piece>> => {
  const rows: Array<{ readonly pieces: Array<Piece>; size: number }> = []
  const next = Array.from({ length: STRIP }, () => 0)
  for (const piece of pieces) {
    let at = next[piece.slot] ?? 0
    while ((rows[at]?.size ?? 0) > 0 && (rows[at]?.size ?? 0) + piece.bytes.length > ROW_BYTES) at++
    const row = rows[at] ?? { pieces: [], size: 0 }
    rows[at] = row
    row.pieces.push(piece)
    row.size += piece.bytes.length
    next[piece.slot] = at + 1
  }
  return rows.map((row) => row.pieces.sort((a, b) => a.slot - b.slot))
}

const encodeAt = (series: ReadonlyArray<SlotColumns>, samples: number): ReadonlyArray<EncodedRow> => {
  const pieces = cutSeries(series, samples)
  const shared = shareTimelines(pieces.map(({ columns }) => columns))
  const encoded = shared.length === 0 ? new Uint8Array(0) : encodeTimelines(shared)
  const fits = encoded.length <= TIMELINE_BYTES
  const timelines = fits ? encoded : new Uint8Array(0)
  return dealPieces(pieces.flatMap((piece) => encodePiece(piece, fits ? shared : [])))
    .map((row) => pack(row, timelines))
}

/**
 * Packs the series of a strip and day into as few rows as hold them. They come by ascending slot, and none is empty.
 * Null if they need more rows than a day has keys for; then nothing may be written.
 */
export const encodeRows = (series: ReadonlyArray<SlotColumns>): ReadonlyArray<EncodedRow> | null => {
  for (let samples = CHUNK_SAMPLES; samples <= MAX_SAMPLES; samples *= 2) {
    const rows = encodeAt(series, samples)
    if (rows.length <= PIECES) return rows
    // Longer chunks are fewer, but hardly smaller.
    if (rows.reduce((bytes, { data }) => bytes + data.length, 0) > PIECES * ROW_BYTES) return null
  }
  return null
}

const emptyTimelines: ReadonlyArray<Float64Array> = []

export const timelinesFromHex = (hex: string): Result.Result<ReadonlyArray<Float64Array>, ChunkError> =>
  hex === "" ? Result.succeed(emptyTimelines) : decodeTimelines(bytesFromHex(hex))

/** A row whose chunks are decoded one at a time. */
export interface OpenRow {
  readonly slots: ReadonlyArray<number>
  /** Call it only for slots that the row has. */
  readonly decode: (slot: number) => Result.Result<Columns, ChunkError>
}

export const openRow = (row: ChunkRow): Result.Result<OpenRow, ChunkError> =>
  Result.flatMap(timelinesFromHex(row.timelines), (timelines) => {
    const data = bytesFromHex(row.data)
    const start = (slot: number) => Number(row.starts.slice(slot * START_DIGITS, (slot + 1) * START_DIGITS))
    if (start(STRIP) !== data.length) {
      const detail = `row ${row.key} has ${data.length} bytes, not ${start(STRIP)}`
      return Result.fail(new ChunkError({ blob: "chunk", reason: "damaged", detail }))
    }
    return Result.succeed({
      slots: Array.from({ length: STRIP }, (_, slot) => slot).filter((slot) => start(slot + 1) > start(slot)),
      decode: (slot: number) => decodeChunk(data.subarray(start(slot), start(slot + 1)), timelines)
    })
  })
