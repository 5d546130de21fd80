/**
 * Bytes that grow in place, so that the pieces of an answer leave no copies behind.
 */
import { releaseView } from "../../../domain/samples/memory.ts"

/**
 * Bytes `0` to `length` are held; a zero stands behind them, so that whoever looks for something stops there, and no
 * byte outside of the array is read, which would be slow.
 */
export interface Held {
  readonly bytes: Uint8Array
  /** The same bytes. */
  readonly view: DataView
  readonly length: number
}

export const makeBuffer = () => {
  let all = new Uint8Array(4_096)
  let view = new DataView(all.buffer)
  let length = 0
  const setLength = (end: number): void => {
    length = end
    all[end] = 0
  }
  return {
    length: () => length,
    held: (): Held => ({ bytes: all, view, length }),
    free: () => releaseView(all),
    copy: (): Uint8Array => all.slice(0, length),
    append: (bytes: Uint8Array): void => {
      const end = length + bytes.length
      if (end >= all.length) {
        all = new Uint8Array(all.buffer.transfer(Math.max(end + 1, all.length * 2)))
        view = new DataView(all.buffer)
      }
      all.set(bytes, length)
      setLength(end)
    },
    /** Leaves only what is before `end`. */
    cut: setLength,
    /** Leaves only what is from `from` on. */
    keep: (from: number): void => {
      all.copyWithin(0, from, length)
      setLength(length - from)
    }
  }
}

/** Whether `length` bytes of both are the same. */
export const isSame = (a: DataView, from: number, b: DataView, start: number, length: number): boolean => {
  if (from + length > a.byteLength) return false
  let at = 0
  for (; at + 4 <= length; at += 4) if (a.getInt32(from + at) !== b.getInt32(start + at)) return false
  for (; at < length; at++) if (a.getUint8(from + at) !== b.getUint8(start + at)) return false
  return true
}
