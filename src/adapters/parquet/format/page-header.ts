/**
 * Page headers in Thrift's compact protocol, written without an object a page: hours of a month have fifteen pages a point.
 */
import type { ByteWriter } from "hyparquet-writer"

const PLAIN = 0
const ENCODINGS = { PLAIN, DELTA_BINARY_PACKED: 5, RLE_DICTIONARY: 8, BYTE_STREAM_SPLIT: 9 }
export type PageEncoding = keyof typeof ENCODINGS

const DICTIONARY_PAGE = 2
const DATA_PAGE_V2 = 3

/** A field's number above the one before, and its type, in one byte. */
const I32 = (step: number): number => step << 4 | 5
const STRUCT = (step: number): number => step << 4 | 12
const FALSE = (step: number): number => step << 4 | 2
const STOP = 0

const field = (writer: ByteWriter, step: number, value: number): void => {
  writer.appendUint8(I32(step))
  writer.appendZigZag(value)
}

const begin = (writer: ByteWriter, type: number, uncompressed: number, compressed: number, crc: number): void => {
  field(writer, 1, type)
  field(writer, 1, uncompressed)
  field(writer, 1, compressed)
  field(writer, 1, crc)
}

/** @param compressed bytes of the body; `uncompressed` of what it inflates to */
export const appendDictionaryHeader = (
  writer: ByteWriter,
  texts: number,
  uncompressed: number,
  compressed: number,
  crc: number
): void => {
  begin(writer, DICTIONARY_PAGE, uncompressed, compressed, crc)
  writer.appendUint8(STRUCT(3))
  field(writer, 1, texts)
  field(writer, 1, PLAIN)
  writer.appendUint8(STOP)
  writer.appendUint8(STOP)
}

/** Of a page without nulls and levels. @param compressed bytes of the body; `uncompressed` of what it inflates to */
export const appendDataHeader = (
  writer: ByteWriter,
  encoding: PageEncoding,
  rows: number,
  uncompressed: number,
  compressed: number,
  crc: number,
  isCompressed: boolean
): void => {
  begin(writer, DATA_PAGE_V2, uncompressed, compressed, crc)
  writer.appendUint8(STRUCT(4))
  field(writer, 1, rows)
  field(writer, 1, 0)
  field(writer, 1, rows)
  field(writer, 1, ENCODINGS[encoding])
  field(writer, 1, 0)
  field(writer, 1, 0)
  // True is the default.
  if (!isCompressed) writer.appendUint8(FALSE(1))
  writer.appendUint8(STOP)
  writer.appendUint8(STOP)
}
