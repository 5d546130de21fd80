/**
 * Where the footer of an object is, and the texts in it.
 */
import { Result } from "effect"
import { Base64 } from "effect/encoding"
import { INDEX_KEY, MAGIC } from "./schema.ts"
import { ThriftReader } from "./thrift.ts"

/** Bytes after the footer: its length and the magic number. */
const TAIL_BYTES = 8

/** Bytes of the footer at the end of `tail`, its length and the magic number included. Throws where there is none. */
export const footerLength = (tail: Uint8Array, size: number): number => {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length)
  const closing = tail.subarray(tail.length - MAGIC.length)
  if (tail.length < TAIL_BYTES || !MAGIC.every((byte, i) => byte === closing[i])) {
    throw new RangeError("the object does not end as a Parquet file")
  }
  const length = view.getUint32(tail.length - TAIL_BYTES, true) + TAIL_BYTES
  if (length > size) throw new RangeError(`a footer of ${length} bytes in an object of ${size}`)
  return length
}

/** Whether an object of `size` bytes with this end can be a whole Parquet file. */
export const endsWhole = (tail: Uint8Array, size: number): boolean => {
  try {
    return footerLength(tail, size) <= size
  } catch {
    return false
  }
}

/** Throws where there is no whole footer. @param tail ends with the object */
export const openFooter = (tail: Uint8Array): ThriftReader =>
  new ThriftReader(tail.subarray(tail.length - footerLength(tail, tail.length), tail.length - TAIL_BYTES))

/** The key-value metadata. Throws where the footer is damaged. @param tail ends with the object */
export const readTexts = (tail: Uint8Array): ReadonlyMap<string, string> => {
  const reader = openFooter(tail)
  const decoder = new TextDecoder()
  const texts = new Map<string, string>()
  const readPair = (): void => {
    let key = ""
    reader.struct((field) => {
      if (field === 1) key = decoder.decode(reader.binary())
      if (field === 2) texts.set(key, decoder.decode(reader.binary()))
    })
  }
  reader.struct((field) => {
    if (field === 5) reader.list(readPair)
  })
  return texts
}

/** The index that our writer left in the footer. Throws where there is none. */
export const indexOf = (texts: ReadonlyMap<string, string>): Uint8Array => {
  const text = texts.get(INDEX_KEY)
  if (text === undefined) throw new RangeError("it holds no index")
  return Result.getOrThrow(Base64.decode(text))
}
