/**
 * The encodings of values: one cell after another out of the inflated body of a page.
 */
import { DifferenceReader, integerOf } from "./differences.ts"
import type { Encoding } from "./pages.ts"
import { readRuns } from "./runs.ts"
import type { Element } from "./schema.ts"

/** INT64 is a bigint where a double would not be exact. Bytes are good until the next cell is asked for. */
export type Cell = number | bigint | boolean | Uint8Array

export interface Cells {
  /** Throws where there is no other. */
  readonly next: () => Cell
  /** Throws where there are more, which the page does not count. */
  readonly finish: () => void
}

const cut = (): RangeError => new RangeError("a page is cut within its values")
const left = (): RangeError => new RangeError("a page holds more values than it says")

/** Of nulls alone. */
const EMPTY: Cells = {
  next: () => {
    throw cut()
  },
  finish: () => {}
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** Bytes of a value; undefined where they differ. */
const widthOf = ({ type, width }: Element): number | undefined => {
  switch (type) {
    case "INT32":
    case "FLOAT":
      return 4
    case "INT64":
    case "DOUBLE":
      return 8
    case "INT96":
      return 12
    case "FIXED_LEN_BYTE_ARRAY":
      if (width <= 0) throw new RangeError(`a column has values of ${width} bytes`)
      return width
    case "BOOLEAN":
    case "BYTE_ARRAY":
      return undefined
  }
}

/** What the bytes of one value mean. */
const cellReader = ({ type }: Element, width: number): (bytes: Uint8Array, view: DataView, at: number) => Cell => {
  switch (type) {
    case "INT32":
      return (_, view, at) => view.getInt32(at, true)
    case "FLOAT":
      return (_, view, at) => view.getFloat32(at, true)
    case "INT64":
      return (_, view, at) => integerOf(view.getInt32(at + 4, true), view.getInt32(at, true))
    case "DOUBLE":
      return (_, view, at) => view.getFloat64(at, true)
    default:
      return (bytes, _, at) => bytes.subarray(at, at + width)
  }
}

const plainFixed = (element: Element, width: number, bytes: Uint8Array): Cells => {
  const view = viewOf(bytes)
  const read = cellReader(element, width)
  let at = 0
  return {
    next: () => {
      if (at + width > bytes.length) throw cut()
      at += width
      return read(bytes, view, at - width)
    },
    finish: () => {
      if (at !== bytes.length) throw left()
    }
  }
}

const plainBooleans = (bytes: Uint8Array): Cells => {
  let bit = 0
  return {
    next: () => {
      const byte = bytes[bit >>> 3]
      if (byte === undefined) throw cut()
      return (byte >>> (bit++ & 7) & 1) === 1
    },
    finish: () => {
      if ((bit + 7) >>> 3 !== bytes.length) throw left()
    }
  }
}

const plainBytes = (bytes: Uint8Array): Cells => {
  const view = viewOf(bytes)
  let at = 0
  return {
    next: () => {
      if (at + 4 > bytes.length) throw cut()
      const start = at + 4
      at = start + view.getUint32(at, true)
      if (at > bytes.length) throw cut()
      return bytes.subarray(start, at)
    },
    finish: () => {
      if (at !== bytes.length) throw left()
    }
  }
}

export const readPlain = (element: Element, bytes: Uint8Array): Cells => {
  const width = widthOf(element)
  if (width !== undefined) return plainFixed(element, width, bytes)
  return element.type === "BOOLEAN" ? plainBooleans(bytes) : plainBytes(bytes)
}

const readBooleanRuns = (bytes: Uint8Array): Cells => {
  const { runs } = readRuns(bytes, 1)
  return { next: () => runs.next() === 1, finish: () => {} }
}

const readSplit = (element: Element, bytes: Uint8Array): Cells => {
  const width = widthOf(element)
  if (width === undefined || bytes.length % width !== 0) {
    throw new RangeError(`${bytes.length} bytes are no split ${element.type}`)
  }
  const count = bytes.length / width
  const joined = new Uint8Array(width)
  const view = viewOf(joined)
  const read = cellReader(element, width)
  let row = 0
  return {
    next: () => {
      if (row === count) throw cut()
      for (let lane = 0, at = row++; lane < width; lane++, at += count) joined[lane] = bytes[at] as number
      return read(joined, view, 0)
    },
    finish: () => {
      if (row !== count) throw left()
    }
  }
}

const readDifferences = ({ type }: Element, bytes: Uint8Array): Cells => {
  const values = new DifferenceReader(bytes, 0, type === "INT64")
  let row = 0
  return {
    next: () => {
      row++
      return values.next()
    },
    finish: () => {
      if (row !== values.count) throw left()
    }
  }
}

const readLengths = (bytes: Uint8Array): Cells => {
  const lengths = new DifferenceReader(bytes, 0, false)
  if (lengths.count === 0) return EMPTY
  let at = lengths.end()
  return {
    next: () => {
      const start = at
      at += Number(lengths.next())
      if (at < start || at > bytes.length) throw cut()
      return bytes.subarray(start, at)
    },
    finish: () => {
      if (at !== bytes.length) throw left()
    }
  }
}

/** Each text begins as the one before: it is written over it, and never copied. */
const readPrefixes = (bytes: Uint8Array): Cells => {
  const prefixes = new DifferenceReader(bytes, 0, false)
  if (prefixes.count === 0) return EMPTY
  const suffixes = new DifferenceReader(bytes, prefixes.end(), false)
  let at = suffixes.end()
  const text = new Uint8Array(bytes.length)
  let length = 0
  return {
    next: () => {
      const prefix = Number(prefixes.next())
      const suffix = Number(suffixes.next())
      if (prefix < 0 || prefix > length || suffix < 0 || at + suffix > bytes.length) throw cut()
      text.set(bytes.subarray(at, at + suffix), prefix)
      at += suffix
      length = prefix + suffix
      return text.subarray(0, length)
    },
    finish: () => {
      if (at !== bytes.length) throw left()
    }
  }
}

/** The cells of a page that are not places in a dictionary. */
export const readCells = (element: Element, encoding: Encoding, bytes: Uint8Array): Cells => {
  if (bytes.length === 0) return EMPTY
  const isInteger = element.type === "INT32" || element.type === "INT64"
  const isBytes = element.type === "BYTE_ARRAY" || element.type === "FIXED_LEN_BYTE_ARRAY"
  if (encoding === "PLAIN") return readPlain(element, bytes)
  if (encoding === "RLE" && element.type === "BOOLEAN") return readBooleanRuns(bytes)
  if (encoding === "BYTE_STREAM_SPLIT") return readSplit(element, bytes)
  if (encoding === "DELTA_BINARY_PACKED" && isInteger) return readDifferences(element, bytes)
  if (encoding === "DELTA_LENGTH_BYTE_ARRAY" && isBytes) return readLengths(bytes)
  if (encoding === "DELTA_BYTE_ARRAY" && isBytes) return readPrefixes(bytes)
  throw new RangeError(`a page of ${element.type} has the encoding ${encoding ?? "that is unknown"}`)
}
