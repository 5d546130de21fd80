/**
 * What a failed attempt means: whether to try again, and the reason to report if no attempt succeeds.
 */
import { Data } from "effect"
import type { Headers } from "effect/http"
import {
  BadCredentials,
  BadPayload,
  RequestRefused,
  type SourceReason,
  Throttled,
  Transient,
  UnknownSite
} from "../../ports/SampleSource.ts"
import type { Clean } from "./cleaner.ts"
import { readMessage } from "./payload.ts"

/** One attempt failed. */
export class AttemptFailure extends Data.TaggedError("AttemptFailure")<{
  readonly reason: typeof SourceReason.Type
  readonly retry: boolean
  /** How long the server asked to wait, ms; 0 where it did not ask. */
  readonly retryAfterMs: number
  /** ACE answers a wrong key like this, and some other requests too. */
  readonly maybeKey: boolean
}> {}

/** The wait where ACE throttles and does not say for how long. */
const DEFAULT_RETRY_AFTER_MS = 10_000

/** ACE's answer to whatever it did not expect, for instance a wrong key. */
const UNHANDLED = /unhandled exception/i
/** What its token library says about a key that it cannot verify; clear enough not to try again. */
const TOKEN_COMPLAINT = /\bjwt\b|signature|token (?:has expired|is invalid)|not enough segments/i

/** The longest wait that a server may ask for. A longer one is taken for this, so that no job waits for years. */
const MAX_RETRY_AFTER_MS = 3_600_000

/** `Retry-After`, seconds or an HTTP date, as ms from `now`; undefined for anything else. */
export const retryAfter = (headers: Headers.Headers, now: number): number | undefined => {
  const text = headers["retry-after"]?.trim()
  if (text === undefined || text === "") return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1_000), MAX_RETRY_AFTER_MS)
  // An HTTP date names its zone (GMT), so `Date.parse` does not read it as local time.
  const at = text.endsWith(" GMT") ? Date.parse(text) : NaN
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now), MAX_RETRY_AFTER_MS)
}

const failure = (
  reason: typeof SourceReason.Type,
  retry: boolean,
  retryAfterMs = 0,
  maybeKey = false
): AttemptFailure => new AttemptFailure({ reason, retry, retryAfterMs, maybeKey })

/** The connection failed or the answer did not come in time. */
export const connectionFailure = (detail: string): AttemptFailure =>
  failure(new Transient({ detail, attempts: 1 }), true)

/** A 2xx answer that is not what the API promises. It may have been cut off, so that another attempt may help. */
export const payloadFailure = (detail: string): AttemptFailure => failure(new BadPayload({ detail }), true)

/** An answer that is too large to be read; the next attempt would get the same. */
export const tooLarge = (bytes: number): AttemptFailure =>
  failure(new BadPayload({ detail: `the answer has more than ${bytes} bytes` }), false)

/** An answer that is not 2xx. */
export const statusFailure = ({ body, clean, headers, now, status }: {
  readonly status: number
  readonly headers: Headers.Headers
  readonly body: string
  readonly clean: Clean
  readonly now: number
}): AttemptFailure => {
  const message = readMessage(body, clean)
  const detail = `${status} ${message}`
  const wait = retryAfter(headers, now)
  if (status === 429) {
    const retryAfterMs = wait ?? DEFAULT_RETRY_AFTER_MS
    return failure(new Throttled({ retryAfterMs }), true, retryAfterMs)
  }
  if (status === 401 || (status >= 500 && TOKEN_COMPLAINT.test(message))) {
    return failure(new BadCredentials({ status, detail: message }), false)
  }
  if (status >= 500 || status === 408 || status === 425) {
    return failure(new Transient({ detail, attempts: 1 }), true, wait ?? 0, UNHANDLED.test(message))
  }
  // A 404 without ACE's own message comes from a wrong address, not from ACE.
  const isAce = body.includes("\"message\"")
  if ((status === 403 || status === 404) && isAce) return failure(new UnknownSite({ detail }), false)
  return failure(new RequestRefused({ status, detail: message }), false)
}
