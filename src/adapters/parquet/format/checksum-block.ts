/**
 * The checksums of each point and day of an object, between its last row group and its footer: docs/format-parquet.md,
 * rule 11. Reads of samples never fetch them.
 */
import { ByteWriter } from "hyparquet-writer"
import { addChecksums, checksumDays, emptyChecksum, formatChecksum } from "../../../domain/samples/checksum.ts"
import type { Series } from "../../../domain/samples/series.ts"
import type { Window } from "../../../domain/time/window.ts"
import type { Range } from "./object-index.ts"

const VERSION = 1
/** Bytes of a checksum. */
export const CHECKSUM_BYTES = 8
/** A block of this size costs nothing that counts. */
const SMALL_BYTES = 512
/** A larger block is left out where there are fewer samples for each checksum. */
const LEAST_SAMPLES = 64
/** The key of the block's place in the footer's key-value metadata; older objects have none. */
export const CHECKSUMS_KEY = "checksums"

/** Makes the block of an object whose samples lie in `window`, whole days. Keeps no columns. */
export const makeChecksumBlock = (window: Window) => {
  const writer = new ByteWriter(4_096)
  let sum = emptyChecksum
  return {
    /** Takes the next point. */
    add: (series: Series): void => {
      for (const checksum of checksumDays(series, window)) {
        writer.appendUint32(checksum.low)
        writer.appendUint32(checksum.high)
        sum = addChecksums(sum, checksum)
      }
    },
    bytes: (): Uint8Array => writer.getBytes(),
    /** Whether the object keeps the block: it is left out where it would be as large as the samples. */
    isWorthwhile: (rows: number): boolean =>
      writer.offset <= SMALL_BYTES || rows * CHECKSUM_BYTES >= writer.offset * LEAST_SAMPLES,
    /** The checksum of all samples, as text. */
    sum: (): string => formatChecksum(sum)
  }
}

/** What the footer says of the block. */
export const describeChecksums = ({ length, offset }: Range) => ({
  [CHECKSUMS_KEY]: JSON.stringify({ version: VERSION, offset, length })
})
