/**
 * Whole rows of chunks and tails, read in groups of bounded size by compactions, scans and a sync's look back.
 */
import { Effect, Result } from "effect"
import type { ChunkError } from "../../domain/codec/error.ts"
import { decodeSegments } from "../../domain/codec/segment/segment.ts"
import { mergeAll } from "../../domain/samples/merge.ts"
import { type Columns, type Series, sliceColumns } from "../../domain/samples/series.ts"
import type { Window } from "../../domain/time/window.ts"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import { type ChunkRow, openRow } from "./chunk-row.ts"
import { bytesFromHex } from "../cloudflare/hex.ts"
import { STRIP, stripOfChunk } from "./keys.ts"
import type { StripTail } from "./tail-row.ts"

/** Stored bytes of the blocks or strips in memory at once. Decoded and merged they take up to 40 times that. */
export const GROUP_BYTES = 1_000_000

/** A block or a strip, and its stored bytes. */
export interface Sized {
  readonly id: number
  readonly bytes: number
}

/** Cuts a list into groups of bounded size; what is larger is a group of its own. */
export const groupBySize = (list: ReadonlyArray<Sized>): ReadonlyArray<ReadonlyArray<number>> => {
  const groups: Array<Array<number>> = []
  let size = 0
  for (const { bytes, id } of list) {
    const group = groups.at(-1)
    if (group === undefined || size + bytes > GROUP_BYTES) {
      groups.push([id])
      size = bytes
    } else {
      group.push(id)
      size += bytes
    }
  }
  return groups
}

export const CHUNK_COLUMNS = "c.k AS key, c.starts, hex(c.timelines) AS timelines, hex(c.data) AS data"

export const decoded = <A>(
  operation: string,
  subject: string,
  result: Result.Result<A, ChunkError>
): Effect.Effect<A, HotStoreError> =>
  Result.isSuccess(result)
    ? Effect.succeed(result.success)
    : Effect.fail(new HotStoreError({ operation, subject, cause: result.failure }))

/** Appends every series of the rows to the list of its point, lowest rank first: chunks must come before tails. */
export const collectChunks = (
  rows: ReadonlyArray<ChunkRow>,
  into: Map<number, Array<Columns>>
): Result.Result<void, ChunkError> => {
  for (const row of rows) {
    const opened = openRow(row)
    if (Result.isFailure(opened)) return Result.fail(opened.failure)
    const strip = stripOfChunk(row.key)
    for (const slot of opened.success.slots) {
      const columns = opened.success.decode(slot)
      if (Result.isFailure(columns)) return Result.fail(columns.failure)
      push(into, strip * STRIP + slot, columns.success)
    }
  }
  return Result.void
}

/** The same for the tails of strips: only the `wanted` points, and only the segment entries that touch the window. */
export const collectTail = (
  tails: ReadonlyArray<StripTail>,
  into: Map<number, Array<Columns>>,
  window: Window,
  wanted: (id: number) => boolean = () => true
): Result.Result<void, ChunkError> => {
  const meets = (timestamps: Float64Array) =>
    timestamps.length > 0 && (timestamps[0] as number) < window.end && (timestamps.at(-1) as number) >= window.start
  for (const { data, strip } of tails) {
    const slotMeets = (slot: number) => wanted(strip * STRIP + slot)
    const entries = decodeSegments(bytesFromHex(data), { slot: slotMeets, timestamps: meets })
    if (Result.isFailure(entries)) return Result.fail(entries.failure)
    for (const { slot, timestamps, values } of entries.success) {
      push(into, strip * STRIP + slot, { timestamps, values })
    }
  }
  return Result.void
}

/** The samples of a point inside the window, merged by rank; empty where there are none. */
export const seriesOf = (
  point: string,
  ranked: ReadonlyArray<Columns> | undefined,
  window: Window
): ReadonlyArray<Series> => {
  const columns = mergeAll((ranked ?? []).map((one) => sliceColumns(one, window)))
  return columns.timestamps.length === 0 ? [] : [{ point, ...columns }]
}

export const push = <K, V>(into: Map<K, Array<V>>, key: K, value: V): void => {
  const list = into.get(key)
  if (list === undefined) into.set(key, [value])
  else list.push(value)
}
