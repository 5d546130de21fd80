/**
 * Zstandard, the only codec of our objects, by the platform's own zlib (Node and workerd).
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib"

/**
 * The longest input that may be incompressible: above 40,950 bytes of noise workerd's `zstdCompressSync` throws
 * "Unexpected end of file".
 */
export const MAX_INCOMPRESSIBLE = 40_000

// zlib's default chunk of 16 KB would be allocated for every data page, most of which are a tenth of that.
const options = (level: number, windowLog: number, tables: Readonly<Record<number, number>> = {}) => ({
  params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_windowLog]: windowLog, ...tables },
  chunkSize: 4_096
})

const WINDOW_LOG = 17
const strong = options(7, WINDOW_LOG)
const quick = options(3, WINDOW_LOG)
// The tables that this level takes by default are six megabytes, and save 0.2 % of the bytes.
const long = options(12, 19, { [constants.ZSTD_c_hashLog]: 17, [constants.ZSTD_c_chainLog]: 17 })

// The most that a damaged header can make us allocate at once. The longest data pages, shared timelines, are shorter.
const MAX_CHUNK = 4_194_304

// zlib returns a Buffer, whose `slice` shares memory, whereas `slice` of a Uint8Array copies.
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)

/** For data pages of a day. */
export const compress = (bytes: Uint8Array): Uint8Array => plain(zstdCompressSync(bytes, strong))

/** For data pages of hundreds of kilobytes, where a longer search saves enough. */
export const compressLong = (bytes: Uint8Array): Uint8Array => plain(zstdCompressSync(bytes, long))

/** For data pages that repeat after `distance` bytes, up to 2 MB: the window must reach back that far. */
export const compressRepeats = (bytes: Uint8Array, distance: number): Uint8Array =>
  plain(zstdCompressSync(bytes, options(7, Math.min(21, Math.max(WINDOW_LOG, Math.ceil(Math.log2(distance + 1)) + 1)))))

/** For data pages that a higher level does not make smaller, such as bit-packed ones. */
export const compressQuickly = (bytes: Uint8Array): Uint8Array => plain(zstdCompressSync(bytes, quick))

/** CRC-32 as Parquet keeps it in page headers: a signed integer. */
export const checksum = (bytes: Uint8Array): number => crc32(bytes) | 0

// One chunk for a whole page, with a byte to spare, because a full chunk makes zlib allocate a second one.
const chunkFor = (length: number): number => Math.min(MAX_CHUNK, Math.max(64, length + 1))

// Keeps a damaged frame from taking all memory. workerd counts whole buffers, not the bytes in them: with the exact
// length as the limit it refuses outputs of 64 KiB and more.
const limit = (length: number) => ({ maxOutputLength: 2 * length + 65_536 })

/** Throws where the bytes are no Zstandard frame, or one of another length than `length`. */
export const decompress = (bytes: Uint8Array, length: number): Uint8Array => {
  const raw = plain(zstdDecompressSync(bytes, { ...limit(length), chunkSize: chunkFor(length) }))
  if (raw.length !== length) throw new RangeError(`${raw.length} bytes were compressed, not ${length}`)
  return raw
}
