/**
 * Keys of tail and chunk rows: block and hour, or strip and day, then piece, as one integer.
 *
 * One integer and not three columns, because SQLite finds an INTEGER PRIMARY KEY without reading the rows it passes.
 * With any other key it reads and compares whole rows, blobs included.
 *
 * **Gotchas** Keys exceed 32 bits: no bit operators on them in JavaScript.
 */
import { dayOf, HOUR_MS } from "../../domain/time/calendar.ts"
import { isEmpty, type Window } from "../../domain/time/window.ts"

/** Points of one tail row. A block belongs to one site. The more points, the fewer rows a sync writes. */
export const BLOCK = 64

/**
 * Points of one chunk row, and of one column of a tail row: a quarter of a block. The more points, the fewer rows are
 * written; but a query reads all of a blob to cut a chunk out of it, and receives all of a tail column.
 */
export const STRIP = 16

/** How many rows the tail of a block may have in an hour, or the chunks of a strip on a day. */
export const PIECES = 64

// Hours and days before 1970 are negative; the year 9999 ends below hour 2^27 and day 2^22.
const HOUR_ZERO = 2 ** 27
const DAY_ZERO = 2 ** 22

/**
 * The keys of the tail of block n, or of the chunks of strip n, lie in `[n * SPAN, (n + 1) * SPAN)`. Below 2^53 there
 * is room for 2^19 blocks: 33 million points.
 */
export const MAX_BLOCKS = 2 ** 19
export const TAIL_SPAN = 2 * HOUR_ZERO * PIECES
export const CHUNK_SPAN = 2 * DAY_ZERO * PIECES

const offsetOf = (zero: number, at: number): number => (Math.min(Math.max(at, -zero), zero) + zero) * PIECES

/** Where the rows of an hour begin within the keys of a block. An hour before or after all keys is at their end. */
export const hourOffset = (hour: number): number => offsetOf(HOUR_ZERO, hour)

/** Where the rows of a day begin within the keys of a strip. */
export const dayOffset = (day: number): number => offsetOf(DAY_ZERO, day)

/** The days that a window touches, first and last included, and where its days and hours lie within the keys. */
interface Places {
  readonly firstDay: number
  readonly lastDay: number
  readonly days: readonly [from: number, to: number]
  readonly hours: readonly [from: number, to: number]
}

// Of an empty window: nothing lies between the offsets.
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

/** SQL: the tail row `t` is one of `block` and lies between two offsets, the second one excluded. */
export const tailBetween = (block: string, from: string, to: string): string =>
  between(TAIL_SPAN, "t", block, from, to)

/** SQL: the chunk row `c` is one of `strip` and lies between two offsets, the second one excluded. */
export const chunkBetween = (strip: string, from: string, to: string): string =>
  between(CHUNK_SPAN, "c", strip, from, to)

/** The strips within a block. */
export const STRIPS_OF_BLOCK = Array.from({ length: BLOCK / STRIP }, (_, i) => i)

/** SQL: the strips within a block, for `json_each(…) AS s`; and the id of such a strip of the block `b`. */
export const STRIPS = `'${JSON.stringify(STRIPS_OF_BLOCK)}'`
export const STRIP_ID = `b.id * ${STRIPS_OF_BLOCK.length} + s.value`

export const blockOfPoint = (id: number): number => Math.floor(id / BLOCK)
export const stripOfPoint = (id: number): number => Math.floor(id / STRIP)
export const blockOfTail = (key: number): number => Math.floor(key / TAIL_SPAN)
export const stripOfChunk = (key: number): number => Math.floor(key / CHUNK_SPAN)
