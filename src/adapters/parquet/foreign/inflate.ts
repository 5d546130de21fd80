/**
 * Pages inflated by any codec of the format, in no more memory than they may claim.
 */
import { brotliDecompressSync, constants, unzipSync, zstdDecompressSync } from "node:zlib"
import { snappyUncompress } from "hyparquet"
import { release } from "../../../domain/samples/memory.ts"
import type { Codec } from "./footer.ts"
import { inflateLz4, inflateLz4Block } from "./lz4.ts"

/** Larger than any buffer that Node shares between small results. */
const LARGE = 131_072

/** In memory of its own, which can be freed: zlib gives a part of its buffer. */
const owned = (bytes: Uint8Array): Uint8Array => {
  const copy = new Uint8Array(bytes)
  if (bytes.buffer.byteLength > LARGE) release(bytes.buffer)
  return copy
}

// One chunk for all of a page, with a byte to spare: a full chunk makes zlib ask for a second. workerd counts the whole
// buffers that it takes, not the bytes in them, so that the exact length would be too low a limit.
const bounds = (length: number) => ({
  maxOutputLength: 2 * length + 65_536,
  chunkSize: Math.max(1_024, length + 1)
})

const inflateSnappy = (bytes: Uint8Array, length: number): Uint8Array => {
  let claimed = 0
  for (let i = 0, factor = 1; i < 5; i++, factor *= 0x80) {
    const byte = bytes[i] ?? 0
    claimed += (byte & 0x7f) * factor
    if (byte < 0x80) break
  }
  if (claimed !== length) throw new RangeError(`${claimed} bytes were compressed, not ${length}`)
  const out = new Uint8Array(length)
  snappyUncompress(bytes, out)
  return out
}

const ZSTD_MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a5
/** A block that is one byte, repeated. */
const REPEATED_BLOCK = 1
/** Windows larger than a page are of no use; those that stronger levels claim where they do not know the length are. */
const WINDOW_LOG = 25

/** Where the Zstandard frame that begins at a byte ends. */
const endOfFrame = (bytes: Uint8Array, start: number): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const magic = view.getUint32(start, true)
  if (magic >>> 4 === SKIPPABLE_MAGIC) return start + 8 + view.getUint32(start + 4, true)
  if (magic !== ZSTD_MAGIC) throw new RangeError("a page is no Zstandard")
  const descriptor = view.getUint8(start + 4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number
  let at = start + 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes
  for (let isLast = false; !isLast;) {
    const head = view.getUint16(at, true) | view.getUint8(at + 2) << 16
    isLast = (head & 1) === 1
    at += 3 + ((head >> 1 & 3) === REPEATED_BLOCK ? 1 : head >>> 3)
  }
  return at + ((descriptor & 4) === 0 ? 0 : 4)
}

/** One frame after another: zlib ends at the first. */
const inflateZstd = (bytes: Uint8Array, length: number): Uint8Array => {
  const options = { ...bounds(length), params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG } }
  const frames: Array<Uint8Array> = []
  let inflated = 0
  for (let at = 0; at < bytes.length;) {
    const end = endOfFrame(bytes, at)
    if (end > bytes.length) throw new RangeError("a Zstandard frame is cut")
    const frame = owned(zstdDecompressSync(bytes.subarray(at, end), options))
    inflated += frame.length
    if (inflated > length) throw new RangeError(`more than the ${length} bytes of a page were compressed`)
    if (frame.length > 0) frames.push(frame)
    at = end
  }
  return frames.length === 1 && frames[0] !== undefined ? frames[0] : concat(frames, inflated)
}

const concat = (parts: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const all = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const exactly = (length: number, bytes: Uint8Array): Uint8Array => {
  if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes were compressed, not ${length}`)
  return bytes
}

const inflaters: Readonly<Record<Codec, (bytes: Uint8Array, length: number) => Uint8Array>> = {
  UNCOMPRESSED: (bytes) => bytes,
  SNAPPY: inflateSnappy,
  GZIP: (bytes, length) => owned(unzipSync(bytes, bounds(length))),
  BROTLI: (bytes, length) => owned(brotliDecompressSync(bytes, bounds(length))),
  LZ4: inflateLz4,
  LZ4_RAW: inflateLz4Block,
  ZSTD: inflateZstd,
  LZO: () => {
    throw new RangeError("the codec is not read")
  }
}

/** Throws where the bytes hold other than `length`, or the codec is not read. */
export const inflate = (codec: Codec, bytes: Uint8Array, length: number): Uint8Array => {
  // Pages of nulls alone: some writers leave no byte, not even the frame of an empty page.
  if (length === 0 && bytes.length === 0) return bytes
  try {
    return exactly(length, inflaters[codec](bytes, length))
  } catch (cause) {
    throw new RangeError(
      `a page cannot be inflated by ${codec}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause }
    )
  }
}
