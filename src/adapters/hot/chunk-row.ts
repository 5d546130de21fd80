/**
 * A row of the chunk table: the compacted series of one strip on one day, a chunk for each, with the timelines that
 * they share. A strip that needs several rows continues in the next piece. See docs/format-hot-store.md.
 */
import { Result } from "effect"
import { decodeChunk, encodeChunk } from "../../domain/codec/chunk/chunk.ts"
import { ChunkError } from "../../domain/codec/error.ts"
import { decodeTimelines, encodeTimelines, shareTimelines } from "../../domain/codec/chunk/timelines.ts"
import type { Columns } from "../../domain/samples/series.ts"
import { bytesFromHex } from "../cloudflare/hex.ts"
import { STRIP } from "./keys.ts"

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

/** Most samples of one chunk: even at 17 bytes a sample, the most that the codec needs, it fits a row. */
const CHUNK_SAMPLES = 32_768

/** Most bytes of chunks in a row: as hex, with its timelines, it must fit one parameter of 1.5 MB. */
const ROW_BYTES = 600_000

/** Most bytes of shared timelines. If they are longer, each chunk has its own. */
const TIMELINE_BYTES = 100_000

const cutSeries = ({ columns, slot }: SlotColumns): ReadonlyArray<SlotColumns> =>
  columns.timestamps.length <= CHUNK_SAMPLES ? [{ slot, columns }] : Array.from(
    { length: Math.ceil(columns.timestamps.length / CHUNK_SAMPLES) },
    (_, i) => {
      const [from, to] = [i * CHUNK_SAMPLES, (i + 1) * CHUNK_SAMPLES]
      return {
        slot,
        columns: { timestamps: columns.timestamps.subarray(from, to), values: columns.values.subarray(from, to) }
      }
    }
  )

const pack = (
  chunks: ReadonlyArray<{ readonly slot: number; readonly bytes: Uint8Array; readonly columns: Columns }>,
  timelines: Uint8Array
): EncodedRow => {
  const sizes = new Float64Array(STRIP)
  let size = 0
  let first = Infinity
  let last = -Infinity
  for (const { bytes, columns, slot } of chunks) {
    sizes[slot] = bytes.length
    size += bytes.length
    first = Math.min(first, columns.timestamps[0] as number)
    last = Math.max(last, columns.timestamps.at(-1) as number)
  }
  const data = new Uint8Array(size)
  let at = 0
  for (const { bytes } of chunks) {
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

/** Packs the series of a strip into as few rows as hold them. They come by ascending slot, and none is empty. */
export const encodeRows = (series: ReadonlyArray<SlotColumns>): ReadonlyArray<EncodedRow> => {
  const cut = series.flatMap(cutSeries)
  const shared = shareTimelines(cut.map(({ columns }) => columns))
  const encoded = shared.length === 0 ? new Uint8Array(0) : encodeTimelines(shared)
  const fits = encoded.length <= TIMELINE_BYTES
  const timelines = fits ? encoded : new Uint8Array(0)
  const rows: Array<EncodedRow> = []
  let row: Array<{ slot: number; bytes: Uint8Array; columns: Columns }> = []
  let size = 0
  for (const { columns, slot } of cut) {
    const bytes = encodeChunk(columns, fits ? shared : [])
    // A row has one chunk of each slot: the rest of a long series goes to the next row.
    if (row.length > 0 && (size + bytes.length > ROW_BYTES || row.at(-1)?.slot === slot)) {
      rows.push(pack(row, timelines))
      row = []
      size = 0
    }
    row.push({ slot, bytes, columns })
    size += bytes.length
  }
  if (row.length > 0) rows.push(pack(row, timelines))
  return rows
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
