/**
 * Parquet's DELTA_BINARY_PACKED for INT64 columns whose differences vary by less than 2^32, on doubles, not bigints.
 */
import type { ByteWriter } from "hyparquet-writer"

const BLOCK = 128
const MINIBLOCKS = 4
const MINIBLOCK = BLOCK / MINIBLOCKS

const appendVarint = (writer: ByteWriter, value: number): void => {
  while (value >= 0x80) {
    writer.appendUint8(value % 0x80 + 0x80)
    value = Math.floor(value / 0x80)
  }
  writer.appendUint8(value)
}

const appendZigZag = (writer: ByteWriter, value: number): void =>
  appendVarint(writer, value < 0 ? -value * 2 - 1 : value * 2)

/** Of the block being written. Reused from block to block: thousands of small arrays for each page would be garbage. */
const deltas = new Float64Array(BLOCK)
const widths = new Uint8Array(MINIBLOCKS)

/** Packs the differences of the miniblock that begins at `from`, less `min`; gives the position after them. */
const packMiniblock = (out: Uint8Array, start: number, from: number, min: number, width: number): number => {
  let at = start
  let buffer = 0
  let used = 0
  for (let i = from; i < from + MINIBLOCK; i++) {
    const value = (deltas[i] as number) - min
    if (width <= 24) {
      buffer |= value << used
      used += width
      while (used >= 8) {
        out[at++] = buffer
        buffer >>>= 8
        used -= 8
      }
    } else {
      // More than 31 bits are pending here: a double holds them exactly.
      buffer += value * 2 ** used
      used += width
      while (used >= 8) {
        out[at++] = buffer % 256
        buffer = Math.floor(buffer / 256)
        used -= 8
      }
    }
  }
  return at
}

/** Whether the differences of the values vary by less than 2^32. */
export const fitsDelta = (values: Float64Array): boolean => {
  let least = Infinity
  let most = -Infinity
  for (let i = 1; i < values.length; i++) {
    const delta = (values[i] as number) - (values[i - 1] as number)
    least = Math.min(least, delta)
    most = Math.max(most, delta)
  }
  return most - least < 2 ** 32
}

/** Appends the page body for safe integers whose differences vary by less than 2^32, as those of timestamps do. */
export const appendDelta = (writer: ByteWriter, values: Float64Array): void => {
  appendVarint(writer, BLOCK)
  appendVarint(writer, MINIBLOCKS)
  appendVarint(writer, values.length)
  appendZigZag(writer, values[0] ?? 0)
  // Room for all packed differences, so that the writer's buffer is not replaced meanwhile.
  writer.ensure(4 * values.length + MINIBLOCK * 4 + Math.ceil(values.length / BLOCK) * (10 + MINIBLOCKS))
  const out = new Uint8Array(writer.buffer)
  for (let start = 1; start < values.length; start += BLOCK) {
    const count = Math.min(BLOCK, values.length - start)
    let min = Infinity
    for (let i = 0; i < count; i++) {
      const delta = (values[start + i] as number) - (values[start + i - 1] as number)
      deltas[i] = delta
      if (delta < min) min = delta
    }
    // A miniblock is written whole: what is left of the last one is zeros.
    deltas.fill(min, count)
    appendZigZag(writer, min)
    for (let m = 0; m < MINIBLOCKS; m++) {
      let max = 0
      const end = (m + 1) * MINIBLOCK
      for (let i = m * MINIBLOCK; i < end; i++) max = Math.max(max, (deltas[i] as number) - min)
      widths[m] = 32 - Math.clz32(max)
      writer.appendUint8(widths[m] as number)
    }
    let at = writer.index
    for (let m = 0; m < MINIBLOCKS; m++) {
      const width = widths[m] as number
      if (width > 0) at = packMiniblock(out, at, m * MINIBLOCK, min, width)
    }
    writer.offset += at - writer.index
    writer.index = at
  }
}

/**
 * The `expected` values of a page body that {@link appendDelta} wrote, or another writer for such values.
 * Throws a `RangeError` where the body is cut or cannot be such a page.
 */
export const readDelta = (bytes: Uint8Array, expected: number): Float64Array => {
  let at = 0
  const byte = (): number => {
    const value = bytes[at++]
    if (value === undefined) throw new RangeError("a delta page is cut")
    return value
  }
  const varint = (): number => {
    let value = 0
    let factor = 1
    for (;;) {
      const next = byte()
      value += (next & 0x7f) * factor
      if (next < 0x80) return value
      factor *= 0x80
    }
  }
  const zigZag = (): number => {
    const value = varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  const block = varint()
  const miniblocks = varint()
  const count = varint()
  const perMiniblock = block / miniblocks
  if (count !== expected || !(perMiniblock >= 8 && perMiniblock % 8 === 0)) {
    throw new RangeError(`a delta page of ${count} values, not ${expected}, in blocks of ${block} / ${miniblocks}`)
  }
  const values = new Float64Array(count)
  let last = zigZag()
  if (count > 0) values[0] = last
  let n = 1
  while (n < count) {
    const min = zigZag()
    const widthsAt = at
    at += miniblocks
    for (let m = 0; m < miniblocks && n < count; m++) {
      const width = bytes[widthsAt + m]
      if (width === undefined || width > 32) throw new RangeError(`a delta page with a width of ${width} bits`)
      const end = at + perMiniblock * width / 8
      const stop = Math.min(count, n + perMiniblock)
      if (end > bytes.length) throw new RangeError("a delta page is cut")
      let buffer = 0
      let pending = 0
      const mask = width === 0 ? 0 : 2 ** width - 1
      for (; n < stop; n++) {
        if (width <= 24) {
          while (pending < width) {
            buffer |= (bytes[at++] as number) << pending
            pending += 8
          }
          last += min + (buffer & mask)
          buffer >>>= width
        } else {
          while (pending < width) {
            buffer += (bytes[at++] as number) * 2 ** pending
            pending += 8
          }
          const rest = Math.floor(buffer / (mask + 1))
          last += min + (buffer - rest * (mask + 1))
          buffer = rest
        }
        pending -= width
        values[n] = last
      }
      at = end
    }
  }
  return values
}
