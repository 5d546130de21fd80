/**
 * The values of one chunk, in the smallest of the encodings.
 */
import type { BitReader, BitWriter } from "./bits.ts"
import { readRaw, writeRaw } from "./raw.ts"

export const writeValues = (writer: BitWriter, values: Float64Array): void => writeRaw(writer, values)

export const readValues = (reader: BitReader, count: number): Float64Array | undefined => readRaw(reader, count)
