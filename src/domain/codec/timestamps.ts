/**
 * One strictly ascending list of timestamps.
 */
import type { BitReader, BitWriter } from "./bits.ts"
import { readRaw, writeRaw } from "./raw.ts"

export const writeTimestamps = (writer: BitWriter, timestamps: Float64Array): void => writeRaw(writer, timestamps)

export const readTimestamps = (reader: BitReader, count: number): Float64Array | undefined => readRaw(reader, count)
