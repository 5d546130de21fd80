/**
 * Digests of texts, by the platform.
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"

const encoder = new TextEncoder()

/** The SHA-256 digest of a text, in lower-case hex. */
export const sha256 = (text: string): Effect.Effect<string> =>
  Effect.promise(() => crypto.subtle.digest("SHA-256", encoder.encode(text))).pipe(
    Effect.map((digest) => Hex.encode(new Uint8Array(digest)))
  )
