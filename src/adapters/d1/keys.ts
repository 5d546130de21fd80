/**
 * Keys of tail and chunk rows: block, then hour or day, then part, as one integer.
 *
 * One integer and not three columns, because SQLite finds an INTEGER PRIMARY KEY without reading the rows it passes; of
 * any other key it compares whole rows, blobs included.
 *
 * **Gotchas** Keys exceed 32 bits: no bit operators on them in JavaScript.
 */
import { SLOTS } from "../../domain/codec/segment.ts"

/** Rows that one block may have in an hour of tail or a day of chunks. */
export const PARTS = 64

// Hours and days before 1970 are negative; the year 9999 ends below hour 2^27 and day 2^22.
const HOUR_ZERO = 2 ** 27
const DAY_ZERO = 2 ** 22

/** The keys of a block lie in `[block * SPAN, (block + 1) * SPAN)`; 2^53 leaves room for 2^19 blocks, 33 million points. */
export const TAIL_SPAN = 2 * HOUR_ZERO * PARTS
export const CHUNK_SPAN = 2 * DAY_ZERO * PARTS

const within = (zero: number, at: number): number => (Math.min(Math.max(at, -zero), zero) + zero) * PARTS

/** Where an hour's rows begin within the keys of a block; windows reach further than instants, and end with the block. */
export const hourOffset = (hour: number): number => within(HOUR_ZERO, hour)

/** Where a day's rows begin within the keys of a block. */
export const dayOffset = (day: number): number => within(DAY_ZERO, day)

/** SQL: the row `row.k` belongs to `block` and lies between two offsets, the second one excluded. */
export const inSpan = (span: number, row: string, block: string, from: string, to: string): string =>
  `${row}.k >= ${block} * ${span} + ${from} AND ${row}.k < ${block} * ${span} + ${to}`

export const blockOfPoint = (id: number): number => Math.floor(id / SLOTS)
