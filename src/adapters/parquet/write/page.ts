/**
 * Parquet pages: a header in Thrift's compact protocol, then the body. Headers are written field by field, because one
 * object for each would be garbage: the hours of a point and month are fifteen pages.
 */
import type { ByteWriter } from "hyparquet-writer"
import { checksum } from "../format/compression.ts"

const PLAIN = 0
const ENCODINGS = { PLAIN, DELTA_BINARY_PACKED: 5, RLE_DICTIONARY: 8, BYTE_STREAM_SPLIT: 9 }
export type PageEncoding = keyof typeof ENCODINGS

const DICTIONARY_PAGE = 2
const DATA_PAGE_V2 = 3

/** How far a field's number is above that of the field before, and its type, in one byte. */
const I32 = (step: number): number => step << 4 | 5
const STRUCT = (step: number): number => step << 4 | 12
const FALSE = (step: number): number => step << 4 | 2
const STOP = 0

const appendField = (writer: ByteWriter, step: number, value: number): void => {
  writer.appendUint8(I32(step))
  writer.appendZigZag(value)
}

const beginHeader = (writer: ByteWriter, type: number, uncompressed: number, body: Uint8Array): void => {
  appendField(writer, 1, type)
  appendField(writer, 1, uncompressed)
  appendField(writer, 1, body.length)
  appendField(writer, 1, checksum(body))
}

const endHeader = (writer: ByteWriter): void => {
  writer.appendUint8(STOP)
  writer.appendUint8(STOP)
}

/** Appends the dictionary page of `texts` texts; gives its bytes uncompressed, header included. */
export const appendDictionaryPage = (writer: ByteWriter, texts: number, raw: Uint8Array, body: Uint8Array): number => {
  const start = writer.offset
  beginHeader(writer, DICTIONARY_PAGE, raw.length, body)
  writer.appendUint8(STRUCT(3))
  appendField(writer, 1, texts)
  appendField(writer, 1, PLAIN)
  endHeader(writer)
  const header = writer.offset - start
  writer.appendBytes(body)
  return header + raw.length
}

/**
 * Appends a data page without nulls and levels; gives its bytes uncompressed, header included.
 *
 * @param body `raw` compressed, or `raw` itself where it is stored uncompressed
 */
export const appendDataPage = (
  writer: ByteWriter,
  encoding: PageEncoding,
  rows: number,
  raw: Uint8Array,
  body: Uint8Array
): number => {
  const start = writer.offset
  beginHeader(writer, DATA_PAGE_V2, raw.length, body)
  writer.appendUint8(STRUCT(4))
  appendField(writer, 1, rows)
  appendField(writer, 1, 0)
  appendField(writer, 1, rows)
  appendField(writer, 1, ENCODINGS[encoding])
  appendField(writer, 1, 0)
  appendField(writer, 1, 0)
  // `is_compressed` is true where it is absent.
  if (body === raw) writer.appendUint8(FALSE(1))
  endHeader(writer)
  const header = writer.offset - start
  writer.appendBytes(body)
  return header + raw.length
}
