/**
 * Keys of tail and chunk rows: block and hour, or strip and day, then part, as one integer.
 *
 * One integer and not three columns, because SQLite finds an INTEGER PRIMARY KEY without reading the rows it passes; of
 * any other key it compares whole rows, blobs included.
 *
 * **Gotchas** Keys exceed 32 bits: no bit operators on them in JavaScript.
 */
import { dayOf, HOUR_MS } from "../../domain/time/calendar.ts"
import { isEmpty, type Window } from "../../domain/time/window.ts"

/** Points of one tail row, and of what one site owns: the more, the fewer rows a sync writes. */
export const BLOCK = 64

/**
 * Points of one chunk row, and of one column of a tail row: a quarter of a block. The more, the fewer rows are written; but
 * a query reads the whole of each blob that it cuts a chunk out of, and receives the whole of each column of a tail.
 */
export const STRIP = 16

/** Rows that one block may have in an hour of tail, or one strip in a day of chunks. */
export const PARTS = 64

// Hours and days before 1970 are negative; the year 9999 ends below hour 2^27 and day 2^22.
const HOUR_ZERO = 2 ** 27
const DAY_ZERO = 2 ** 22

/**
 * The keys of a block's tail, or of a strip's chunks, lie in `[n * SPAN, (n + 1) * SPAN)`; 2^53 leaves room for 2^19 blocks,
 * 33 million points.
 */
export const TAIL_SPAN = 2 * HOUR_ZERO * PARTS
export const CHUNK_SPAN = 2 * DAY_ZERO * PARTS

const within = (zero: number, at: number): number => (Math.min(Math.max(at, -zero), zero) + zero) * PARTS

/** Where an hour's rows begin within the keys of a block; windows reach further than instants, and end with the block. */
export const hourOffset = (hour: number): number => within(HOUR_ZERO, hour)

/** Where a day's rows begin within the keys of a block. */
export const dayOffset = (day: number): number => within(DAY_ZERO, day)

/** The days that a window touches, both included, and where they and its hours lie within the keys of a block. */
interface Places {
  readonly firstDay: number
  readonly lastDay: number
  readonly days: readonly [from: number, to: number]
  readonly hours: readonly [from: number, to: number]
}

// A window without a day: nothing lies between the offsets.
const NOWHERE: Places = { firstDay: 0, lastDay: -1, days: [0, 0], hours: [0, 0] }

export const placesOf = (window: Window): Places => {
  if (isEmpty(window)) return NOWHERE
  const [firstDay, lastDay] = [dayOf(window.start), dayOf(window.end - 1)]
  return {
    firstDay,
    lastDay,
    days: [dayOffset(firstDay), dayOffset(lastDay + 1)],
    hours: [
      hourOffset(Math.floor(window.start / HOUR_MS)),
      hourOffset(Math.floor((window.end - 1) / HOUR_MS) + 1)
    ]
  }
}

const between = (span: number, row: string, owner: string, from: string, to: string): string =>
  `${row}.k >= (${owner}) * ${span} + ${from} AND ${row}.k < (${owner}) * ${span} + ${to}`

/** SQL: the row `t` of the tail of `block` lies between two offsets, the second one excluded. */
export const tailBetween = (block: string, from: string, to: string): string =>
  between(TAIL_SPAN, "t", block, from, to)

/** SQL: the row `c` of the chunks of `strip` lies between two offsets, the second one excluded. */
export const chunkBetween = (strip: string, from: string, to: string): string =>
  between(CHUNK_SPAN, "c", strip, from, to)

/** The strips within a block. */
export const STRIPS_OF_BLOCK = Array.from({ length: BLOCK / STRIP }, (_, i) => i)

/** SQL: what `json_each(…) AS s` unfolds to the strips within a block, and the strip of a block `b`. */
export const STRIPS = `'${JSON.stringify(STRIPS_OF_BLOCK)}'`
export const STRIP_ID = `b.id * ${STRIPS_OF_BLOCK.length} + s.value`

export const blockOfPoint = (id: number): number => Math.floor(id / BLOCK)
export const stripOfPoint = (id: number): number => Math.floor(id / STRIP)
export const blockOfTail = (key: number): number => Math.floor(key / TAIL_SPAN)
export const stripOfChunk = (key: number): number => Math.floor(key / CHUNK_SPAN)
