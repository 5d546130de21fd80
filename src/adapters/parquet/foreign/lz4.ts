/**
 * LZ4 blocks, inflated: LZ4_RAW of the Parquet format, and the older LZ4, which Hadoop put into frames of its own.
 */

const cut = (): RangeError => new RangeError("an LZ4 block is cut")

/** The literals or matches of a token that says 15 go on in bytes, until one is below 255. */
const MORE = 15
const LEAST_MATCH = 4

/** Throws where the block is damaged or holds other than `length` bytes. */
export const inflateLz4Block = (block: Uint8Array, length: number): Uint8Array => {
  const out = new Uint8Array(length)
  let at = 0
  let n = 0
  const lengthOf = (nibble: number): number => {
    let count = nibble
    for (let byte = nibble === MORE ? 255 : 0; byte === 255; count += byte) {
      byte = block[at++] ?? -1
      if (byte < 0) throw cut()
    }
    return count
  }
  while (at < block.length) {
    const token = block[at++] as number
    const literals = lengthOf(token >> 4)
    if (literals > block.length - at || literals > length - n) throw cut()
    out.set(block.subarray(at, at + literals), n)
    at += literals
    n += literals
    // The last sequence is literals alone.
    if (at === block.length) break
    const distance = (block[at] as number) | (block[at + 1] ?? 0) << 8
    at += 2
    const match = lengthOf(token & 15) + LEAST_MATCH
    if (distance === 0 || distance > n || match > length - n) throw cut()
    if (distance >= match) out.copyWithin(n, n - distance, n - distance + match)
    else for (let i = n; i < n + match; i++) out[i] = out[i - distance] as number
    n += match
  }
  if (n !== length) throw new RangeError(`${n} bytes were compressed, not ${length}`)
  return out
}

/** Two lengths, inflated and compressed, stand before each block of Hadoop's. */
const HADOOP_HEAD = 8

/** Blocks as Hadoop frames them; undefined where the lengths are none. */
const inflateHadoop = (bytes: Uint8Array, length: number): Uint8Array | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const out = new Uint8Array(length)
  let n = 0
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < HADOOP_HEAD) return undefined
    const inflated = view.getUint32(at)
    const end = at + HADOOP_HEAD + view.getUint32(at + 4)
    if (end > bytes.length || inflated > length - n) return undefined
    out.set(inflateLz4Block(bytes.subarray(at + HADOOP_HEAD, end), inflated), n)
    n += inflated
    at = end
  }
  return n === length ? out : undefined
}

/** What the codec LZ4 stands for: Hadoop's frames, or a bare block. */
export const inflateLz4 = (bytes: Uint8Array, length: number): Uint8Array =>
  inflateHadoop(bytes, length) ?? inflateLz4Block(bytes, length)
