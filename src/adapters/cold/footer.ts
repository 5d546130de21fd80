/**
 * The footer of a stored object, for reads whose catalog row has no index.
 */
import { Effect } from "effect"
import { ObjectDamaged } from "../../ports/ColdStore.ts"
import { type FileMetaData, footerLength, indexOf, parseFooter } from "../parquet/format/metadata.ts"
import type { Pin } from "../cloudflare/bucket.ts"
import { decoding, fail, getRange } from "./objects.ts"

/** The share of an object's bytes that is its footer, and the least to ask for. */
const FOOTER_SHARE = 1 / 64
const LEAST_TAIL = 65_536

export interface Footer {
  readonly metadata: FileMetaData
  /** Null in objects that other tools wrote. */
  readonly index: Uint8Array | null
}

/** Reads the footer in one request, or two where it is longer than usual. */
export const loadFooter = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  operation: string,
  object: Pin & { readonly size: number },
  counted: (bytes: Uint8Array) => Uint8Array
) {
  // R2 refuses any range of an object without bytes, as if it were not to be had just now.
  if (object.size === 0) return yield* fail(operation, object.key, new ObjectDamaged({ detail: "it has no bytes" }))
  const suffix = Math.min(object.size, Math.max(LEAST_TAIL, Math.ceil(object.size * FOOTER_SHARE)))
  const tail = counted(yield* getRange(bucket, operation, object, { suffix }))
  const length = yield* decoding(operation, object.key, () => footerLength(tail, object.size))
  const whole = length <= tail.length
    ? tail
    : counted(yield* getRange(bucket, operation, object, { suffix: length }))
  return yield* decoding(operation, object.key, (): Footer => {
    const metadata = parseFooter(whole)
    return { metadata, index: indexOf(metadata) }
  })
})
