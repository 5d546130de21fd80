/**
 * The pieces of a part: neighbouring points with their samples compressed, as one blob. And the union of parts, of each
 * of which one piece at a time is in memory.
 */
import { Result } from "effect"
import { decodeChunk, encodeChunk } from "../../domain/codec/chunk/chunk.ts"
import { ChunkError } from "../../domain/codec/error.ts"
import { mergeAll } from "../../domain/samples/merge.ts"
import { releaseColumns, releaseView } from "../../domain/samples/memory.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import type { Columns, Series } from "../../domain/samples/series.ts"

/** A piece is closed once it has this many bytes: with a hundred parts the pieces in memory are some 13 MB. */
export const PIECE_BYTES = 131_072

/** Lengths of name and chunk, which stand before them. */
const HEADER_BYTES = 8

/** A point of a piece, compressed. */
export interface StagedPoint {
  readonly point: string
  readonly chunk: Uint8Array
}

export interface PieceWriter {
  /** Adds a point; gives the piece that it filled. */
  readonly add: (series: Series) => Uint8Array | undefined
  /** The last piece; it may be empty. */
  readonly finish: () => Uint8Array
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const makePieceWriter = (limit = PIECE_BYTES): PieceWriter => {
  let parts: Array<Uint8Array> = []
  let length = 0
  const append = (bytes: Uint8Array): void => {
    parts.push(bytes)
    length += bytes.length
  }
  const close = (): Uint8Array => {
    const piece = new Uint8Array(length)
    let at = 0
    for (const bytes of parts) {
      piece.set(bytes, at)
      at += bytes.length
      releaseView(bytes)
    }
    parts = []
    length = 0
    return piece
  }
  return {
    add: ({ point, timestamps, values }) => {
      const name = encoder.encode(point)
      const chunk = encodeChunk({ timestamps, values })
      append(new Uint8Array(Uint32Array.of(name.length, chunk.length).buffer))
      append(name)
      append(chunk)
      return length < limit ? undefined : close()
    },
    finish: close
  }
}

const cutOff = Result.fail(new ChunkError({ blob: "chunk", reason: "truncated", detail: "a piece is cut off" }))

/** The points of a piece; they are views of its bytes. */
export const openPiece = (piece: Uint8Array): Result.Result<ReadonlyArray<StagedPoint>, ChunkError> => {
  const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength)
  const points: Array<StagedPoint> = []
  for (let at = 0; at < piece.length;) {
    const name = at + HEADER_BYTES
    if (name > piece.length) return cutOff
    const chunk = name + view.getUint32(at, true)
    const end = chunk + view.getUint32(at + 4, true)
    if (end > piece.length) return cutOff
    points.push({ point: decoder.decode(piece.subarray(name, chunk)), chunk: piece.subarray(chunk, end) })
    at = end
  }
  return Result.succeed(points)
}

/** What is in memory of a part: the points that were not taken yet, and whether pieces follow. */
export interface OpenPart {
  readonly points: ReadonlyArray<StagedPoint>
  /** How many of them were taken. */
  taken: number
  readonly isLast: boolean
}

/** The first part that has no point in memory though pieces follow; -1 where none has. */
export const partToRefill = (parts: ReadonlyArray<OpenPart>): number =>
  parts.findIndex(({ isLast, points, taken }) => taken === points.length && !isLast)

/** Takes the next point of all parts, in rank of the parts. Undefined where none is left. */
export const takePoint = (parts: ReadonlyArray<OpenPart>): Result.Result<Series, ChunkError> | undefined => {
  let least: string | undefined
  for (const { points, taken } of parts) {
    const point = points[taken]?.point
    if (point !== undefined && (least === undefined || comparePoints(point, least) < 0)) least = point
  }
  if (least === undefined) return undefined
  const ranked: Array<Columns> = []
  for (const part of parts) {
    const staged = part.points[part.taken]
    if (staged?.point !== least) continue
    part.taken++
    const columns = decodeChunk(staged.chunk)
    if (Result.isFailure(columns)) return Result.fail(columns.failure)
    ranked.push(columns.success)
  }
  const merged = mergeAll(ranked)
  for (const columns of ranked) if (columns.timestamps !== merged.timestamps) releaseColumns(columns)
  return Result.succeed({ point: least, ...merged })
}
