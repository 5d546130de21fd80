/**
 * Timelines: timestamps that several points share on a day. They are stored once, beside the chunks of the points.
 */
import { Result } from "effect"
import type { Columns } from "../../samples/series.ts"
import { BitReader, BitWriter } from "../streams/bits.ts"
import { MAX_SAMPLES } from "./chunk.ts"
import { ChunkError } from "../error.ts"
import { open, seal } from "../frame.ts"
import { MAX_TIMELINES } from "./shared.ts"
import { planTimestamps, readTimestamps } from "./timestamps.ts"

// Lists are compared by a few of their timestamps. A hash of the timestamp decides whether it is one of them, so equal
// timestamps are drawn from every list or from none. About 20 of a full day are enough; of short lists all are drawn.
const DRAWN = 20

const draw = (timestamps: Float64Array, longest: number): ReadonlyArray<number> => {
  const limit = longest <= DRAWN ? 0x100000000 : (DRAWN / longest) * 0x100000000
  const drawn: Array<number> = []
  for (let i = 0; i < timestamps.length; i++) {
    const timestamp = timestamps[i] as number
    if (Math.imul(timestamp | 0, 0x9e3779b1) >>> 0 < limit) drawn.push(timestamp)
  }
  return drawn
}

/** A list of timestamps, and how many points have each of them. */
interface Counted {
  readonly timestamps: Float64Array
  readonly counts: Uint8Array
}

/** Counts one more list, and merges in the timestamps that only this list has. */
const addTo = (group: Counted, more: Float64Array): Counted => {
  const { counts, timestamps } = group
  const fresh: Array<number> = []
  let at = 0
  for (let i = 0; i < more.length; i++) {
    const timestamp = more[i] as number
    while (at < timestamps.length && (timestamps[at] as number) < timestamp) at++
    if (timestamps[at] === timestamp) counts[at] = (counts[at] as number) + 1
    else fresh.push(timestamp)
  }
  if (fresh.length === 0) return group
  const merged: Counted = {
    timestamps: new Float64Array(timestamps.length + fresh.length),
    counts: new Uint8Array(timestamps.length + fresh.length)
  }
  let i = 0
  let j = 0
  for (let n = 0; n < merged.counts.length; n++) {
    const takesFresh = i === timestamps.length || (fresh[j] ?? Infinity) < (timestamps[i] as number)
    merged.timestamps[n] = takesFresh ? fresh[j++] as number : timestamps[i] as number
    merged.counts[n] = takesFresh ? 1 : counts[i++] as number
  }
  return merged
}

/** Groups the lists: a list joins the group that has the most of its drawn timestamps, if that is more than half. */
const groupAlike = (lists: ReadonlyArray<Float64Array>): ReadonlyArray<Array<Float64Array>> => {
  const groups: Array<Array<Float64Array>> = []
  const groupOf = new Map<number, number>()
  const longest = lists.reduce((most, list) => Math.max(most, list.length), 0)
  for (const list of lists) {
    const drawn = draw(list, longest)
    const votes = new Int32Array(groups.length)
    for (const timestamp of drawn) {
      const group = groupOf.get(timestamp)
      if (group !== undefined) votes[group] = (votes[group] as number) + 1
    }
    let best = -1
    for (let group = 0; group < votes.length; group++) {
      if ((votes[group] as number) * 2 > drawn.length && (votes[group] as number) > (votes[best] ?? 0)) best = group
    }
    if (best < 0) best = groups.push([]) - 1
    groups[best]?.push(list)
    for (const timestamp of drawn) if (!groupOf.has(timestamp)) groupOf.set(timestamp, best)
  }
  return groups
}

/** What a reference to a timeline takes, and what a group must save to have a timeline of its own, in bits. */
const REFERENCE_BITS = 60
const WORTHWHILE_BITS = 1_024

/**
 * The timelines that are worth storing for a group of points on one day. A timeline is the union of the timestamps of
 * similar points, except those that few of them have. There is none where timestamps are regular or not shared.
 */
export const shareTimelines = (columns: ReadonlyArray<Columns>): ReadonlyArray<Float64Array> => {
  const timelines: Array<Float64Array> = []
  for (const group of groupAlike(columns.map(({ timestamps }) => timestamps))) {
    const [first, ...others] = group
    if (first === undefined || others.length === 0 || planTimestamps(first).bits < first.length) continue
    let union: Counted = { timestamps: first, counts: new Uint8Array(first.length).fill(1) }
    for (const list of others) union = addTo(union, list)
    const { counts, timestamps } = union
    const timeline = timestamps.filter((_, i) => (counts[i] as number) * 16 >= group.length)
    const saved = (planTimestamps(timeline).bits - REFERENCE_BITS) * (group.length - 1)
    if (saved >= WORTHWHILE_BITS && timelines.length < MAX_TIMELINES) timelines.push(timeline)
  }
  return timelines
}

/** Encodes a list of timelines as one blob. */
export const encodeTimelines = (timelines: ReadonlyArray<Float64Array>): Uint8Array => {
  const writer = new BitWriter(1024)
  writer.writeVarint(timelines.length)
  for (const timeline of timelines) {
    writer.writeVarint(timeline.length)
    planTimestamps(timeline).write(writer)
  }
  return seal("timelines", writer.finish())
}

/** Decodes a list of timelines, and checks that all of `bytes` is this list. */
export const decodeTimelines = (bytes: Uint8Array): Result.Result<ReadonlyArray<Float64Array>, ChunkError> => {
  const fail = (reason: ChunkError["reason"], detail: string) =>
    Result.fail(new ChunkError({ blob: "timelines", reason, detail }))
  const opened = open("timelines", bytes, 0)
  if (Result.isFailure(opened)) return Result.fail(opened.failure)
  const { end, start } = opened.success
  if (end !== bytes.length) return fail("damaged", `${bytes.length - end} bytes follow the timelines`)
  const reader = new BitReader(bytes, start, end)
  const count = reader.readVarint()
  if (count > MAX_TIMELINES) return fail("damaged", `it claims ${count} timelines`)
  const timelines: Array<Float64Array> = []
  for (let i = 0; i < count; i++) {
    const length = reader.readVarint()
    const timeline = length > MAX_SAMPLES ? undefined : readTimestamps(reader, length)
    if (timeline === undefined) return fail("damaged", `timeline ${i} cannot be decoded`)
    timelines.push(timeline)
  }
  return reader.overrun ? fail("damaged", "the last timeline ends too early") : Result.succeed(timelines)
}
