/**
 * Keys of tail and chunk rows: random owners, hours, days and pieces, at the ends of their ranges too. No two share a
 * key, and what one has lies below what the next one has.
 */
import { assert, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import {
  CHUNK_SPAN,
  dayOffset,
  hourOffset,
  MAX_BLOCKS,
  PIECES,
  stripOfChunk,
  STRIPS_OF_BLOCK,
  TAIL_SPAN
} from "../../../src/adapters/hot/keys.ts"
import { MAX_INSTANT, MIN_INSTANT } from "../../../src/domain/time/instant.ts"
import { DAY_MS, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { integer, property } from "../../properties.ts"

const firstHour = Math.floor(MIN_INSTANT / HOUR_MS)
const lastHour = Math.floor(MAX_INSTANT / HOUR_MS)
const firstDay = Math.floor(MIN_INSTANT / DAY_MS)
const lastDay = Math.floor(MAX_INSTANT / DAY_MS)
const lastStrip = MAX_BLOCKS * STRIPS_OF_BLOCK.length - 1

const tailKey = (block: number, hour: number, piece: number) => block * TAIL_SPAN + hourOffset(hour) + piece
const chunkKey = (strip: number, day: number, piece: number) => strip * CHUNK_SPAN + dayOffset(day) + piece

property(
  "the last piece of an hour lies below the first of the next, and those of a day likewise",
  Arbitrary.all([integer(0, MAX_BLOCKS - 1), integer(firstHour, lastHour), integer(firstDay, lastDay)]),
  ([block, hour, day]) => {
    assert.isBelow(tailKey(block, hour, PIECES - 1), tailKey(block, hour + 1, 0))
    assert.isBelow(chunkKey(block, day, PIECES - 1), chunkKey(block, day + 1, 0))
  }
)

it("every key of every owner is an exact integer, and the last of one lies below the first of the next", () => {
  for (const block of [0, 1, MAX_BLOCKS - 2]) {
    assert.isBelow(tailKey(block, lastHour, PIECES - 1), tailKey(block + 1, firstHour, 0))
  }
  for (const strip of [0, 1, lastStrip - 1]) {
    assert.isBelow(chunkKey(strip, lastDay, PIECES - 1), chunkKey(strip + 1, firstDay, 0))
    assert.strictEqual(stripOfChunk(chunkKey(strip, lastDay, PIECES - 1)), strip)
    assert.strictEqual(stripOfChunk(chunkKey(strip, firstDay, 0)), strip)
  }
  assert.isTrue(Number.isSafeInteger(tailKey(MAX_BLOCKS - 1, lastHour, PIECES - 1)))
  assert.isTrue(Number.isSafeInteger(chunkKey(lastStrip, lastDay, PIECES - 1)))
})
