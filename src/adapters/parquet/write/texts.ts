/**
 * The bodies of the pages of a text column chunk: texts, and how many rows each text of a dictionary has.
 */
import { ByteWriter } from "hyparquet-writer"

/** PLAIN: a dictionary, or the texts of all rows. */
export const plainBody = (texts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const body = new ByteWriter(1_024)
  for (const text of texts) {
    body.appendUint32(text.length)
    body.appendBytes(text)
  }
  return body.getBytes()
}

/** RLE: the texts of the dictionary in order, each for its number of rows. */
export const repeatsBody = (repeats: ReadonlyArray<number>): Uint8Array => {
  // A width of no bits would do for one text, but not every reader accepts it.
  const width = Math.max(1, 32 - Math.clz32(repeats.length - 1))
  const body = new ByteWriter(256)
  body.appendUint8(width)
  repeats.forEach((rows, i) => {
    body.appendVarInt(rows << 1)
    for (let shift = 0; shift < width; shift += 8) body.appendUint8(i >>> shift & 0xff)
  })
  return body.getBytes()
}

/** Each text for its number of rows. */
export const byRow = <A>(texts: ReadonlyArray<A>, repeats: ReadonlyArray<number>): ReadonlyArray<A> =>
  texts.flatMap((text, i) => Array.from({ length: repeats[i] as number }, () => text))
