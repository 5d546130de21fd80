/**
 * The footer of a stored object, for reads whose catalog row has no index.
 */
import { Effect } from "effect"
import { ObjectDamaged } from "../../ports/ColdStore.ts"
import { footerLength, indexOf, readTexts } from "../parquet/format/metadata.ts"
import type { Pin } from "../cloudflare/bucket.ts"
import { decoding, fail, getRange } from "./objects.ts"

/** The usual share of the footer in an object, and the fewest bytes that are read for it. */
const FOOTER_SHARE = 1 / 64
const LEAST_TAIL = 65_536
/** The longest footer that is read. */
const MAX_FOOTER = 16_777_216

/** The end of the object, from its footer on or from before: in one request, or two if it is longer than usual. */
export const loadFooter = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  operation: string,
  object: Pin & { readonly size: number },
  counted: (bytes: Uint8Array) => Uint8Array
) {
  // R2 refuses every range of an empty object, with an error that looks like an outage.
  if (object.size === 0) return yield* fail(operation, object.key, new ObjectDamaged({ detail: "it has no bytes" }))
  const suffix = Math.min(object.size, MAX_FOOTER, Math.max(LEAST_TAIL, Math.ceil(object.size * FOOTER_SHARE)))
  const tail = counted(yield* getRange(bucket, operation, object, { suffix }))
  const length = yield* decoding(operation, object.key, () => footerLength(tail, object.size))
  if (length > MAX_FOOTER) {
    const detail = `its footer of ${length} bytes is longer than ${MAX_FOOTER}`
    return yield* fail(operation, object.key, new ObjectDamaged({ detail }))
  }
  return length <= tail.length ? tail : counted(yield* getRange(bucket, operation, object, { suffix: length }))
})

/** The index in the footer of an object of ours. */
export const loadIndex = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  operation: string,
  object: Pin & { readonly size: number },
  counted: (bytes: Uint8Array) => Uint8Array
) {
  const footer = yield* loadFooter(bucket, operation, object, counted)
  return yield* decoding(operation, object.key, () => indexOf(readTexts(footer)))
})
