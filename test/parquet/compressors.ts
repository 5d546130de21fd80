/** The codecs that hyparquet does not bring itself, for the tests that read files with it. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib"

const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)

export const compressors = {
  ZSTD: (bytes: Uint8Array): Uint8Array => plain(zstdDecompressSync(bytes)),
  GZIP: (bytes: Uint8Array): Uint8Array => plain(gunzipSync(bytes)),
  BROTLI: (bytes: Uint8Array): Uint8Array => plain(brotliDecompressSync(bytes))
}
