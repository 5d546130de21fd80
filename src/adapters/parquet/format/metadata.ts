/**
 * Footers read back.
 */
import { type FileMetaData, parquetMetadata } from "hyparquet"
import { fromBase64 } from "./base64.ts"
import { INDEX_KEY, MAGIC } from "./schema.ts"

export type { FileMetaData }

/** Bytes of the footer at the end of `tail`, its length and magic number included. Throws where there is none. */
export const footerLength = (tail: Uint8Array, size: number): number => {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length)
  const closing = tail.subarray(tail.length - MAGIC.length)
  if (tail.length < 8 || !MAGIC.every((byte, i) => byte === closing[i])) throw new RangeError("the object ends as no Parquet file")
  const length = view.getUint32(tail.length - 8, true) + 8
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

/** Throws where the footer is damaged. */
export const parseFooter = (tail: Uint8Array): FileMetaData => parquetMetadata(tail)

/** The index that our writer left in the footer; null where another writer made the object. */
export const indexOf = (metadata: FileMetaData): Uint8Array | null => {
  const text = metadata.key_value_metadata?.find(({ key }) => key === INDEX_KEY)?.value
  return text === undefined ? null : fromBase64(text)
}
