/**
 * Lists of timestamps inside a segment.
 */
import type { ByteReader, ByteWriter } from "../streams/bytes.ts"
import { fold, MAX_INTEGER, unfold } from "../streams/integers.ts"

/** Whether two lists of timestamps are equal. */
export const sameTimes = (a: Float64Array, b: Float64Array): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** What the lists of a segment are written relative to: the first timestamp and the first step of its first list. */
export interface Origin {
  readonly time: number
  readonly step: number
}

/**
 * Writes a list of timestamps: the first, and then by how much each step differs from the step before. Where timestamps
 * are so large that their differences are not exact, they are written as 64 bits each.
 */
export const writeTimes = (writer: ByteWriter, times: Float64Array, origin: Origin): void => {
  const count = times.length
  const first = times[0] ?? 0
  const plain = Math.abs(first) > MAX_INTEGER || Math.abs(times[count - 1] ?? 0) > MAX_INTEGER
  writer.varint(count * 2 + (plain ? 1 : 0))
  if (plain) return writer.doubles(times)
  if (count === 0) return
  writer.varint(fold(first - origin.time))
  let last = first
  let lastStep = origin.step
  for (let i = 1; i < count; i++) {
    const step = (times[i] as number) - last
    writer.varint(fold(step - lastStep))
    last = times[i] as number
    lastStep = step
  }
}

/** The origin of a segment whose first list this is. */
export const originOf = (times: Float64Array): Origin => {
  const time = times[0] ?? 0
  const step = (times[1] ?? time) - time
  return Math.abs(time) <= MAX_INTEGER && step <= MAX_INTEGER ? { time, step } : { time: 0, step: 0 }
}

/** Skips a list; false where the bytes are not what {@link writeTimes} writes. */
export const skipTimes = (reader: ByteReader): boolean => {
  const head = reader.varint()
  const count = Math.floor(head / 2)
  // A timestamp takes at least a byte, so a larger count is damage.
  if (count * (head % 2 === 1 ? 8 : 1) > reader.left) return false
  if (head % 2 === 1) reader.position += count * 8
  else for (let i = 0; i < count; i++) reader.varint()
  return true
}

/** Reads a list; undefined where the bytes are not what {@link writeTimes} writes. */
export const readTimes = (reader: ByteReader, origin: Origin): Float64Array | undefined => {
  const head = reader.varint()
  const count = Math.floor(head / 2)
  // A timestamp takes at least a byte, so a larger count is damage.
  if (count * (head % 2 === 1 ? 8 : 1) > reader.left) return undefined
  const times = new Float64Array(count)
  if (head % 2 === 1) return reader.doubles(times)
  let time = origin.time
  let step = origin.step
  for (let i = 0; i < count; i++) {
    const change = unfold(reader.varint())
    if (i > 0) step += change
    time += i === 0 ? change : step
    times[i] = time
  }
  return times
}
