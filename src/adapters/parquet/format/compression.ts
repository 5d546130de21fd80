/**
 * Zstandard, the one codec of our objects, by the platform's own zlib (Node and workerd).
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib"

/**
 * The longest input that may be incompressible: above 40,950 bytes of noise workerd's `zstdCompressSync` throws
 * "Unexpected end of file".
 */
export const MAX_INCOMPRESSIBLE = 40_000

// zlib's default chunk of 16 KB would be allocated anew for pages a tenth its size.
const options = (level: number, windowLog: number, tables: Readonly<Record<number, number>> = {}) => ({
  params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_windowLog]: windowLog, ...tables },
  chunkSize: 4_096
})

const WINDOW_LOG = 17
const strong = options(7, WINDOW_LOG)
const quick = options(3, WINDOW_LOG)
// Tables as large as this level would take them are six megabytes, for two per mille of the bytes.
const long = options(12, 19, { [constants.ZSTD_c_hashLog]: 17, [constants.ZSTD_c_chainLog]: 17 })

// What a damaged header may claim at once; the longest pages, timelines that are shared, are shorter.
const MAX_CHUNK = 4_194_304

// zlib gives Node's Buffer, whose `slice` shares memory where Uint8Array's copies.
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)

/** For pages: the level that the size bars were measured at. */
export const compress = (bytes: Uint8Array): Uint8Array => plain(zstdCompressSync(bytes, strong))

/** For pages of hundreds of kilobytes, which repay a longer search. */
export const compressLong = (bytes: Uint8Array): Uint8Array => plain(zstdCompressSync(bytes, long))

/** For pages that repeat themselves after `distance` bytes, up to 2 MB: it has to be remembered that long. */
export const compressRepeats = (bytes: Uint8Array, distance: number): Uint8Array =>
  plain(zstdCompressSync(bytes, options(7, Math.min(21, Math.max(WINDOW_LOG, Math.ceil(Math.log2(distance + 1)) + 1)))))

/** For pages that stronger levels do not shrink, such as bit-packed ones. */
export const compressQuickly = (bytes: Uint8Array): Uint8Array => plain(zstdCompressSync(bytes, quick))

/** CRC-32 as Parquet keeps it in page headers: a signed integer. */
export const checksum = (bytes: Uint8Array): number => crc32(bytes) | 0

// One chunk for a page, with a byte to spare: what fills a chunk asks for a second.
const chunkFor = (length: number): number => Math.min(MAX_CHUNK, Math.max(64, length + 1))

/** Throws where the bytes are no Zstandard frame or hold other than `length` bytes. */
export const decompress = (bytes: Uint8Array, length: number): Uint8Array => {
  // The limit keeps a damaged frame from claiming all memory. workerd counts the whole buffers that it takes, not the
  // bytes in them: with the exact length as limit it refuses outputs of 64 KiB and more.
  const raw = plain(zstdDecompressSync(bytes, { maxOutputLength: 2 * length + 65_536, chunkSize: chunkFor(length) }))
  if (raw.length !== length) throw new RangeError(`${raw.length} bytes were compressed, not ${length}`)
  return raw
}
